using System.Text.Json;
using System.Text.RegularExpressions;
using Auricle.Models.Families;
using Auricle.Reading;

namespace Auricle.Models.Hub;

/// <summary>A repository of the hub at a revision, in the cache that the Hugging Face tools share: <c>blobs</c>, <c>snapshots</c> and <c>refs</c>.</summary>
/// <param name="Id">Its name with its owner.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
/// <param name="FileName">The one file that is meant; <see langword="null"/> for a model of a known kind.</param>
internal sealed partial record HubRepository(string Id, string Revision = "main", string? FileName = null)
{
    /// <summary>The folder of the repository.</summary>
    public string Folder => Path.Combine(HubSettings.Cache, FolderName);

    /// <summary>Where locks of the repository's files lie.</summary>
    public string LockFolder => Path.Combine(HubSettings.Cache, ".locks", FolderName);

    /// <summary>The file that says which commit the revision is.</summary>
    public string Reference => Path.Combine(Folder, "refs", Revision);

    public string Blobs => Path.Combine(Folder, "blobs");

    public string Snapshots => Path.Combine(Folder, "snapshots");

    private string FolderName => $"models--{Id.Replace("/", "--", StringComparison.Ordinal)}";

    /// <summary>Reads <c>owner/name</c>, <c>owner/name@revision</c> and <c>owner/name/file</c>.</summary>
    public static HubRepository? TryParse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
            return null;
        var file = match.Groups["file"].Value;
        var revision = match.Groups["revision"].Value;
        return (file.Length > 0 && !PublishedModel.IsSafe(file)) || (revision.Length > 0 && !PublishedModel.IsSafe(revision)) ? null
            : new HubRepository(match.Groups["id"].Value, revision.Length > 0 ? revision : "main", file.Length > 0 ? file : null);
    }

    /// <summary>The repository of a folder in the cache.</summary>
    public static HubRepository? OfFolder(string folder) =>
        Path.GetFileName(folder).Split("--", 3) is ["models", var owner, var name] ? new HubRepository($"{owner}/{name}") : null;

    /// <summary>The place of the model in the cache: its folder, or the file of its weights; <see langword="null"/> where it is not here or not whole.</summary>
    public string? Locate() => Locate(FileName is null ? [] : [FileName], FileName);

    /// <summary>The place of some files in the cache.</summary>
    /// <param name="files">The files; none for a model of a known kind.</param>
    /// <param name="main">The one that is the model, or <see langword="null"/> for their folder.</param>
    public string? Locate(IReadOnlyList<string> files, string? main)
    {
        if (!Directory.Exists(Snapshots))
            return null;
        var commit = File.Exists(Reference) ? File.ReadAllText(Reference).Trim() : Revision;
        if (PublishedModel.IsSafe(commit) && Path.Combine(Snapshots, commit) is var pinned && Directory.Exists(pinned) && Place(pinned) is { } place)
            return place;
        // Where the branch's reference is gone or its snapshot is not whole, another will do if there is no doubt which.
        return Revision == "main" && ModelCatalog.FoldersIn(Snapshots).Select(Place).OfType<string>().ToList() is [var only] ? only : null;

        string? Place(string snapshot) => files.Count == 0 ? KnownKind(snapshot)
            : files.All(file => File.Exists(Path.Combine(snapshot, file))) ? (main is null ? snapshot : Path.Combine(snapshot, main)) : null;
    }

    /// <summary>Which of a repository's files make a model of a known kind.</summary>
    /// <param name="paths">All files of the repository.</param>
    /// <returns>The files, and the one that is the model or <see langword="null"/> for the folder; no files where none is known, or several could be meant.</returns>
    public static (IReadOnlyList<string> Files, string? Main) Select(IReadOnlyCollection<string> paths)
    {
        var about = paths.Where(path => About().IsMatch(path)).ToList();
        var weights = paths.Contains(ModelFiles.ConfigFile) ? ModelFiles.WeightFiles.FirstOrDefault(paths.Contains) : null;
        if (weights is not null)
        {
            var shards = weights.EndsWith(".json", StringComparison.Ordinal)
                ? paths.Where(path => !path.Contains('/', StringComparison.Ordinal) && Shard().IsMatch(path) && Path.GetExtension(path) == Path.GetExtension(weights.Replace(".index.json", "", StringComparison.Ordinal)))
                : [];
            // A dense layer behind the pooling has weights of its own.
            var dense = paths.Where(path => Dense().IsMatch(path)).GroupBy(Path.GetDirectoryName).Select(files => files.OrderDescending(StringComparer.Ordinal).First());
            return ([weights, .. shards, .. dense, .. about], null);
        }
        return paths.Where(path => !path.Contains('/', StringComparison.Ordinal) && ModelCatalog.IsCheckpoint(path)).ToList() is [var only]
            ? ([only, .. about], only)
            : ([], null);
    }

    private static string? KnownKind(string snapshot)
    {
        var here = Directory.EnumerateFiles(snapshot).Select(file => Path.GetFileName(file)).Where(name => File.Exists(Path.Combine(snapshot, name))).ToHashSet(StringComparer.Ordinal);
        var (files, main) = Select(here);
        if (files.Count == 0 || (files[0].EndsWith(".index.json", StringComparison.Ordinal) && !ShardsOf(Path.Combine(snapshot, files[0])).All(here.Contains)))
            return null;
        return main is null ? snapshot : Path.Combine(snapshot, main);
    }

    private static IEnumerable<string> ShardsOf(string index)
    {
        using var document = ConfigFile.Read(index, JsonValueKind.Object, (problem, inner) => new ModelException($"The index '{index}' cannot be used: {problem}", inner));
        return document.RootElement.Member("weight_map") is { ValueKind: JsonValueKind.Object } map
            ? [.. map.EnumerateObject().Select(entry => entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "").Distinct(StringComparer.Ordinal)]
            : [];
    }

    [GeneratedRegex(@"^(?<id>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?<revision>[\w./-]+)|/(?<file>[^@]+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    // Configurations, word lists and the card, beside the weights or in the numbered folders of sentence encoders.
    [GeneratedRegex(@"^(\d+_\w+/)?[^/]+\.json$(?<!\.index\.json)|^[^/]+\.txt$|^README\.md$", RegexOptions.ExplicitCapture)]
    private static partial Regex About();

    [GeneratedRegex(@"-\d{5}-of-\d{5}\.\w+$")]
    private static partial Regex Shard();

    [GeneratedRegex(@"^\d+_Dense/(model\.safetensors|pytorch_model\.bin)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Dense();
}
