using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Auricle.Audio;
using Auricle.Models;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Reading;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training;

/// <summary>
/// How much each sound of a training set is like each of its captions, as an ensemble of models estimates it: the mean of their cosines.
/// Each model's vectors lie in a file of their own, so that models can be added and an interrupted estimation goes on.
/// </summary>
internal sealed class CorrespondenceEstimates : IDisposable
{
    private const string Index = "estimates.json", AudioName = "audio", TextName = "text";
    private const int LargestIndex = 1 << 30;
    private const int ClipsAtATime = 16;

    private readonly List<(Tensor Audio, Tensor Text)> _teachers;
    private readonly int[] _rowOfClip, _rowOfCaption;

    private CorrespondenceEstimates(List<(Tensor, Tensor)> teachers, int[] rowOfClip, int[] rowOfCaption) =>
        (_teachers, _rowOfClip, _rowOfCaption) = (teachers, rowOfClip, rowOfCaption);

    /// <summary>Writes the vectors of models for the sounds and captions of a training set.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="clips">The sounds; those that cannot be read are skipped.</param>
    /// <param name="models">Where each model lies.</param>
    /// <param name="options">How they are loaded.</param>
    /// <param name="skipped">Told the sounds that cannot be read.</param>
    /// <param name="progress">Told which model is at work, how many of the sounds are done, and how many there are.</param>
    /// <param name="cancellationToken">Ends the work between batches; models that are done stay so.</param>
    public static void Write(
        string folder, IReadOnlyList<CaptionedClip> clips, IReadOnlyList<string> models, ModelLoadOptions options, SkippedClips skipped,
        Action<string, int, int>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string[] captions = [.. clips.SelectMany(clip => clip.Captions).Distinct(StringComparer.Ordinal)];
        var subject = Hash(string.Join('\n', [.. clips.Select(clip => clip.Id), "", .. captions]));
        // A model that was trained anew, or other data, has another file.
        var files = models.Select(name => ModelFiles.Open(name)).Select(model => $"{Hash(subject + FrozenFeatures.Describe(model.Weights))[..16]}.safetensors").ToArray();
        AtomicFile.WriteText(Path.Combine(folder, Index), new JsonObject
        {
            ["clips"] = new JsonArray([.. clips.Select(clip => (JsonNode)clip.Id)]),
            ["captions"] = new JsonArray([.. captions.Select(caption => (JsonNode)caption)]),
            ["models"] = new JsonArray([.. models.Select(model => (JsonNode)model)]),
            ["files"] = new JsonArray([.. files.Select(file => (JsonNode)file)]),
        }.ToJsonString());
        foreach (var (name, fileName) in models.Zip(files))
        {
            var file = Path.Combine(folder, fileName);
            if (File.Exists(file))
                continue;
            using var model = ModelFamily.Load(ModelFiles.Open(name), options);
            var space = model as IAudioTextModel
                ?? throw new TrainingException($"'{name}' is no model that brings sounds and texts into one space; name models trained by a retrieval recipe.");
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var sounds = new List<Tensor>();
            for (var first = 0; first < clips.Count; first += ClipsAtATime)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var some = clips.Skip(first).Take(ClipsAtATime).Select(clip => Load(clip, space.SampleRate, skipped)).ToArray();
                AudioClip[] there = [.. some.OfType<AudioClip>()];
                using var inner = TensorScope.Begin();
                var rows = Tensor.Zeros([some.Length, space.EmbeddingWidth]);
                if (there.Length > 0)
                {
                    var found = RetrievalLoss.Normalise(space.EmbedAudio(there)).On(Device.Cpu);
                    var row = 0;
                    for (var place = 0; place < some.Length; place++)
                    {
                        if (some[place] is not null)
                            found.Select(0, row++).Span<float>().CopyTo(rows.Select(0, place).Span<float>());
                    }
                }
                sounds.Add(inner.Keep(rows));
                progress?.Invoke(name, Math.Min(first + ClipsAtATime, clips.Count), clips.Count);
            }
            var texts = RetrievalLoss.Normalise(space.EmbedText(captions));
            AtomicFile.Replace(file, target => SafetensorsFile.Write(target,
                [SafetensorsExport.Entry(AudioName, Tensor.Cat([.. sounds]), DType.Float16), SafetensorsExport.Entry(TextName, texts, DType.Float16)]));
        }
    }

    /// <summary>Reads estimates for a training set.</summary>
    /// <param name="folder">Where they lie: that of <see cref="Write"/>.</param>
    /// <param name="clips">The sounds.</param>
    /// <param name="captions">Their captions.</param>
    /// <param name="device">Where they go.</param>
    /// <exception cref="TrainingException">They are missing, damaged or of other sounds or captions.</exception>
    public static CorrespondenceEstimates Read(string folder, IReadOnlyList<CaptionedClip> clips, IReadOnlyList<string> captions, Device device)
    {
        var path = Path.Combine(folder, Index);
        if (!File.Exists(path))
            throw new TrainingException($"There are no estimates in '{folder}', which loss.estimates names; make them first with a recipe whose task is correspondences.");
        using var json = JsonText.Parse(WholeFile.Read(path, LargestIndex, Report), Report);
        Dictionary<string, int> Rows(string name) => json.RootElement.Member(name) is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select((item, row) => (Name: item.ToString(), row)).DistinctBy(pair => pair.Name).ToDictionary(pair => pair.Name, pair => pair.row, StringComparer.Ordinal)
            : throw Report(new($"lacks '{name}'"));
        var (ofClips, ofCaptions, models, files) = (Rows("clips"), Rows("captions"), Rows("models"), Rows("files"));
        if (models.Count != files.Count)
            throw Report(new($"names {models.Count} models and {files.Count} files"));
        int[] rowOfClip = [.. clips.Select(clip => Row(ofClips, clip.Id))];
        int[] rowOfCaption = [.. captions.Select(caption => Row(ofCaptions, caption))];
        var teachers = new List<(Tensor, Tensor)>();
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        foreach (var (name, fileName) in models.OrderBy(pair => pair.Value).Zip(files.OrderBy(pair => pair.Value), (model, file) => (model.Key, file.Key)))
        {
            var file = Path.Combine(folder, Path.GetFileName(fileName));
            if (!File.Exists(file))
                throw new TrainingException($"The estimates in '{folder}' are unfinished: those of '{name}' are missing; run their recipe again.");
            var stored = SafetensorsFile.Read(file, out _);
            if (!stored.TryGetValue(AudioName, out var audio) || !stored.TryGetValue(TextName, out var text) || audio.Shape is not [var sounds, _] || text.Shape is not [var texts, _]
                || sounds != ofClips.Count || texts != ofCaptions.Count)
            {
                throw new TrainingException($"'{file}' holds no estimates of the {ofClips.Count} sounds and {ofCaptions.Count} captions of '{path}'; delete the folder and run their recipe again.");
            }
            teachers.Add((Tensor.From(audio).On(device), Tensor.From(text).On(device)));
        }
        return teachers.Count > 0
            ? new CorrespondenceEstimates([.. teachers.Select(pair => (pair.Item1.Own(), pair.Item2.Own()))], rowOfClip, rowOfCaption)
            : throw Report(new("names no model"));

        TrainingException Report(FileProblem problem) => new($"'{path}' {problem.What}; run the recipe that makes the estimates again.", innerException: problem.Inner);

        int Row(Dictionary<string, int> rows, string name) => rows.TryGetValue(name, out var row)
            ? row
            : throw new TrainingException($"The estimates in '{folder}' lack '{name}'; they were made from other data: run their recipe again.");
    }

    /// <summary>The estimates of some sounds and captions.</summary>
    /// <param name="clips">The numbers of the sounds.</param>
    /// <param name="captions">The numbers of the captions.</param>
    /// <returns>[sounds, captions], cosines.</returns>
    public Tensor Of(IReadOnlyList<int> clips, IReadOnlyList<int> captions)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var device = _teachers[0].Audio.Device;
        var sounds = Tensor.From<long>([.. clips.Select(clip => (long)_rowOfClip[clip])], clips.Count).On(device);
        var texts = Tensor.From<long>([.. captions.Select(caption => (long)_rowOfCaption[caption])], captions.Count).On(device);
        var likeness = _teachers.Select(teacher =>
            teacher.Audio.IndexSelect(0, sounds).To(DType.Float32).Matmul(teacher.Text.IndexSelect(0, texts).To(DType.Float32).T()));
        return scope.Keep(Tensor.Stack([.. likeness]).Mean([0]));
    }

    /// <summary>Releases the vectors.</summary>
    public void Dispose()
    {
        foreach (var (audio, text) in _teachers)
        {
            audio.Dispose();
            text.Dispose();
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static AudioClip? Load(CaptionedClip clip, int sampleRate, SkippedClips skipped)
    {
        try
        {
            return clip.Load(sampleRate);
        }
        catch (Exception error) when (ClipWaves.IsBadSound(error))
        {
            skipped.Add(clip, error.Message);
            return null;
        }
    }
}
