using Auricle.Models.Hub;

namespace Auricle.Evaluation.Neural;

/// <summary>Finds the published files a metric needs, and names all that are missing at once.</summary>
internal sealed class MetricFiles
{
    private readonly MetricModels _models;
    private readonly string _metric;
    private readonly List<string> _missing = [];
    private readonly List<string> _names = [];

    /// <param name="models">Where to look.</param>
    /// <param name="metric">The metric's name in messages.</param>
    public MetricFiles(MetricModels models, string metric)
    {
        ArgumentNullException.ThrowIfNull(models);
        _models = models;
        _metric = metric;
    }

    /// <summary>The folder of a hub repository, under its own name or with its owner's folder around it, or in the hub's cache.</summary>
    /// <param name="repository">The repository with its owner, for example <c>FacebookAI/roberta-large</c>.</param>
    /// <param name="content">The files it has to hold, for the message.</param>
    public string Folder(string repository, string content)
    {
        var name = repository[(repository.LastIndexOf('/') + 1)..];
        var places = _models.Folder is { } root ? new[] { Path.Combine(root, name), Path.Combine(root, repository) } : [];
        return places.FirstOrDefault(Directory.Exists)
            ?? Cached(PublishedModel.All.FirstOrDefault(model => model.Repository == repository)?.Name ?? repository)?.Path
            ?? Missing($"the folder '{name}' with {content} (the repository {repository} of Hugging Face)");
    }

    /// <summary>The first of some files that exists in the user's folder, else a file of a published model.</summary>
    /// <param name="origin">Where the first of them comes from, for the message.</param>
    /// <param name="published">The model's name in the catalogue.</param>
    /// <param name="part">The file within its folder; <see langword="null"/> where the model is the file.</param>
    /// <param name="names">Paths below the root.</param>
    public string File(string origin, string published, string? part, params IReadOnlyList<string> names) =>
        (_models.Folder is { } root ? names.Select(name => Path.Combine(root, name)).FirstOrDefault(System.IO.File.Exists) : null)
            ?? (Cached(published) is { } model ? (part is null ? model.Path : Path.Combine(model.Path, part)) : null)
            ?? Missing($"the file '{names[0]}' ({origin})");

    /// <exception cref="FileNotFoundException">A file was not found.</exception>
    public void ThrowIfMissing()
    {
        if (_missing.Count == 0)
            return;
        var remedy = $"fetch them with: auricle models pull {string.Join(' ', _names.Distinct(StringComparer.Ordinal))}";
        throw new FileNotFoundException(_models.Folder is { } root
            ? $"{_metric} needs published models that '{root}' lacks, and the caches too: {string.Join("; ", _missing)}; {remedy}, or put them there."
            : $"{_metric} needs published models that are not on this machine: {string.Join("; ", _missing)}; {remedy}, or name their folder (--models-folder).", _models.Folder);
    }

    private LocatedModel? Cached(string name)
    {
        if (ModelStore.Locate(name) is { } here)
            return here;
        _names.Add(name);
        // Once something is missing for good, nothing more is asked for.
        return _models.Fetching is null || _missing.Count > 0 ? null : ModelCatalog.Find(name, _models.Fetching);
    }

    private string Missing(string what)
    {
        _missing.Add(what);
        return "";
    }
}
