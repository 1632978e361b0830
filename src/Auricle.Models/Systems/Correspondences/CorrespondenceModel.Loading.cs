using System.Globalization;
using System.Text.RegularExpressions;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Correspondences;

public sealed partial class CorrespondenceModel
{
    /// <summary>Loads a model; its sizes are those of its tensors.</summary>
    /// <param name="path">
    /// The authors' file, such as <c>passt_roberta.ckpt</c>; or the folder of a training run, of which the best checkpoint
    /// (<c>epoch_3-0.28.ckpt</c>, by the measure in its name) is taken, else <c>last.ckpt</c>.
    /// </param>
    /// <param name="tokenizer">
    /// The tokenizer of its text encoder, as <see cref="SubwordTokenizer.Load"/> takes it. May be absent where the folder of <paramref name="path"/>
    /// holds it.
    /// </param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged or belong to another model.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or are no such model; everything that does not fit is named.</exception>
    /// <example><code>
    /// using var model = CorrespondenceModel.Load("passt_roberta.ckpt", "roberta-large");
    /// var likeness = model.Similarity(model.EmbedAudio([AudioFile.Load("rain.wav", model.SampleRate)]), model.EmbedText(["rain falls", "a dog barks"]));
    /// </code></example>
    public static CorrespondenceModel Load(string path, string? tokenizer = null, CorrespondenceLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new CorrespondenceLoadOptions();
        var file = Directory.Exists(path) ? FindCheckpoint(path) : path;
        if (!File.Exists(file))
            throw new FileNotFoundException($"There is no checkpoint at '{path}'; name the authors' file, such as passt_roberta.ckpt, or the folder of a training run.", path);
        tokenizer ??= Path.GetDirectoryName(Path.GetFullPath(file))!;
        var checkpoint = Checkpoint.Open(file);
        var config = CorrespondenceWeights.Read(checkpoint.Tensors, checkpoint.Root, file);
        var words = SubwordTokenizer.Load(tokenizer);
        if (words.Vocabulary.Count > config.Text.VocabularySize || words.PaddingId != config.Text.PaddingId)
        {
            throw new TokenizerFileException(tokenizer,
                $"it has {words.Vocabulary.Count} pieces, but '{file}' was trained with {config.Text.VocabularySize} of a {config.Text.ModelType}; name that tokenizer.");
        }
        using var scope = TensorScope.Begin();
        var store = WeightStore.Load(checkpoint.Tensors, file, device: options.Device);
        try
        {
            var model = new CorrespondenceModel(config, store, words, PrecisionSupport.Resolve(options.Precision, options.Device), options.CropSeed);
            store.ThrowIfMismatched(name => CorrespondenceWeights.IsExpected(name, config));
            return model;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static string FindCheckpoint(string folder)
    {
        // The measure stands behind the last hyphen; a file that would have had a taken name ends with -v1 and so on.
        var best = Directory.GetFiles(folder, "*.ckpt").Select(file => (File: file, Name: BestName().Match(Path.GetFileName(file)))).Where(item => item.Name.Success)
            .OrderByDescending(item => double.Parse(item.Name.Groups[1].Value, CultureInfo.InvariantCulture)).Select(item => item.File).FirstOrDefault();
        if (best is not null)
            return best;
        var last = Path.Combine(folder, "last.ckpt");
        if (File.Exists(last))
            return last;
        return Directory.GetFiles(folder, "*.ckpt") is [var only] ? only : throw new FileNotFoundException(
            $"The folder '{folder}' has no checkpoint of a training run, like epoch_3-0.28.ckpt or last.ckpt; name a file.", folder);
    }

    [GeneratedRegex(@"^epoch_.*-(\d+(?:\.\d+)?)(?:-v\d+)?\.ckpt$")]
    private static partial Regex BestName();
}

/// <summary>How a <see cref="CorrespondenceModel"/> is loaded.</summary>
public sealed record CorrespondenceLoadOptions
{
    /// <summary>The element type of matrix products; float32 as the reference has it.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Where the model computes; the processor by default.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>
    /// With a seed, clips that are too long are cropped at a random place, as the authors do; a clip's place depends on the seed and its length
    /// alone. Without, all of a clip is heard.
    /// </summary>
    public int? CropSeed { get; init; }
}
