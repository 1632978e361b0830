using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Auricle.Testing.Serving;

/// <summary>
/// A real web server on a loopback port of its own. It serves files with ranges and entity tags, and can be told to misbehave at a path for the
/// next requests or for good. What it was asked is kept.
/// </summary>
public sealed class LocalServer : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly ConcurrentDictionary<string, RequestDelegate> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<RequestDelegate>> _next = new(StringComparer.Ordinal);

    private LocalServer(WebApplication host) => _host = host;

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri Address => new(_host.Urls.Single());

    /// <summary>Everything it was asked, in order.</summary>
    public ConcurrentQueue<ServedRequest> Requests { get; } = new();

    /// <summary>Starts a server.</summary>
    public static async Task<LocalServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new LocalServer(builder.Build());
        server._host.Run(server.AnswerAsync);
        await server._host.StartAsync();
        return server;
    }

    /// <summary>The address of a path on this server.</summary>
    public Uri At(string path) => new(Address, path);

    /// <summary>Serves a file.</summary>
    /// <param name="path">Its path, with the slash at the begin.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="etag">Its entity tag without quotes; <see langword="null"/> makes one of the content, an empty one leaves it out.</param>
    public Uri Serve(string path, byte[] content, string? etag = null)
    {
        Answer(path, context => Send(context, content, etag ?? Convert.ToHexStringLower(SHA256.HashData(content))));
        return At(path);
    }

    /// <summary>Serves a text.</summary>
    public Uri Serve(string path, string text) => Serve(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Answers all requests of a path.</summary>
    public void Answer(string path, RequestDelegate answer) => _answers[path] = answer;

    /// <summary>Answers the next requests of a path, one each, before it goes on as always.</summary>
    public void Next(string path, params RequestDelegate[] answers)
    {
        var queue = _next.GetOrAdd(path, _ => new());
        foreach (var answer in answers)
            queue.Enqueue(answer);
    }

    /// <summary>An answer of a status alone.</summary>
    public static RequestDelegate Status(int status, params (string Name, string Value)[] headers) => context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
            context.Response.Headers[name] = value;
        return Task.CompletedTask;
    };

    /// <summary>An answer that sends elsewhere.</summary>
    public static RequestDelegate Redirect(Uri target, int status = 302) => Status(status, ("Location", target.AbsoluteUri));

    /// <summary>An answer of a file whose connection is cut after so many bytes.</summary>
    public static RequestDelegate Cut(byte[] content, int after, string? etag = null) => async context =>
    {
        context.Response.ContentLength = content.Length;
        if (etag is not null)
            context.Response.Headers.ETag = $"\"{etag}\"";
        await context.Response.Body.WriteAsync(content.AsMemory(0, after));
        await context.Response.Body.FlushAsync();
        // What was sent must be on its way before the reset overtakes it.
        await Task.Delay(50);
        context.Abort();
    };

    /// <summary>Sends a file, or the part of it that was asked for.</summary>
    public static async Task Send(HttpContext context, byte[] content, string etag)
    {
        var (start, end) = (0L, content.Length - 1L);
        var response = context.Response;
        if (etag.Length > 0)
            response.Headers.ETag = $"\"{etag}\"";
        response.Headers.AcceptRanges = "bytes";
        string? range = context.Request.Headers.Range;
        string? condition = context.Request.Headers.IfRange;
        if (range is not null && (condition is null || condition == $"\"{etag}\""))
        {
            var bounds = range["bytes=".Length..].Split('-');
            start = long.Parse(bounds[0], CultureInfo.InvariantCulture);
            end = bounds[1].Length > 0 ? Math.Min(end, long.Parse(bounds[1], CultureInfo.InvariantCulture)) : end;
            if (start >= content.Length)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = $"bytes */{content.Length}";
                return;
            }
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {start}-{end}/{content.Length}";
        }
        response.ContentLength = end + 1 - start;
        await response.Body.WriteAsync(content.AsMemory((int)start..(int)(end + 1)));
    }

    /// <summary>Serves a record as Zenodo does, with its files.</summary>
    /// <param name="number">The number of the record.</param>
    /// <param name="files">The files.</param>
    /// <param name="license">The licence that it states.</param>
    /// <returns>The page of the record.</returns>
    public Uri ServeRecord(int number, IReadOnlyDictionary<string, byte[]> files, string? license = "cc-by-4.0")
    {
        var entries = files.Select(file => $$"""
            {"id":"x","key":"{{file.Key}}","size":{{file.Value.Length}},"checksum":"md5:{{Md5(file.Value)}}",
             "links":{"self":"{{Serve($"/api/records/{number}/files/{file.Key}/content", file.Value)}}" } }
            """);
        var stated = license is null ? "null" : $$"""{"id":"{{license}}"}""";
        Serve($"/api/records/{number}", $$"""{"id":{{number}},"files":[{{string.Join(",", entries)}}],"metadata":{"title":"A record","license":{{stated}} } }""");
        return At($"/records/{number}");
    }

#pragma warning disable CA5351   // it is what the archive publishes
    private static string Md5(byte[] content) => Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(new CancellationToken(canceled: true));
        await _host.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Requests.Enqueue(new ServedRequest(path, context.Request.Headers.Authorization, context.Request.Headers.Range));
        if (_next.TryGetValue(path, out var queue) && queue.TryDequeue(out var next))
            return next(context);
        return _answers.TryGetValue(path, out var answer) ? answer(context) : Status(StatusCodes.Status404NotFound)(context);
    }
}

/// <summary>What a server was asked.</summary>
/// <param name="Path">The path, without the query.</param>
/// <param name="Authorization">The header that holds a secret, if any.</param>
/// <param name="Range">The part that was asked for, if one was.</param>
public sealed record ServedRequest(string Path, string? Authorization, string? Range);
