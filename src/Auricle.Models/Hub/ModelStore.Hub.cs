using System.Text.Json;
using Auricle.Fetching;
using Auricle.Reading;

namespace Auricle.Models.Hub;

public sealed partial class ModelStore
{
    private const int LargestAnswer = 32 << 20;
    private const int MostPages = 100;

    /// <summary>Asks the hub for a repository's commit and files, and plans those that the model consists of.</summary>
    private async Task<PlannedModel> PlanAsync(string name, HubRepository repository, PublishedModel? model, CancellationToken cancellationToken)
    {
        var endpoint = HubSettings.Endpoint.AbsoluteUri.TrimEnd('/');
        var token = HubSettings.Token;
        var origin = $"{repository.Id} on the Hugging Face hub";
        var api = $"{endpoint}/api/models/{repository.Id}";
        string? commit, license;
        var tree = new Dictionary<string, HubFile>(StringComparer.Ordinal);
        try
        {
            using (var info = await ReadAsync($"{api}/revision/{Uri.EscapeDataString(repository.Revision)}").ConfigureAwait(false))
            {
                commit = Text(info.RootElement.Member("sha"));
                license = Text(info.RootElement.Member("cardData")?.Member("license"));
            }
            if (commit is null || commit.Length != 40 || !commit.All(char.IsAsciiHexDigit))
                throw new FetchException(FetchFault.Answer, $"The hub at {endpoint} names no commit of {repository.Id}; check HF_ENDPOINT.");
            Uri? page = new($"{api}/tree/{commit}?recursive=true");
            for (var pages = 0; page is not null && pages < MostPages; pages++)
            {
                var (bytes, next) = await _fetcher.ReadAsync(page, LargestAnswer, token, cancellationToken).ConfigureAwait(false);
                using var list = JsonText.Parse(bytes, NoAnswer);
                if (list.RootElement.ValueKind != JsonValueKind.Array)
                    throw NoAnswer(new("is no list of files"));
                foreach (var entry in list.RootElement.EnumerateArray())
                {
                    if (HubFile.Read(entry) is { } file)
                        tree[file.Path] = file;
                }
                page = next;
            }
        }
        catch (FetchException error)
        {
            throw Explained(error, origin);
        }
        var files = Choose();
        return new PlannedModel(name, origin, model?.License ?? license, [.. files.Select(path => Plan(tree[path], model?.Files.FirstOrDefault(file => file.Name == path)))])
        {
            Complete = () =>
            {
                if (repository.Revision != commit)
                    WriteReference(repository.Reference, commit);
            },
        };

        async Task<JsonDocument> ReadAsync(string address) =>
            JsonText.Parse((await _fetcher.ReadAsync(new Uri(address), LargestAnswer, token, cancellationToken).ConfigureAwait(false)).Bytes, NoAnswer);

        FetchException NoAnswer(FileProblem problem) => new(FetchFault.Answer, $"The answer of the hub at {endpoint} about {repository.Id} {problem.What}; check HF_ENDPOINT.");

        IReadOnlyList<string> Choose()
        {
            var wanted = repository.FileName is { } only ? [only] : model?.Files.Select(file => file.Name).ToList() ?? [];
            if (wanted.FirstOrDefault(path => !tree.ContainsKey(path)) is { } missing)
                throw new FetchException(FetchFault.NotFound, $"{origin} has no file {missing} at {repository.Revision}; it has {Some(tree.Keys)}.");
            if (wanted.Count > 0)
                return wanted;
            var (chosen, _) = HubRepository.Select(tree.Keys);
            return chosen.Count > 0 ? chosen : throw new ModelException(
                $"{origin} holds no model of a kind that Auricle reads: config.json with model.safetensors or pytorch_model.bin, or one checkpoint; it has {Some(tree.Keys)}. "
                + $"Name one of its files with {repository.Id}/FILE.");
        }

        PlannedFile Plan(HubFile file, PublishedFile? published)
        {
            var blob = Path.Combine(repository.Blobs, file.Blob);
            var address = new Uri($"{endpoint}/{repository.Id}/resolve/{commit}/{string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString))}");
            return new PlannedFile(
                new RemoteFile(file.Path, address) { Size = published?.Size ?? file.Size, Hash = published?.Expected ?? file.Hash, Token = token },
                Path.Combine(repository.Snapshots, commit, file.Path),
                new FetchTarget(blob) { LockPath = Path.Combine(repository.LockFolder, $"{file.Blob}.lock") });
        }
    }

    /// <summary>Says what the hub's refusals mean, and what to do about them.</summary>
    private static FetchException Explained(FetchException error, string origin)
    {
        if (!origin.EndsWith("on the Hugging Face hub", StringComparison.Ordinal))
            return error;
        var repository = origin.Split(' ')[0];
        var page = $"{HubSettings.Endpoint.AbsoluteUri.TrimEnd('/')}/{repository}";
        var said = error switch
        {
            { ServerCode: "GatedRepo" } when HubSettings.Token is null =>
                $"{repository} is open to those only who have accepted its terms: accept them at {page}, then set HF_TOKEN to your token.",
            { ServerCode: "GatedRepo" } => $"{repository} is open to those only who have accepted its terms, and the account of your token has not: accept them at {page}.",
            { ServerCode: "RevisionNotFound" } => $"{repository} has no such revision; see {page}.",
            { ServerCode: "EntryNotFound" } => $"{repository} has no such file; see {page}.",
            { Fault: FetchFault.Unauthorized } or { ServerCode: "RepoNotFound" } =>
                $"There is no repository {repository} on the hub, or it is a private one: check the name{(HubSettings.Token is null ? ", or set HF_TOKEN" : " and the token")}.",
            { Fault: FetchFault.Forbidden } => $"The hub refuses {repository} to {(HubSettings.Token is null ? "those without a token: set HF_TOKEN" : "the account of your token: see " + page)}.",
            { Fault: FetchFault.NotFound, Status: not null } => $"There is no repository {repository} on the hub, or it has no such revision or file; check the name at {page}.",
            _ => null,
        };
        return said is null ? error : new FetchException(error.Fault, said, error) { Status = error.Status, ServerCode = error.ServerCode };
    }

    /// <summary>Makes a file of a snapshot out of a blob: a relative link, or the blob itself where the file system has no links.</summary>
    private static void Link(string path, string blob) => Keep(Path.GetFileName(path), () =>
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        try
        {
            File.Delete(path);   // a link whose blob was gone
            File.CreateSymbolicLink(path, Path.GetRelativePath(folder, blob));
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process made it in between.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && File.Exists(blob))
        {
            File.Move(blob, path, overwrite: true);
        }
    });

    private static void WriteReference(string path, string commit)
    {
        if (File.Exists(path) && File.ReadAllText(path) == commit)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var next = $"{path}.{Environment.ProcessId}";
        File.WriteAllText(next, commit);
        File.Move(next, path, overwrite: true);
    }

    private static string Some(IEnumerable<string> paths)
    {
        const int Shown = 8;
        var all = paths.Order(StringComparer.Ordinal).ToList();
        return all.Count == 0 ? "no files" : string.Join(", ", all.Take(Shown)) + (all.Count > Shown ? " …" : "");
    }

    private static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A file as the hub lists it.</summary>
    /// <param name="Path">Its path in the repository.</param>
    /// <param name="Size">Its length.</param>
    /// <param name="Blob">The name of its content in the cache.</param>
    /// <param name="Hash">The hash that this name is.</param>
    private sealed record HubFile(string Path, long? Size, string Blob, FileHash Hash)
    {
        /// <summary>Reads an entry; <see langword="null"/> for folders, and for what could leave the cache's folders.</summary>
        public static HubFile? Read(JsonElement entry)
        {
            if (Text(entry.Member("type")) != "file" || Text(entry.Member("path")) is not { } path || !PublishedModel.IsSafe(path))
                return null;
            var large = entry.Member("lfs");
            var hash = large is null ? FileHash.Of(HashKind.Git, Text(entry.Member("oid"))) : FileHash.Of(HashKind.Sha256, Text(large.Value.Member("oid")));
            var size = (large ?? entry).Member("size") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var bytes) && bytes >= 0 ? bytes : (long?)null;
            return hash is null ? null : new HubFile(path, size, hash.Hex, hash);
        }
    }
}
