using Auricle.Models.Systems.Conette;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle;

/// <summary>What a model is, read from its files without loading it.</summary>
public sealed record ModelDescription
{
    private const string EncoderPrefix = "preprocessor.encoder.";
    private const string Classifier = "model.decoder.classifier.weight";

    // Tables that are stored beside the weights although no training changes them.
    private static readonly string[] Tables =
        ["spectrogram_extractor", "logmel_extractor", "running_mean", "running_var", "num_batches_tracked", "pos_embedding", "forbid_rep_mask", "task_id_to_token_id"];

    /// <summary>What users call the model.</summary>
    public required string Name { get; init; }

    /// <summary>The folder it lies in.</summary>
    public required string Folder { get; init; }

    /// <summary>The kind of its encoder and captioner with their sizes.</summary>
    public required string Architecture { get; init; }

    /// <summary>All trained numbers.</summary>
    public required long Parameters { get; init; }

    /// <summary>Those of the audio encoder, its tag layer included.</summary>
    public required long EncoderParameters { get; init; }

    /// <summary>Those of the captioner.</summary>
    public required long CaptionerParameters { get; init; }

    /// <summary>The size of the weight files in bytes.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>The rate of the sound it takes, in hertz; other sound is resampled.</summary>
    public required int SampleRate { get; init; }

    /// <summary>The styles it can write in, the default first.</summary>
    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>The tokens it can write, special ones included.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The sounds its encoder names.</summary>
    public required int TagCount { get; init; }

    /// <summary>The beam of its search where the user names none.</summary>
    public required int BeamSize { get; init; }

    /// <summary>The fewest words of a caption.</summary>
    public required int MinLength { get; init; }

    /// <summary>The most tokens of a caption, its end included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>The licence of the weights as the model card states it; <see langword="null"/> where it does not.</summary>
    public string? License { get; init; }

    /// <summary>Reads a model's files.</summary>
    /// <exception cref="ConetteConfigException">The configuration cannot be used.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or belong to another kind of model.</exception>
    public static ModelDescription Read(ModelFolder model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var config = ConetteConfig.Read(Path.Combine(model.Path, "config.json"));
        var file = ModelCatalog.WeightFile(model.Path);
        var weights = Checkpoint.Open(file).Tensors;
        if (!weights.TryGetValue(Classifier, out var classifier))
            throw new WeightsException($"The weights '{file}' have no '{Classifier}', so they are not those of a CoNeTTE captioner; name another model.") { File = file, Names = [Classifier] };
        var parameters = weights.Where(weight => weight.Key != "_extra_state_" && !Tables.Any(table => weight.Key.Contains(table, StringComparison.Ordinal))).ToList();
        var encoder = parameters.Where(weight => weight.Key.StartsWith(EncoderPrefix, StringComparison.Ordinal)).Sum(weight => weight.Value.ElementCount);
        var all = parameters.Sum(weight => weight.Value.ElementCount);
        return new ModelDescription
        {
            Name = model.Name,
            Folder = model.Path,
            Architecture = $"CoNeTTE: {config.Encoder.GetType().Name.Replace("Config", "", StringComparison.Ordinal)} encoder of width {config.Encoder.Width}, "
                + $"Transformer decoder of {config.DecoderLayers} layers of width {config.Width}",
            Parameters = all,
            EncoderParameters = encoder,
            CaptionerParameters = all - encoder,
            WeightBytes = Directory.EnumerateFiles(model.Path).Where(IsWeights).Sum(path => new FileInfo(path).Length),
            SampleRate = config.Encoder.SampleRate,
            Tasks = config.CreateTasks().Names,
            VocabularySize = (int)classifier.Shape[0],
            TagCount = config.Encoder.Tags,
            BeamSize = config.BeamSize,
            MinLength = config.MinPredSize,
            MaxLength = config.MaxPredSize,
            License = LicenseOf(model.Path),
        };

        bool IsWeights(string path) => path == file || Path.GetExtension(path) == Path.GetExtension(file.Replace(".index.json", "", StringComparison.Ordinal));
    }

    /// <summary>The field <c>license</c> at the head of the model card, as model hubs write it.</summary>
    private static string? LicenseOf(string folder)
    {
        var card = Path.Combine(folder, "README.md");
        if (!File.Exists(card))
            return null;
        var lines = File.ReadLines(card).Take(200).ToList();
        if (lines is not ["---", ..])
            return null;
        return lines.Skip(1)
            .TakeWhile(line => line != "---")
            .Where(line => line.StartsWith("license:", StringComparison.Ordinal))
            .Select(line => line["license:".Length..].Trim().Trim('"', '\''))
            .FirstOrDefault();
    }
}
