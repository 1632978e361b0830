using System.Collections.Concurrent;
using System.Security.Cryptography;
using Auricle.Testing;
using Microsoft.AspNetCore.Http;

namespace Auricle.Fetching.Tests;

/// <summary>Several processes, killed ones, and places where a file cannot be kept.</summary>
public sealed class ProcessTests : IAsyncLifetime, IDisposable
{
    private const string Path = "/weights.bin";

    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(3_000_000);
    private static readonly string Hash = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Content))}";

    private readonly TestFolder _folder = new();
    private LocalServer _server = null!;

    private string Target => _folder.At("cache/weights.bin");

    public async Task InitializeAsync() => _server = await LocalServer.StartAsync();

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Processes_at_once_fetch_a_file_once(int processes)
    {
        _server.Answer(Path, async context =>
        {
            await Task.Delay(1500);   // long enough for all of them to be waiting
            await LocalServer.Send(context, Content, "tag");
        });
        var all = Enumerable.Range(0, processes).Select(_ => FetchingProgram.Start([_server.At(Path).AbsoluteUri, Target])).ToList();
        foreach (var process in all)
            Assert.Equal((0, ""), await FetchingProgram.End(process));
        Assert.Single(_server.Requests);
        Assert.Equal(Content, await File.ReadAllBytesAsync(Target));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_killed_fetch_goes_on_where_it_stopped(bool isHashKnown)
    {
        _server.Serve(Path, Content, "tag");
        _server.Next(Path, async context =>
        {
            context.Response.ContentLength = Content.Length;
            context.Response.Headers.ETag = "\"tag\"";
            await context.Response.Body.WriteAsync(Content.AsMemory(0, 1_000_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(60), context.RequestAborted);
        });
        string[] args = isHashKnown ? [_server.At(Path).AbsoluteUri, Target, Hash] : [_server.At(Path).AbsoluteUri, Target];
        using (var killed = FetchingProgram.Start(args))
        {
            await FetcherTests.Until(() => File.Exists(Target + ".incomplete") && new FileInfo(Target + ".incomplete").Length == 1_000_000);
            killed.Kill();   // SIGKILL
            await killed.WaitForExitAsync();
        }
        Assert.False(File.Exists(Target));
        Assert.Equal((0, ""), await FetchingProgram.End(FetchingProgram.Start(args)));
        Assert.Equal([null, "bytes=1000000-"], _server.Requests.Select(request => request.Range));
        Assert.Equal(Content, await File.ReadAllBytesAsync(Target));
    }

    [MountFact]
    public async Task A_disk_that_is_too_small_is_told_before_anything_comes()
    {
        _server.Serve(Path, Content);
        var (code, text) = await FetchingProgram.End(FetchingProgram.Start(
            [_server.At(Path).AbsoluteUri, $"{_folder.Root}/weights.bin"], $"mount -t tmpfs -o size=1m tmpfs {_folder.Root} && \"$@\""));
        Assert.Equal(1, code);
        Assert.StartsWith("NoSpace: file needs 3.0 MB more", text, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task A_disk_that_fills_up_keeps_what_came()
    {
        // Without an announced length nobody knows beforehand that there is no room.
        _server.Answer(Path, context => LocalServer.Send(context, Content, "tag"));
        _server.Next(Path, async context => await context.Response.Body.WriteAsync(Content, context.RequestAborted));
        var (code, text) = await FetchingProgram.End(FetchingProgram.Start(
            [_server.At(Path).AbsoluteUri, $"{_folder.Root}/weights.bin", Hash],
            $"mount -t tmpfs -o size=1m tmpfs {_folder.Root} && ! \"$@\" && mount -o remount,size=8m {_folder.Root} && \"$@\" && ls {_folder.Root}"));
        Assert.Equal(0, code);
        Assert.StartsWith("NoSpace: There is no room for file", text, StringComparison.Ordinal);
        Assert.EndsWith("weights.bin\nweights.bin.lock\n", text, StringComparison.Ordinal);
        Assert.Equal([null, $"bytes={1 << 20}-"], _server.Requests.Select(request => request.Range));
    }

    [MountFact]
    public async Task A_place_that_is_read_only_is_named()
    {
        _server.Serve(Path, Content);
        var (code, text) = await FetchingProgram.End(FetchingProgram.Start(
            [_server.At(Path).AbsoluteUri, $"{_folder.Root}/weights.bin"], $"mount -t tmpfs -o size=1m,ro tmpfs {_folder.Root} && \"$@\""));
        Assert.Equal(1, code);
        Assert.StartsWith("NotWritable: file cannot be kept in", text, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_used()
    {
        // A proxy is asked for whole addresses; this one answers itself, for a host that does not exist.
        var asked = new ConcurrentQueue<string>();
        _server.Answer("/x.bin", context =>
        {
            asked.Enqueue(context.Request.Host.Host);
            return LocalServer.Send(context, Content, "tag");
        });
        var (code, text) = await FetchingProgram.End(FetchingProgram.Start(
            ["http://no-such-host.invalid/x.bin", Target], environment: [("http_proxy", _server.Address.AbsoluteUri), ("no_proxy", "")]));
        Assert.Equal((0, ""), (code, text));
        Assert.Equal("no-such-host.invalid", Assert.Single(asked));
    }

    public void Dispose() => _folder.Dispose();

    public async Task DisposeAsync() => await _server.DisposeAsync();
}
