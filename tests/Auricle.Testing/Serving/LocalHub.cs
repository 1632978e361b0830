using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Auricle.Testing.Serving;

/// <summary>
/// A server that speaks the interface of the Hugging Face hub: revisions, trees in pages, and files, of which the large ones lie on another
/// host (another port) behind a redirect.
/// </summary>
public sealed class LocalHub : IAsyncDisposable
{
    private const int EntriesOfAPage = 3;

    private LocalHub(LocalServer server, LocalServer storage) => (Server, Storage) = (server, storage);

    /// <summary>The hub itself.</summary>
    public LocalServer Server { get; }

    /// <summary>The host of the large files.</summary>
    public LocalServer Storage { get; }

    /// <summary>What <c>HF_ENDPOINT</c> is set to.</summary>
    public string Endpoint => Server.Address.AbsoluteUri.TrimEnd('/');

    /// <summary>Starts both.</summary>
    public static async Task<LocalHub> StartAsync() => new(await LocalServer.StartAsync(), await LocalServer.StartAsync());

    /// <summary>Adds a repository, or a commit of it that its branch <c>main</c> then stands for.</summary>
    /// <param name="id">Its name with its owner.</param>
    /// <param name="files">Its files; weights are large.</param>
    /// <param name="license">The licence of its card.</param>
    /// <param name="token">The token of those who may read it; <see langword="null"/> for everybody.</param>
    /// <returns>The commit.</returns>
    public string Add(string id, IReadOnlyDictionary<string, byte[]> files, string? license = "apache-2.0", string? token = null)
    {
        var commit = Convert.ToHexStringLower(Git(Encoding.UTF8.GetBytes(string.Join('\n', files.Select(file => file.Key + Convert.ToHexString(Git(file.Value)))))));
        var card = license is null ? "null" : $$"""{"license":"{{license}}"}""";
        foreach (var revision in (string[])["main", commit])
            Serve($"/api/models/{id}/revision/{revision}", token, Text($$"""{"id":"{{id}}","sha":"{{commit}}","gated":{{(token is null ? "false" : "\"manual\"")}},"cardData":{{card}}}"""));
        var entries = files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => IsLarge(file.Key)
            ? $$"""{"type":"file","oid":"{{Blob(file.Value)}}","size":{{file.Value.Length}},"path":"{{file.Key}}","lfs":{"oid":"{{Sha256(file.Value)}}","size":{{file.Value.Length}},"pointerSize":135} }"""
            : $$"""{"type":"file","oid":"{{Blob(file.Value)}}","size":{{file.Value.Length}},"path":"{{file.Key}}"}""").Prepend($$"""{"type":"directory","oid":"{{Blob([])}}","size":0,"path":"onnx"}""").ToList();
        var tree = $"/api/models/{id}/tree/{commit}";
        Serve(tree, token, context =>
        {
            var page = int.Parse(context.Request.Query["cursor"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
            var pages = entries.Chunk(EntriesOfAPage).ToList();
            if (page + 1 < pages.Count)
                context.Response.Headers.Link = $"<{Server.At(tree)}?recursive=true&cursor={page + 1}>; rel=\"next\"";
            return context.Response.WriteAsync($"[{string.Join(",", pages[page])}]");
        });
        foreach (var (path, content) in files)
        {
            var address = $"/{id}/resolve/{commit}/{path}";
            if (!IsLarge(path))
            {
                Serve(address, token, context => LocalServer.Send(context, content, Blob(content)));
                continue;
            }
            var stored = Storage.Serve($"/{Sha256(content)}", content, Sha256(content)[..32]);
            Serve(address, token, LocalServer.Status(302, ("Location", $"{stored}?X-Amz-Signature=s3cret"), ("X-Repo-Commit", commit),
                ("X-Linked-Size", content.Length.ToString(CultureInfo.InvariantCulture)), ("X-Linked-Etag", $"\"{Sha256(content)}\"")));
        }
        return commit;
    }

    /// <summary>The path at which a large file is stored.</summary>
    public static string StoredAt(byte[] content) => $"/{Sha256(content)}";

    /// <summary>The name of a small file's content in the cache.</summary>
    public static string Blob(byte[] content) => Convert.ToHexStringLower(Git(content));

    /// <summary>The name of a large file's content in the cache.</summary>
    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Storage.DisposeAsync();
    }

    private static bool IsLarge(string path) => Path.GetExtension(path) is ".safetensors" or ".bin" or ".pt" or ".pth" or ".ckpt";

    private static RequestDelegate Text(string text) => context => context.Response.WriteAsync(text);

    private void Serve(string path, string? token, RequestDelegate answer) => Server.Answer(path, context =>
        token is null || context.Request.Headers.Authorization == $"Bearer {token}" ? answer(context)
            : LocalServer.Status(context.Request.Headers.Authorization.Count == 0 ? 401 : 403, ("X-Error-Code", "GatedRepo"))(context));

#pragma warning disable CA5350   // it is how git names content
    private static byte[] Git(byte[] content) => SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]);
#pragma warning restore CA5350
}
