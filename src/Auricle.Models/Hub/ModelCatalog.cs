using Auricle.Fetching;
using Auricle.Models.Families;

namespace Auricle.Models.Hub;

/// <summary>
/// Finds models. Names are looked up in the folder <c>AURICLE_MODELS</c> names, <c>models</c> beside the application,
/// <c>auricle/models</c> in the user's cache and <c>models</c> of the source tree, in this order; then in the catalogue of published models
/// (<see cref="PublishedModel"/>) and, with a slash as in <c>Labbeti/conette</c>, in the cache of the Hugging Face tools. What is not on
/// this machine is fetched only with leave (<see cref="ModelFetching"/>).
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
            folders.Add(ModelStore.OwnFolder);
            if (SourceTree is { } root)
                folders.Add(Path.Combine(root, "models"));
            return folders;
        }
    }

    /// <summary>The folder in which the Hugging Face tools keep what they download: <c>HF_HUB_CACHE</c>, else <c>hub</c> in <c>HF_HOME</c>.</summary>
    public static string HubFolder => HubSettings.Cache;

    /// <summary>The models of <see cref="Folders"/>, each name once, those of the Hugging Face cache that hold weights Auricle reads, and those of the catalogue that are here.</summary>
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
        foreach (var folder in FoldersIn(HubFolder))
        {
            if (HubRepository.OfFolder(folder) is { } repository && repository.Locate() is { } place)
                models.Add(new LocatedModel(repository.Id, place));
        }
        foreach (var published in PublishedModel.All.Where(published => !published.IsFolder && names.Add(published.Name)))
        {
            if (ModelStore.Locate(published.Name) is { } model)
                models.Add(model);
        }
        return models;
    }

    /// <summary>Finds a model by its name, its folder or its file.</summary>
    /// <param name="name">
    /// A name out of <see cref="List"/> or of the catalogue, a repository of the hub with its owner, the path of a folder, or that of a checkpoint.
    /// </param>
    /// <param name="fetching">Leave to fetch what is published and not here; without it nothing is fetched.</param>
    /// <exception cref="ModelNotFoundException">No such model is on this machine and it may not be fetched, or the folder lacks its configuration or weights.</exception>
    /// <exception cref="FetchException">It could not be fetched.</exception>
    public static LocatedModel Find(string name, ModelFetching? fetching = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        foreach (var folder in Folders)
        {
            if (IsPlainName(name) && Path.Combine(folder, name) is var path && IsModel(path))
                return new LocatedModel(name, Path.GetFullPath(path));
        }
        var published = PublishedModel.Find(name);
        if (Directory.Exists(name) && (published is null || ModelFiles.TryOpen(name) is not null))
            return OfFolder(name);
        if (File.Exists(name))
            return new LocatedModel(Path.GetFileNameWithoutExtension(name), name);
        if (published is null && HubRepository.TryParse(name) is null)
        {
            var near = EditDistance.Nearest(name, PublishedModel.Names) is { } meant ? $" (did you mean {meant}?)" : "";
            throw NotFound(name, $"There is no model '{name}'{near}; {KnownNames()}, auricle models list shows those that can be fetched, "
                + $"and a checkpoint, or a folder with {ModelFiles.ConfigFile} and {ModelFiles.WeightFiles[0]}, can be named as well.");
        }
        return ModelStore.Locate(name) ?? (fetching is not null && Fetch(name, fetching) ? ModelStore.Locate(name) : null)
            ?? throw NotFound(name, published is not null ? ModelStore.HowToGet(published)
                : $"There is no model '{name}' on this machine; fetch it from the Hugging Face hub with: auricle models pull {name}");
    }

    /// <summary>The place of a part of a model: the path itself, or where a name of the catalogue or the hub is found.</summary>
    /// <param name="part">A path or a name; <see langword="null"/> where none is named.</param>
    /// <param name="fetching">As for <see cref="Find"/>.</param>
    public static string? FindPart(string? part, ModelFetching? fetching = null) =>
        part is null || Path.Exists(part) || (PublishedModel.Find(part) is null && ModelStore.Locate(part) is null) ? part : Find(part, fetching).Path;

    private static bool Fetch(string name, ModelFetching fetching)
    {
        using var store = new ModelStore();
        return FetchAsync().ConfigureAwait(false).GetAwaiter().GetResult();

        async Task<bool> FetchAsync()
        {
            var plan = await store.PlanAsync(name, fetching.CancellationToken).ConfigureAwait(false);
            if (!fetching.Allows(plan))
                return false;
            await store.FetchAsync(plan, fetching.Progress, fetching.CancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private static LocatedModel OfFolder(string name)
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

    private static ModelNotFoundException NotFound(string name, string message) =>
        new(name, [.. List().Select(model => model.Name)], [.. Folders, HubFolder], message);

    private static string KnownNames() =>
        List() is { Count: > 0 } models
            ? $"the models here are {string.Join(", ", models.Select(model => model.Name))}"
            : $"there are no models in {string.Join(", ", Folders)}";

    private static bool IsPlainName(string name) => name is not ("." or "..") && name.AsSpan().IndexOfAny('/', '\\') < 0;

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ModelFiles.ConfigFile)) && ModelFiles.TryOpen(folder) is not null;

    internal static bool IsCheckpoint(string file) => Path.GetExtension(file) is ".pt" or ".pth" or ".ckpt" or ".bin" or ".safetensors";

    internal static IEnumerable<string> FoldersIn(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        // A folder without permission holds no model this user could load.
        var options = new EnumerationOptions { IgnoreInaccessible = true };
        return Directory.EnumerateDirectories(folder, "*", options).Order(StringComparer.Ordinal);
    }

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
public sealed record LocatedModel(string Name, string Path)
{
    /// <summary>The audio encoder that belongs to it, where the catalogue names one.</summary>
    public string? EncoderFile { get; init; }

    /// <summary>The tokenizer that belongs to it, where the catalogue names one.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The text encoder that belongs to it, where the catalogue names one.</summary>
    public string? TextEncoder { get; init; }
}
