using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle.Models.Families;

/// <summary>What a model is, read from its files without loading it.</summary>
public sealed record ModelDescription
{
    /// <summary>What users call the model.</summary>
    public required string Name { get; init; }

    /// <summary>The folder or file it lies in.</summary>
    public required string Path { get; init; }

    /// <summary>The system it belongs to.</summary>
    public required string Family { get; init; }

    /// <summary>What it can do, as verbs.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>All trained numbers.</summary>
    public required long Parameters { get; init; }

    /// <summary>Those of its parts, such as the audio encoder.</summary>
    public required IReadOnlyDictionary<string, long> Parts { get; init; }

    /// <summary>The size of the weight files in bytes.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>The rate of the sound it takes, in hertz; other sound is resampled. 0 where it hears nothing.</summary>
    public required int SampleRate { get; init; }

    /// <summary>The labels whose probabilities it gives.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>What else there is to say, such as the architecture, tasks and the search.</summary>
    public required IReadOnlyDictionary<string, string> Details { get; init; }

    /// <summary>The licence of the weights as the model card states it; <see langword="null"/> where it does not.</summary>
    public string? License { get; init; }

    /// <summary>Weights that the network has and the files lack, or have in another shape; the model cannot be loaded then.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>Tensors of the files that the network does not know; the model cannot be loaded then.</summary>
    public IReadOnlyList<string> Unexpected { get; init; } = [];

    /// <summary>Reads a model's files.</summary>
    /// <param name="model">Where it lies.</param>
    /// <param name="options">Files that belong to it, such as the encoder of a captioner stored without.</param>
    /// <exception cref="ModelException">The files cannot be read, or are those of no system that is known.</exception>
    public static ModelDescription Read(LocatedModel model, ModelLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var files = ModelFiles.Open(model.Path);
        var family = ModelFamily.Of(files);
        var inspection = new ModelInspection();
        using var loaded = family.LoadModel(files, (options ?? new ModelLoadOptions()) with { Inspection = inspection });
        var weights = inspection.Store!.Entries.Where(weight => !weight.IsBuffer).ToList();
        var described = loaded as IDescribed;
        long Below(string prefix) => weights.Where(weight => weight.Name.StartsWith(prefix, StringComparison.Ordinal)).Sum(weight => weight.Tensor.ElementCount);
        return new ModelDescription
        {
            Name = model.Name,
            Path = model.Path,
            Family = described?.SystemName ?? family.Name,
            Roles = ModelRole.Verbs(ModelRole.Of(loaded)),
            Parameters = Below(""),
            Parts = (described?.Parts ?? []).ToDictionary(part => part.Name, part => Below(part.Prefix)),
            WeightBytes = files.WeightBytes,
            SampleRate = (loaded as IAudioModel)?.SampleRate ?? 0,
            Labels = (loaded as ITagger)?.Labels ?? [],
            Details = (described?.Details ?? []).ToDictionary(detail => detail.Name, detail => detail.Value),
            License = LicenseOf(files.Folder),
            Missing = [.. inspection.Differences!.Missing, .. inspection.Differences.Misshapen],
            Unexpected = inspection.Differences.Unexpected,
        };
    }

    /// <summary>The field <c>license</c> at the head of the model card, as model hubs write it.</summary>
    private static string? LicenseOf(string? folder)
    {
        if (folder is null || System.IO.Path.Combine(folder, "README.md") is not { } card || !File.Exists(card))
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

/// <summary>A model that can say more of itself than its roles do.</summary>
internal interface IDescribed
{
    /// <summary>The published system and its variant.</summary>
    string SystemName { get; }

    /// <summary>Its parts, and what the names of their weights begin with.</summary>
    IEnumerable<(string Name, string Prefix)> Parts { get; }

    /// <summary>What else there is to say.</summary>
    IEnumerable<(string Name, string Value)> Details { get; }
}
