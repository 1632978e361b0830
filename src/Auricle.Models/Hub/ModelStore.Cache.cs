namespace Auricle.Models.Hub;

public sealed partial class ModelStore
{
    /// <summary>What lies in the caches, whole or not.</summary>
    public static IReadOnlyList<CachedModel> Cached()
    {
        var models = new List<CachedModel>();
        foreach (var folder in ModelCatalog.FoldersIn(OwnFolder).Where(folder => !Path.GetFileName(folder).StartsWith('.')))
            models.Add(new CachedModel(Path.GetFileName(folder), folder, SizeOf(folder), SizeOf(folder, "*.incomplete"), 0));
        foreach (var folder in ModelCatalog.FoldersIn(HubSettings.Cache))
        {
            if (HubRepository.OfFolder(folder) is { } repository)
                models.Add(new CachedModel(repository.Id, folder, SizeOf(folder), SizeOf(folder, "*.incomplete"), Outdated(repository)));
        }
        return models;
    }

    /// <summary>Removes a model from the caches; parts that other models may share stay.</summary>
    /// <param name="name">As for <see cref="Locate"/>.</param>
    /// <returns>The bytes that are free again; <see langword="null"/> where nothing of it is here.</returns>
    /// <exception cref="ModelException">It cannot be removed.</exception>
    public static long? Remove(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var model = PublishedModel.Find(name);
        var repository = model is null ? HubRepository.TryParse(name) : model.Repository is null ? null : new HubRepository(model.Repository, model.Revision);
        var folder = repository?.Folder ?? (model is null ? null : Path.Combine(OwnFolder, model.Name));
        if (folder is null || !Directory.Exists(folder))
            return null;
        var before = SizeOf(folder);
        try
        {
            var files = repository?.FileName is { } one ? [one] : repository is null ? [] : model?.Files.Select(file => file.Name).ToList() ?? [];
            if (files.Count == 0)
                Directory.Delete(folder, recursive: true);
            else if (!RemoveFiles(repository!, files))
                return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"'{folder}' cannot be removed ({error.Message.TrimEnd('.')}); check its permissions.", error);
        }
        return before - SizeOf(folder);
    }

    /// <summary>Removes files from all snapshots of a repository, then the blobs that no snapshot shows any more.</summary>
    private static bool RemoveFiles(HubRepository repository, List<string> files)
    {
        var snapshots = ModelCatalog.FoldersIn(repository.Snapshots).ToList();
        var shown = snapshots.SelectMany(snapshot => files.Select(file => Path.Combine(snapshot, file))).Where(path => new FileInfo(path) is { Exists: true } or { LinkTarget: not null }).ToList();
        if (shown.Count == 0)
            return false;
        shown.ForEach(File.Delete);
        var rest = snapshots.SelectMany(snapshot => Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories)).ToList();
        if (rest.Count == 0)
        {
            Directory.Delete(repository.Folder, recursive: true);
            return true;
        }
        var used = rest.Select(path => Path.GetFileName(new FileInfo(path).LinkTarget)).ToHashSet(StringComparer.Ordinal);
        foreach (var blob in Directory.EnumerateFiles(repository.Blobs).Where(blob => !used.Contains(Path.GetFileName(blob)) && !blob.EndsWith(".incomplete", StringComparison.Ordinal)))
            File.Delete(blob);
        return true;
    }

    /// <summary>The bytes of blobs that only snapshots show to which no branch or tag points any more.</summary>
    private static long Outdated(HubRepository repository)
    {
        var references = Path.Combine(repository.Folder, "refs");
        if (!Directory.Exists(references) || !Directory.Exists(repository.Snapshots))
            return 0;
        var current = Directory.EnumerateFiles(references, "*", SearchOption.AllDirectories).Select(file => File.ReadAllText(file).Trim()).ToHashSet(StringComparer.Ordinal);
        var blobs = ModelCatalog.FoldersIn(repository.Snapshots).ToLookup(
            snapshot => current.Contains(Path.GetFileName(snapshot)),
            snapshot => Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories).Select(path => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path).ToList());
        return blobs[false].SelectMany(paths => paths).Except(blobs[true].SelectMany(paths => paths), StringComparer.Ordinal).Where(File.Exists).Sum(path => new FileInfo(path).Length);
    }

    /// <summary>The bytes of a folder's own files; links count nothing.</summary>
    private static long SizeOf(string folder, string pattern = "*") => !Directory.Exists(folder) ? 0
        : new DirectoryInfo(folder).EnumerateFiles(pattern, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Sum(file => file.Length);
}

/// <summary>What the cache has of a model.</summary>
/// <param name="Name">A name of the catalogue, or a repository of the hub with its owner.</param>
/// <param name="Path">Its folder.</param>
/// <param name="Bytes">What it takes on the disk.</param>
/// <param name="UnfinishedBytes">Of these, what fetches left that did not end; the next one goes on from there.</param>
/// <param name="OutdatedBytes">Of these, what belongs to earlier revisions alone.</param>
public sealed record CachedModel(string Name, string Path, long Bytes, long UnfinishedBytes, long OutdatedBytes);
