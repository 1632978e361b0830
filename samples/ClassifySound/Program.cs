using Auricle.Audio;
using Auricle.Models.Systems.Clap;
using Auricle.Torch;

// Classifies a sound with labels that nobody trained, by a CLAP model from its authors' file and its tokenizer's folder:
// dotnet run --project samples/ClassifySound -- 630k-audioset-best.pt roberta-base some.wav dog rain "church bells"
if (args.Length < 4)
{
    Console.Error.WriteLine("Usage: ClassifySound CHECKPOINT TOKENIZER FILE LABEL…");
    return 2;
}
using var model = ClapModel.Load(args[0], args[1]);
using var scope = TensorScope.Begin();
var labels = args[3..];
var sound = model.EmbedAudio([AudioFile.Load(args[2], model.SampleRate)]);
var texts = model.EmbedText([.. labels.Select(label => $"This is a sound of {label}")]);
var shares = model.Similarity(sound, texts).Softmax(-1).ToArray<float>();
foreach (var (label, share) in labels.Zip(shares).OrderByDescending(pair => pair.Second))
    Console.WriteLine($"{label}: {share:0.0%}");
return 0;
