using System.Reflection;
using Auricle.Fetching;

namespace Auricle.Models.Hub;

/// <summary>
/// Published models on this machine, and fetching them. Repositories of the Hugging Face hub lie in the cache of its tools, in their layout
/// and under their locks, so that what either fetched the other finds; all else lies in <see cref="OwnFolder"/>, a folder for each name.
/// Tokens, offline mode and the address of the hub are those of the tools (<c>HF_TOKEN</c>, <c>HF_HUB_OFFLINE</c>, <c>HF_ENDPOINT</c>).
/// </summary>
public sealed partial class ModelStore : IDisposable
{
    private readonly Fetcher _fetcher = new(new FetcherOptions
    {
        IsOffline = HubSettings.IsOffline,
        OfflineRemedy = "unset HF_HUB_OFFLINE, or fetch it elsewhere and copy the cache",
        UserAgent = $"auricle/{typeof(ModelStore).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0"}",
    });

    /// <summary>Whether the environment forbids connections (<c>HF_HUB_OFFLINE</c>).</summary>
    public static bool IsOffline => HubSettings.IsOffline;

    /// <summary>Where models lie that come from elsewhere than the hub: <c>auricle/models</c> in the user's cache.</summary>
    public static string OwnFolder => Path.Combine(HubSettings.CacheFolder, "auricle", "models");

    /// <summary>Finds a published model in the caches; the network is not asked.</summary>
    /// <param name="name">A name of the catalogue, or <c>owner/repository</c> of the hub, also with <c>@revision</c> or <c>/file</c>.</param>
    /// <returns>Its place and those of its parts; <see langword="null"/> where something is missing.</returns>
    public static LocatedModel? Locate(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (PublishedModel.Find(name) is not { } model)
            return HubRepository.TryParse(name)?.Locate() is { } place ? new LocatedModel(name, place) : null;
        return PlaceOf(model) is { } path && model.Parts.All(part => PlaceOf(Part(part)) is not null)
            ? new LocatedModel(model.Name, path)
            {
                EncoderFile = PlaceOf(model.Encoder),
                Tokenizer = PlaceOf(model.Tokenizer),
                TextEncoder = PlaceOf(model.TextEncoder),
            }
            : null;
    }

    /// <summary>Asks the places that a model comes from what fetching it comes to.</summary>
    /// <param name="name">As for <see cref="Locate"/>.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ModelNotFoundException">Nothing published has the name, or no program can fetch it.</exception>
    /// <exception cref="FetchException">A place does not answer, or refuses.</exception>
    public async Task<FetchPlan> PlanAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (PublishedModel.Find(name) is not { } model)
        {
            var repository = HubRepository.TryParse(name)
                ?? throw new ModelNotFoundException(name, [.. PublishedModel.Names], [], $"No published model is called '{name}'{DidYouMean(name)}; auricle models list shows all, and owner/repository names any of the hub.");
            return new FetchPlan(name, [await PlanAsync(name, repository, null, cancellationToken).ConfigureAwait(false)]);
        }
        var models = new List<PlannedModel>();
        foreach (var one in model.Parts.Select(Part).Prepend(model))
        {
            if (PlaceOf(one) is not null)
                continue;
            models.Add(one.Repository is not null
                ? await PlanAsync(one.Name, new HubRepository(one.Repository, one.Revision), one, cancellationToken).ConfigureAwait(false)
                : await PlanOwnAsync(one, cancellationToken).ConfigureAwait(false));
        }
        return new FetchPlan(model.Name, models);
    }

    /// <summary>Fetches what a plan lacks.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="progress">Hears how far it has come.</param>
    /// <param name="cancellationToken">Ends the work; what has come is kept for the next time.</param>
    /// <exception cref="FetchException">Something could not be fetched, or not be kept.</exception>
    public async Task FetchAsync(FetchPlan plan, IProgress<FetchProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var model in plan.Models)
        {
            // The weights come last, so that what a kill leaves behind is not taken for a whole model.
            foreach (var file in model.Files.Reverse().Where(file => !file.IsHere))
            {
                try
                {
                    await _fetcher.FetchAsync(file.Remote, file.Target, progress, cancellationToken).ConfigureAwait(false);
                }
                catch (FetchException error)
                {
                    throw Explained(error, model.Origin);
                }
                if (file.Path != file.Target.Path)
                    Link(file.Path, file.Target.Path);
            }
            Keep(model.Name, () => model.Complete?.Invoke());
        }
    }

    /// <summary>Takes in a file that was fetched by hand.</summary>
    /// <param name="name">A model of the catalogue that consists of one file.</param>
    /// <param name="file">The file; it stays where it is.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ModelException">There is no such model or file, or it is not the published one.</exception>
    public static async Task ImportAsync(string name, string file, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        if (PublishedModel.Find(name) is not { Repository: null, Files: [var wanted] } model)
            throw new ModelNotFoundException(name, [.. PublishedModel.Names], [], $"'{name}' is no model of the catalogue that is one file by itself; auricle models info {name} says where it comes from.");
        if (!File.Exists(file))
            throw new ModelException($"There is no file '{file}' to take in for {model.Name}; check the path.");
        if (wanted.Expected is { } expected && await FileHash.ComputeAsync(file, expected.Kind, cancellationToken).ConfigureAwait(false) is var actual && actual != expected)
            throw new ModelException($"'{file}' is not {wanted.Name} as it was published: its hash is {actual}, not {expected}; fetch it again from {model.Origin}.");
        Keep(model.Name, () =>
        {
            var target = OwnPath(model, wanted);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var copy = $"{target}.{Environment.ProcessId}.incomplete";
            try
            {
                File.Copy(file, copy, overwrite: true);
                File.Move(copy, target, overwrite: true);
            }
            finally
            {
                File.Delete(copy);
            }
        });
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _fetcher.Dispose();

    /// <summary>Why a model of the catalogue is not here, and what to do, as sentences.</summary>
    internal static string HowToGet(PublishedModel model)
    {
        var missing = model.Parts.Select(Part).Prepend(model).Where(one => PlaceOf(one) is null).ToList();
        if (missing.FirstOrDefault(one => one.IsByHand) is { } hand)
        {
            return $"The model {hand.Name} ({hand.System}) is not on this machine, and only people can fetch it: {(hand.Page is null ? "" : $"get {hand.Files[0].Name} from {hand.Page}. ")}"
                + $"{(hand.Note is null ? "" : $"{hand.Note} ")}Then take it in with: auricle models pull {hand.Name} --from {hand.Files[0].Name}";
        }
        var parts = missing.Where(one => one != model).Select(one => one.Name).ToList();
        return $"The model {model.Name} ({model.System}, from {model.Origin}) is not on this machine{(parts.Count > 0 && missing.Contains(model) ? $", nor is {string.Join(", ", parts)}, which it needs"
            : parts.Count > 0 ? $" as a whole: {string.Join(", ", parts)} is missing" : "")}; fetch it with: auricle models pull {model.Name}";
    }

    internal static PublishedModel Part(string name) =>
        PublishedModel.Find(name) ?? throw new ModelException($"The catalogue needs the model '{name}' for another and lacks it; correct the table of AURICLE_CATALOGUE.");

    private static string DidYouMean(string name) => EditDistance.Nearest(name, PublishedModel.Names) is { } near ? $" (did you mean {near}?)" : "";

    private static string? PlaceOf(string? part) => part is null ? null : PlaceOf(Part(part));

    private static string? PlaceOf(PublishedModel model)
    {
        var files = model.Files.Select(file => file.Name).ToList();
        var main = model.IsFolder ? null : files[0];
        if (model.Repository is not null)
            return new HubRepository(model.Repository, model.Revision).Locate(files, main);
        var folder = Path.Combine(OwnFolder, model.Name);
        return model.Files.All(file => File.Exists(OwnPath(model, file))) ? (main is null ? folder : Path.Combine(folder, main)) : null;
    }

    private static string OwnPath(PublishedModel model, PublishedFile file) => Path.Combine(OwnFolder, model.Name, file.Name);

    private async Task<PlannedModel> PlanOwnAsync(PublishedModel model, CancellationToken cancellationToken)
    {
        if (model.IsByHand)
            throw new ModelNotFoundException(model.Name, [.. PublishedModel.Names], [OwnFolder], HowToGet(model));
        var license = model.License;
        IReadOnlyList<RemoteFile> remotes;
        if (model.Record is not null)
        {
            var record = await ArchiveRecord.ReadAsync(_fetcher, model.Record, cancellationToken).ConfigureAwait(false);
            license ??= record.License;
            remotes = [.. model.Files.Select(file => record.Files.FirstOrDefault(remote => remote.Name == file.Name)
                ?? throw new FetchException(FetchFault.NotFound, $"The record {model.Record} has no file {file.Name} (any more); it has {string.Join(", ", record.Files.Select(remote => remote.Name))}."))];
        }
        else
        {
            remotes = [.. model.Files.Select(file => new RemoteFile(file.Name, new Uri(model.Address!, string.Join('/', file.Name.Split('/').Select(Uri.EscapeDataString)))))];
        }
        var files = new List<PlannedFile>();
        foreach (var (remote, file) in remotes.Zip(model.Files))
        {
            var known = remote with { Size = file.Size ?? remote.Size, Hash = file.Expected ?? remote.Hash };
            var path = OwnPath(model, file);
            files.Add(new PlannedFile(
                known.Size is null && !File.Exists(path) ? await _fetcher.DescribeAsync(known, cancellationToken).ConfigureAwait(false) : known, path,
                new FetchTarget(path) { LockPath = Path.Combine(OwnFolder, ".locks", $"{model.Name}-{file.Name.Replace('/', '-')}.lock") }));
        }
        return new PlannedModel(model.Name, model.Origin, license, files);
    }

    /// <summary>Does something to the cache that a full or read-only disk may prevent.</summary>
    private static void Keep(string name, Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FetchException(FetchFault.NotWritable, $"{name} cannot be kept ({error.Message.TrimEnd('.')}); make room and the folder writable, or choose another with XDG_CACHE_HOME or HF_HOME.", error);
        }
    }
}
