using Auricle.Models.Families;

namespace Auricle.Models.Hub;

/// <summary>
/// Finds models on this machine. Nothing is downloaded. Names are looked up in the folder <c>AURICLE_MODELS</c> names,
/// <c>models</c> beside the application, <c>auricle/models</c> in the user's cache and <c>models</c> of the source tree, in this order;
/// names with a slash, such as <c>Labbeti/conette</c>, in the cache of the Hugging Face tools.
/// </summary>
public static class ModelCatalog
{
    /// <summary>The model that is used where none is named.</summary>
    public const string DefaultModel = "auricle-small";

    private const int NamesShown = 3;

    /// <summary>The folders in which models lie side by side, whether they exist or not, in the order of the search.</summary>
    public static IReadOnlyList<string> Folders
    {
        get
        {
            var folders = new List<string>();
            if (Environment.GetEnvironmentVariable("AURICLE_MODELS") is { Length: > 0 } configured)
                folders.AddRange(configured.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
            folders.Add(Path.Combine(AppContext.BaseDirectory, "models"));
            folders.Add(Path.Combine(CacheFolder, "auricle", "models"));
            if (SourceTree is { } root)
                folders.Add(Path.Combine(root, "models"));
            return folders;
        }
    }

    /// <summary>The folder in which the Hugging Face tools keep what they download: <c>HF_HUB_CACHE</c>, else <c>hub</c> in <c>HF_HOME</c>.</summary>
    public static string HubFolder =>
        Environment.GetEnvironmentVariable("HF_HUB_CACHE") is { Length: > 0 } hub ? hub
        : Environment.GetEnvironmentVariable("HF_HOME") is { Length: > 0 } home ? Path.Combine(home, "hub")
        : Path.Combine(CacheFolder, "huggingface", "hub");

    /// <summary>The models of <see cref="Folders"/>, each name once, and those of the Hugging Face cache that hold weights Auricle reads.</summary>
    public static IReadOnlyList<LocatedModel> List()
    {
        var models = new List<LocatedModel>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in Folders.Where(Directory.Exists).SelectMany(FoldersIn).Where(IsModel))
        {
            var name = Path.GetFileName(folder);
            if (names.Add(name))
                models.Add(new LocatedModel(name, folder));
        }
        if (Directory.Exists(HubFolder))
        {
            foreach (var repository in FoldersIn(HubFolder))
            {
                // models--OWNER--NAME
                if (Path.GetFileName(repository).Split("--", 3) is ["models", var owner, var name] && Snapshot(repository) is { } snapshot)
                    models.Add(new LocatedModel($"{owner}/{name}", snapshot));
            }
        }
        return models;
    }

    /// <summary>Finds a model by its name, its folder or its file.</summary>
    /// <param name="name">A name out of <see cref="List"/>, the path of a folder, or that of a checkpoint.</param>
    /// <exception cref="ModelNotFoundException">No such model is on this machine, or the folder lacks its configuration or weights.</exception>
    public static LocatedModel Find(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        foreach (var folder in Folders)
        {
            if (IsPlainName(name) && Path.Combine(folder, name) is var path && IsModel(path))
                return new LocatedModel(name, Path.GetFullPath(path));
        }
        if (Directory.Exists(name))
        {
            if (ModelFiles.TryOpen(name) is null)
            {
                var holds = File.Exists(Path.Combine(name, ModelFiles.ConfigFile)) ? $"a {ModelFiles.ConfigFile} without weights" : "no weights";
                var files = Directory.EnumerateFiles(name).Where(IsCheckpoint).Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(NamesShown).ToList();
                throw NotFound(name, $"The folder '{name}' is not a model: it holds {holds}; the weights must be one of {string.Join(", ", ModelFiles.WeightFiles)}"
                    + (files.Count > 0 ? $". It holds {string.Join(", ", files)}: name such a file itself." : ", or name a checkpoint itself."));
            }
            var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(name));
            return new LocatedModel(Path.GetFileName(path), path);
        }
        if (File.Exists(name))
            return new LocatedModel(Path.GetFileNameWithoutExtension(name), name);
        if (name.Split('/') is [{ Length: > 0 } owner, { Length: > 0 } repository])
        {
            var folder = Path.Combine(HubFolder, $"models--{owner}--{repository}");
            if (Snapshot(folder) is { } snapshot)
                return new LocatedModel(name, snapshot);
            throw NotFound(
                name,
                $"There is no model '{name}' on this machine, and Auricle downloads nothing by itself; fetch it with 'hf download {name}' into '{HubFolder}', "
                + $"or put its {ModelFiles.ConfigFile} and {ModelFiles.WeightFiles[0]} into a folder and name that; {KnownNames()}.");
        }
        throw NotFound(name, $"There is no model '{name}'; {KnownNames()}, and a checkpoint, or a folder with {ModelFiles.ConfigFile} and {ModelFiles.WeightFiles[0]}, can be named as well.");
    }

    private static ModelNotFoundException NotFound(string name, string message) =>
        new(name, [.. List().Select(model => model.Name)], [.. Folders, HubFolder], message);

    private static string KnownNames() =>
        List() is { Count: > 0 } models
            ? $"the models here are {string.Join(", ", models.Select(model => model.Name))}"
            : $"there are no models in {string.Join(", ", Folders)}";

    private static bool IsPlainName(string name) => name is not ("." or "..") && name.AsSpan().IndexOfAny('/', '\\') < 0;

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ModelFiles.ConfigFile)) && ModelFiles.TryOpen(folder) is not null;

    private static bool IsCheckpoint(string file) => Path.GetExtension(file) is ".pt" or ".pth" or ".ckpt" or ".bin" or ".safetensors";

    /// <summary>The snapshot that the branch main points at, or the only complete one where that reference is gone.</summary>
    private static string? Snapshot(string repository)
    {
        var snapshots = Path.Combine(repository, "snapshots");
        if (!Directory.Exists(snapshots))
            return null;
        var reference = Path.Combine(repository, "refs", "main");
        if (File.Exists(reference))
        {
            var pinned = Path.Combine(snapshots, File.ReadAllText(reference).Trim());
            if (IsModel(pinned))
                return pinned;
        }
        return FoldersIn(snapshots).Where(IsModel).ToArray() is [var only] ? only : null;
    }

    private static IEnumerable<string> FoldersIn(string folder)
    {
        // A folder without permission holds no model this user could load.
        var options = new EnumerationOptions { IgnoreInaccessible = true };
        return Directory.EnumerateDirectories(folder, "*", options).Order(StringComparer.Ordinal);
    }

    private static string CacheFolder =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    private static string? SourceTree { get; } = FindSourceTree();

    private static string? FindSourceTree()
    {
        for (var folder = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Auricle.slnx")))
                return folder;
        }
        return null;
    }
}

/// <summary>A model on this machine.</summary>
/// <param name="Name">What users call it: <c>auricle-small</c>, <c>Labbeti/conette</c>, or the last part of a path.</param>
/// <param name="Path">The folder with <c>config.json</c> and the weights, or a checkpoint.</param>
public sealed record LocatedModel(string Name, string Path);
