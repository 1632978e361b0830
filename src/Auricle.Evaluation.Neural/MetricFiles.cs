namespace Auricle.Evaluation.Neural;

/// <summary>Finds the published files a metric needs in the user's folder, and names all that are missing at once.</summary>
internal sealed class MetricFiles
{
    private readonly string _root;
    private readonly string _metric;
    private readonly List<string> _missing = [];

    /// <param name="root">The user's folder of models.</param>
    /// <param name="metric">The metric's name in messages.</param>
    public MetricFiles(string root, string metric)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        _root = root;
        _metric = metric;
    }

    /// <summary>The folder of a hub repository, under its own name or with its owner's folder around it.</summary>
    /// <param name="repository">The repository with its owner, for example <c>FacebookAI/roberta-large</c>.</param>
    /// <param name="content">The files it has to hold, for the message.</param>
    public string Folder(string repository, string content)
    {
        var name = repository[(repository.LastIndexOf('/') + 1)..];
        return new[] { Path.Combine(_root, name), Path.Combine(_root, repository) }.FirstOrDefault(Directory.Exists)
            ?? Missing($"the folder '{name}' with {content} (the repository {repository} of Hugging Face)");
    }

    /// <summary>The first of some files that exists.</summary>
    /// <param name="origin">Where the first of them comes from, for the message.</param>
    /// <param name="names">Paths below the root.</param>
    public string File(string origin, params IReadOnlyList<string> names) =>
        names.Select(name => Path.Combine(_root, name)).FirstOrDefault(System.IO.File.Exists) ?? Missing($"the file '{names[0]}' ({origin})");

    /// <exception cref="FileNotFoundException">A file was not found.</exception>
    public void ThrowIfMissing()
    {
        if (_missing.Count == 0)
            return;
        throw new FileNotFoundException(
            $"{_metric} needs published models that '{_root}' lacks: {string.Join("; ", _missing)}. Nothing is downloaded by itself: "
            + "put them there or name another folder.", _root);
    }

    private string Missing(string what)
    {
        _missing.Add(what);
        return "";
    }
}
