using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Auricle.Fetching;
using Microsoft.AspNetCore.Http;

namespace Auricle.Fetching.Tests;

/// <summary>Fetching from a real server that behaves, and from one that does not.</summary>
public sealed class FetcherTests : IAsyncLifetime, IDisposable
{
    private const string Path = "/files/weights.bin";

    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(3_000_000);

    private readonly TestFolder _folder = new();
    private readonly Fetcher _fetcher = new(new FetcherOptions { FirstDelay = TimeSpan.FromMilliseconds(10), Retries = 3, Silence = TimeSpan.FromSeconds(20) });
    private LocalServer _server = null!;

    private string Target => _folder.At("cache/weights.bin");

    private static FileHash Hash => FileHash.Of(HashKind.Sha256, Convert.ToHexString(SHA256.HashData(Content)))!;

    private RemoteFile File => new("weights.bin", _server.At(Path));

    public async Task InitializeAsync()
    {
        _server = await LocalServer.StartAsync();
        _server.Serve(Path, Content);
    }

    [Fact]
    public async Task A_file_arrives_whole_and_alone()
    {
        var heard = new Heard();
        await _fetcher.FetchAsync(File with { Hash = Hash, Size = Content.Length }, new FetchTarget(Target), heard);
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target));
        Assert.Equal(["weights.bin", "weights.bin.lock"], Names());
        Assert.Equal(Content.Length, heard.Last.Done);
        Assert.Equal(FetchState.Finished, heard.Last.State);
        Assert.Contains(heard.All, one => one.State == FetchState.Checking);
        var running = heard.All.Where(one => one.State == FetchState.Running).ToList();
        Assert.Equal(running.Select(one => one.Done).Order(), running.Select(one => one.Done));
        // What is there is not asked for again.
        await _fetcher.FetchAsync(File, new FetchTarget(Target));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Cut_connections_are_taken_up_where_they_broke()
    {
        var etag = Convert.ToHexStringLower(SHA256.HashData(Content));
        _server.Next(Path, LocalServer.Cut(Content, 1_000_000, etag));
        _server.Next(Path, context => CutRange(context, 700_000, etag));
        await _fetcher.FetchAsync(File, new FetchTarget(Target));
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target));
        var ranges = _server.Requests.Select(request => request.Range).ToList();
        Assert.Null(ranges[0]);
        Assert.Equal(3, ranges.Count);
        Assert.All(ranges.Skip(1), range => Assert.StartsWith("bytes=", range));
        Assert.False(System.IO.File.Exists(Target + ".incomplete.etag"));
    }

    [Fact]
    public async Task A_server_that_always_breaks_off_is_given_up()
    {
        _server.Answer(Path, LocalServer.Cut(Content, 1000));
        var error = await Assert.ThrowsAsync<FetchException>(() => _fetcher.FetchAsync(File with { Hash = Hash }, new FetchTarget(Target)));
        Assert.Equal(FetchFault.Unreachable, error.Fault);
        Assert.Contains("broke off", error.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(Target));
        Assert.Equal(4, _server.Requests.Count);
    }

    [Fact]
    public async Task A_server_without_ranges_that_always_breaks_off_is_given_up()
    {
        _server.Answer(Path, LocalServer.Cut(Content, 1_000_000, "tag"));   // answers ranges with the whole, too
        var error = await Assert.ThrowsAsync<FetchException>(() => _fetcher.FetchAsync(File with { Hash = Hash }, new FetchTarget(Target)));
        Assert.Equal(FetchFault.Unreachable, error.Fault);
        Assert.InRange(_server.Requests.Count, 4, 6);
    }

    [Fact]
    public async Task A_page_to_log_in_is_not_taken_for_the_file()
    {
        _server.Answer(Path, context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            return context.Response.WriteAsync("<html>Please log in</html>");
        });
        Assert.Equal(FetchFault.Answer, (await Assert.ThrowsAsync<FetchException>(() => _fetcher.FetchAsync(File, new FetchTarget(Target)))).Fault);
        Assert.False(System.IO.File.Exists(Target));
    }

    [Fact]
    public async Task A_file_that_changed_meanwhile_is_fetched_anew()
    {
        _server.Next(Path, LocalServer.Cut(new byte[2_000_000], 1_000_000, "old"));
        await _fetcher.FetchAsync(File, new FetchTarget(Target));
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task A_part_of_unknown_origin_is_used_only_where_a_hash_decides()
    {
        await System.IO.File.WriteAllBytesAsync(Target + ".incomplete", Content[..1_000_000]);
        await _fetcher.FetchAsync(File with { Hash = Hash }, new FetchTarget(Target));
        Assert.Equal("bytes=1000000-", Assert.Single(_server.Requests).Range);
        _server.Requests.Clear();
        await System.IO.File.WriteAllBytesAsync(_folder.At("other.incomplete"), new byte[1000]);
        await _fetcher.FetchAsync(File, new FetchTarget(_folder.At("other")));
        Assert.Null(Assert.Single(_server.Requests).Range);
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(_folder.At("other")));
    }

    [Fact]
    public async Task A_damaged_part_is_thrown_away_and_fetched_once_more()
    {
        await System.IO.File.WriteAllBytesAsync(Target + ".incomplete", new byte[1_000_000]);
        await _fetcher.FetchAsync(File with { Hash = Hash }, new FetchTarget(Target));
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target));
        Assert.Equal(["bytes=1000000-", null], _server.Requests.Select(request => request.Range));
    }

    [Fact]
    public async Task Wrong_bytes_never_get_the_name()
    {
        var wrong = (byte[])Content.Clone();
        wrong[^1] ^= 1;
        _server.Serve(Path, wrong);
        var error = await Assert.ThrowsAsync<FetchException>(() => _fetcher.FetchAsync(File with { Hash = Hash }, new FetchTarget(Target)));
        Assert.Equal(FetchFault.WrongHash, error.Fault);
        Assert.Contains(Hash.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Equal(["weights.bin.lock"], Names());
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData(2_999_999)]
    [InlineData(3_000_001)]
    public async Task A_wrong_length_is_refused_before_the_bytes_come(int size)
    {
        var error = await Assert.ThrowsAsync<FetchException>(() => _fetcher.FetchAsync(File with { Size = size }, new FetchTarget(Target)));
        Assert.Equal(FetchFault.WrongSize, error.Fault);
        Assert.False(System.IO.File.Exists(Target));
    }

    [Fact]
    public async Task Without_an_announced_length_the_limit_holds()
    {
        _server.Answer(Path, async context =>
        {
            for (var i = 0; i < 100; i++)
                await context.Response.Body.WriteAsync(new byte[100_000], context.RequestAborted);
        });
        using var careful = new Fetcher(new FetcherOptions { LargestFile = 1_000_000 });
        var error = await Assert.ThrowsAsync<FetchException>(() => careful.FetchAsync(File, new FetchTarget(Target)));
        Assert.Equal(FetchFault.WrongSize, error.Fault);
        Assert.True(new FileInfo(Target + ".incomplete").Length <= 1_000_000);
    }

    [Fact]
    public async Task A_range_that_cannot_be_had_starts_the_file_anew()
    {
        // A server without the file's length beforehand, and a part that is longer than the file by now.
        await System.IO.File.WriteAllBytesAsync(Target + ".incomplete", new byte[Content.Length + 5]);
        await _fetcher.FetchAsync(File with { Hash = Hash }, new FetchTarget(Target));
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task A_part_that_is_the_whole_file_already_is_only_checked()
    {
        await System.IO.File.WriteAllBytesAsync(Target + ".incomplete", Content);
        await _fetcher.FetchAsync(File with { Hash = Hash }, new FetchTarget(Target));   // 416, since the length was not known
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_server_that_sends_another_range_is_not_believed()
    {
        await System.IO.File.WriteAllBytesAsync(Target + ".incomplete", Content[..1000]);
        _server.Next(Path, async context =>
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes 0-{Content.Length - 1}/{Content.Length}";
            await context.Response.Body.WriteAsync(Content);
        });
        await _fetcher.FetchAsync(File with { Hash = Hash }, new FetchTarget(Target));
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Theory]
    [InlineData(401, FetchFault.Unauthorized)]
    [InlineData(403, FetchFault.Forbidden)]
    [InlineData(404, FetchFault.NotFound)]
    [InlineData(410, FetchFault.NotFound)]
    [InlineData(418, FetchFault.Answer)]
    public async Task What_a_repetition_cannot_mend_is_said_at_once(int status, FetchFault fault)
    {
        _server.Answer(Path, LocalServer.Status(status, ("X-Error-Code", "SomeCode")));
        var error = await Assert.ThrowsAsync<FetchException>(() => _fetcher.FetchAsync(File, new FetchTarget(Target)));
        Assert.Equal(fault, error.Fault);
        Assert.Equal((HttpStatusCode)status, error.Status);
        Assert.Equal("SomeCode", error.ServerCode);
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(408)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        _server.Next(Path, LocalServer.Status(status), LocalServer.Status(status));
        await _fetcher.FetchAsync(File, new FetchTarget(Target));
        Assert.Equal(3, _server.Requests.Count);
        _server.Answer("/broken", LocalServer.Status(status));
        var error = await Assert.ThrowsAsync<FetchException>(() => _fetcher.ReadAsync(_server.At("/broken"), 100));
        Assert.Equal(FetchFault.Busy, error.Fault);
    }

    [Fact]
    public async Task The_wait_that_a_server_asks_for_is_kept()
    {
        _server.Next(Path, LocalServer.Status(429, ("Retry-After", "1")));
        var begun = Stopwatch.GetTimestamp();
        await _fetcher.FetchAsync(File, new FetchTarget(Target));
        Assert.True(Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(0.95), $"it came after {Stopwatch.GetElapsedTime(begun)}");
        // A date is as good as a number of seconds.
        _server.Next(Path, LocalServer.Status(503, ("Retry-After", DateTimeOffset.UtcNow.AddSeconds(2).ToString("R"))));
        begun = Stopwatch.GetTimestamp();
        await _fetcher.FetchAsync(File, new FetchTarget(_folder.At("second")));
        Assert.True(Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(0.8), $"it came after {Stopwatch.GetElapsedTime(begun)}");
    }

    [Fact]
    public async Task A_wait_of_an_hour_is_told_instead_of_waited_for()
    {
        _server.Answer(Path, LocalServer.Status(429, ("Retry-After", "3600")));
        var error = await Assert.ThrowsAsync<FetchException>(() => _fetcher.FetchAsync(File, new FetchTarget(Target)));
        Assert.Equal(FetchFault.Busy, error.Fault);
        Assert.Contains("60 minutes", error.Message, StringComparison.Ordinal);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_silent_server_is_given_up()
    {
        using var impatient = new Fetcher(new FetcherOptions { Retries = 0, Silence = TimeSpan.FromSeconds(0.5) });
        _server.Answer(Path, context => Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted));
        Assert.Equal(FetchFault.Unreachable, (await Assert.ThrowsAsync<FetchException>(() => impatient.FetchAsync(File, new FetchTarget(Target)))).Fault);
        _server.Answer(Path, async context =>
        {
            await context.Response.Body.WriteAsync(new byte[10]);
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted);
        });
        var error = await Assert.ThrowsAsync<FetchException>(() => impatient.FetchAsync(File, new FetchTarget(Target)));
        Assert.Contains("nothing came", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_stays_with_its_host()
    {
        await using var other = await LocalServer.StartAsync();
        var token = new AccessToken("hf_secret", _server.Address);
        other.Serve("/blob", Content);
        // To another host, and from there back: it has left, and stays away.
        _server.Next(Path, LocalServer.Redirect(other.At("/there?Signature=s3cret")));
        other.Answer("/there", LocalServer.Redirect(_server.At("/back")));
        _server.Answer("/back", LocalServer.Redirect(other.At("/blob")));
        await _fetcher.FetchAsync(File with { Token = token }, new FetchTarget(Target));
        Assert.Equal(["Bearer hf_secret", null], _server.Requests.Select(request => request.Authorization));
        Assert.All(other.Requests, request => Assert.Null(request.Authorization));
        // A redirect on the same host takes it along, as a repository that was renamed needs.
        _server.Requests.Clear();
        _server.Next(Path, LocalServer.Redirect(new Uri(_server.Address, "/renamed"), 307));
        _server.Serve("/renamed", Content);
        await _fetcher.FetchAsync(File with { Token = token }, new FetchTarget(_folder.At("second")));
        Assert.All(_server.Requests, request => Assert.Equal("Bearer hf_secret", request.Authorization));
        Assert.DoesNotContain("hf_secret", token.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_hold_no_secrets()
    {
        await using var other = await LocalServer.StartAsync();
        _server.Answer(Path, LocalServer.Redirect(other.At("/there?Signature=s3cret")));
        other.Answer("/there", LocalServer.Redirect(new Uri("ftp://example.org/x?Signature=s3cret")));
        var error = await Assert.ThrowsAsync<FetchException>(() => _fetcher.FetchAsync(File with { Token = new AccessToken("hf_secret", _server.Address) }, new FetchTarget(Target)));
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("https://host/path", Fetcher.Shown(new Uri("https://user:secret@host/path?key=secret#x")));
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        _server.Answer(Path, LocalServer.Redirect(_server.At(Path)));
        Assert.Equal(FetchFault.Answer, (await Assert.ThrowsAsync<FetchException>(() => _fetcher.FetchAsync(File, new FetchTarget(Target)))).Fault);
        Assert.Equal(11, _server.Requests.Count);
    }

    [Fact]
    public async Task Offline_nothing_is_asked_but_what_is_here_is_found()
    {
        using var offline = new Fetcher(new FetcherOptions { IsOffline = true, OfflineRemedy = "unset HF_HUB_OFFLINE" });
        var error = await Assert.ThrowsAsync<FetchException>(() => offline.FetchAsync(File, new FetchTarget(Target)));
        Assert.Equal(FetchFault.Offline, error.Fault);
        Assert.Contains("HF_HUB_OFFLINE", error.Message, StringComparison.Ordinal);
        await System.IO.File.WriteAllBytesAsync(Target, Content);
        await offline.FetchAsync(File, new FetchTarget(Target));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task A_host_that_is_not_there_is_named()
    {
        var address = _server.At("/x");
        await _server.DisposeAsync();
        var error = await Assert.ThrowsAsync<FetchException>(() => _fetcher.ReadAsync(address, 10));
        Assert.Equal(FetchFault.Unreachable, error.Fault);
        Assert.Contains("cannot be reached", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fetch_that_is_called_off_goes_on_later()
    {
        using var off = new CancellationTokenSource();
        var etag = Convert.ToHexStringLower(SHA256.HashData(Content));
        _server.Next(Path, async context =>
        {
            context.Response.ContentLength = Content.Length;
            context.Response.Headers.ETag = $"\"{etag}\"";
            await context.Response.Body.WriteAsync(Content.AsMemory(0, 1_000_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted);
        });
        var fetching = _fetcher.FetchAsync(File, new FetchTarget(Target), cancellationToken: off.Token);
        await Until(() => System.IO.File.Exists(Target + ".incomplete") && new FileInfo(Target + ".incomplete").Length == 1_000_000);
        await off.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        await _fetcher.FetchAsync(File, new FetchTarget(Target));
        Assert.Equal("bytes=1000000-", _server.Requests.Last().Range);
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task A_length_is_asked_for_without_the_bytes()
    {
        Assert.Equal(Content.Length, (await _fetcher.DescribeAsync(File)).Size);
        Assert.Equal("bytes=0-0", Assert.Single(_server.Requests).Range);
        _server.Serve("/empty", Array.Empty<byte>());
        Assert.Equal(0, (await _fetcher.DescribeAsync(new RemoteFile("empty", _server.At("/empty")))).Size);
        _server.Answer("/whole", context => context.Response.Body.WriteAsync(new byte[1234]).AsTask());   // without ranges or a length
        Assert.Null((await _fetcher.DescribeAsync(new RemoteFile("whole", _server.At("/whole")))).Size);
        await Assert.ThrowsAsync<FetchException>(() => _fetcher.DescribeAsync(new RemoteFile("none", _server.At("/none"))));
    }

    [Fact]
    public async Task Pages_of_an_answer_are_followed_and_answers_have_limits()
    {
        _server.Answer("/list", context =>
        {
            context.Response.Headers.Link = $"<{_server.At("/list2")}>; rel=\"next\"";
            return context.Response.WriteAsync("[]");
        });
        var (bytes, next) = await _fetcher.ReadAsync(_server.At("/list"), 10);
        Assert.Equal("[]"u8.ToArray(), bytes.ToArray());
        Assert.Equal(_server.At("/list2"), next);
        Assert.Equal(FetchFault.WrongSize, (await Assert.ThrowsAsync<FetchException>(() => _fetcher.ReadAsync(_server.At(Path), 1000))).Fault);
    }

    [Fact]
    public async Task A_record_of_an_archive_names_files_sizes_and_hashes()
    {
        var page = _server.ServeRecord(42, new Dictionary<string, byte[]> { ["a=0.4.pth"] = Content, ["b.txt"] = [1, 2] });
        var record = await ArchiveRecord.ReadAsync(_fetcher, page);
        Assert.Equal("cc-by-4.0", record.License);
        Assert.Equal(["a=0.4.pth", "b.txt"], record.Files.Select(file => file.Name));
        await _fetcher.FetchAsync(record.Files[0], new FetchTarget(Target));
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target));
        Assert.Equal(HashKind.Md5, record.Files[0].Hash!.Kind);
        _server.Serve("/api/records/43", """{"files":[{"size":1}]}""");
        await Assert.ThrowsAsync<FetchException>(() => ArchiveRecord.ReadAsync(_fetcher, _server.At("/records/43")));
        _server.Serve("/api/records/44", "<html>");
        await Assert.ThrowsAsync<FetchException>(() => ArchiveRecord.ReadAsync(_fetcher, _server.At("/records/44")));
    }

    [Fact]
    public async Task Hashes_are_those_of_the_programs_that_publish_them()
    {
        var file = _folder.Text("hello", "hello\n");
        Assert.Equal("ce013625030ba8dba906f756967f9e9ca394464a", (await FileHash.ComputeAsync(file, HashKind.Git)).Hex);   // git hash-object
        Assert.Equal("b1946ac92492d2347c6235b4d2611184", (await FileHash.ComputeAsync(file, HashKind.Md5)).Hex);   // md5sum
        Assert.Equal("sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", (await FileHash.ComputeAsync(file, HashKind.Sha256)).ToString());
        Assert.Null(FileHash.TryParse("sha256:12"));
        Assert.Null(FileHash.TryParse("crc:12"));
        Assert.Null(FileHash.TryParse(null));
    }

    public void Dispose()
    {
        _fetcher.Dispose();
        _folder.Dispose();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    internal static async Task Until(Func<bool> happened)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!happened())
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30), "it never happened");
            await Task.Delay(10);
        }
    }

    private static async Task CutRange(HttpContext context, int bytes, string etag)
    {
        var start = int.Parse(context.Request.Headers.Range.ToString()["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal($"\"{etag}\"", context.Request.Headers.IfRange);
        context.Response.StatusCode = 206;
        context.Response.Headers.ContentRange = $"bytes {start}-{Content.Length - 1}/{Content.Length}";
        await LocalServer.Cut(Content[start..], bytes, etag)(context);
    }

    private string[] Names() => [.. Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(Target)!).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal)!];

    private sealed class Heard : IProgress<FetchProgress>
    {
        public List<FetchProgress> All { get; } = [];

        public FetchProgress Last => All[^1];

        public void Report(FetchProgress value) => All.Add(value);
    }
}
