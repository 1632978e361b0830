using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Auricle.Server.Tests;

/// <summary>The interface <c>/v1</c> over real sockets, with the shipped model.</summary>
public sealed class InterfaceTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Captions_FormAndBody_GiveWhatTheLibraryGives()
    {
        var sound = RunningServer.Wav(3);
        using var captioner = AudioCaptioner.Load();
        var path = Path.Combine(server.Other, "same.wav");
        await File.WriteAllBytesAsync(path, sound);
        var expected = captioner.CaptionFile(path, new CaptionOptions { Candidates = 2 });

        var form = await ReadAsync(await server.SendAsync("/v1/captions", sound, ("candidates", "2")));
        Assert.Equal("some noise.wav", form.GetProperty("file").GetString());
        Assert.Equal(expected.Caption, form.GetProperty("caption").GetString());
        Assert.Equal(expected.Candidates.Select(candidate => candidate.Caption), form.GetProperty("candidates").EnumerateArray().Select(candidate => candidate.GetProperty("caption").GetString()));
        var body = await ReadAsync(await server.Client.PostAsync(new Uri("/v1/captions?candidates=2", UriKind.Relative), new ByteArrayContent(sound)));
        Assert.Equal(expected.Caption, body.GetProperty("caption").GetString());
        Assert.Equal(3, body.GetProperty("duration").GetDouble(), 1e-3);
    }

    [Fact]
    public async Task Captions_ManyAtOnce_GetWhatEachGetsAlone()
    {
        var sounds = Enumerable.Range(1, 12).Select(seed => RunningServer.Wav(2, seed)).ToList();
        var alone = new List<string?>();
        foreach (var sound in sounds)
            alone.Add((await ReadAsync(await server.SendAsync("/v1/captions", sound))).GetProperty("caption").GetString());
        var together = await Task.WhenAll(sounds.Select(async sound => (await ReadAsync(await server.SendAsync("/v1/captions", sound))).GetProperty("caption").GetString()));
        Assert.Equal(alone, together);
    }

    [Fact]
    public async Task Captions_Stream_SendsStretchesThenTheWhole()
    {
        using var response = await server.SendAsync("/v1/captions", RunningServer.Wav(5), ("segments", "2"), ("stream", "true"));
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split("\ndata: ")).ToList();
        Assert.Equal(["event: start", "event: segment", "event: segment", "event: segment", "event: done"], events.Select(parts => parts[0]));
        var whole = JsonDocument.Parse(events[^1][1]).RootElement;
        Assert.Equal(5, whole.GetProperty("segments").EnumerateArray().Last().GetProperty("end").GetDouble(), 1e-3);
    }

    [Theory]
    [InlineData("vtt", "text/vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n")]
    [InlineData("srt", "application/x-subrip", "1\n00:00:00,000 --> 00:00:02,000\n")]
    public async Task Captions_Subtitles_HaveTimes(string format, string type, string beginning)
    {
        using var response = await server.SendAsync("/v1/captions", RunningServer.Wav(2), ("format", format));
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith(beginning, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tags_Timeline_IsAlongTheSound()
    {
        var result = await ReadAsync(await server.SendAsync("/v1/tags", RunningServer.Wav(4), ("top", "3"), ("timeline", "true")));
        Assert.Equal(3, result.GetProperty("tags").GetArrayLength());
        Assert.All(result.GetProperty("timeline").EnumerateArray(), moment => Assert.InRange(moment.GetProperty("time").GetDouble(), 0, 4));
    }

    [Fact]
    public async Task Embeddings_Sound_HasTheCommonShape()
    {
        var list = await ReadAsync(await server.SendAsync("/v1/embeddings", RunningServer.Wav(2)));
        var vector = list.GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.Equal(1, vector.Sum(value => value * value), 1e-4);
    }

    [Fact]
    public async Task Captions_Timestamps_SayWhenWordsWereHeard()
    {
        var result = await ReadAsync(await server.SendAsync("/v1/captions", RunningServer.Wav(5), ("timestamps", "true")));
        var words = result.GetProperty("words").EnumerateArray().ToList();
        Assert.Equal(result.GetProperty("caption").GetString(), string.Join(' ', words.Select(word => word.GetProperty("word").GetString())));
        Assert.All(words, word => Assert.InRange(word.GetProperty("time").GetDouble(), 0, 5));
    }

    [Fact]
    public async Task Classifications_AnyLabels_ShareTheProbability()
    {
        var result = await ReadAsync(await server.SendAsync("/v1/classifications", RunningServer.Wav(3), ("labels", "rain, a dog barking"), ("labels", "applause")));
        var tags = result.GetProperty("tags").EnumerateArray().ToList();
        Assert.Equal(["a dog barking", "applause", "rain"], tags.Select(tag => tag.GetProperty("label").GetString()).Order());
        Assert.Equal(1, tags.Sum(tag => tag.GetProperty("probability").GetDouble()), 1e-4);
        await AssertProblemAsync(await server.SendAsync("/v1/classifications", RunningServer.Wav(1)), 400, "There is no label");
    }

    [Fact]
    public async Task Embeddings_Texts_HaveTheCommonShape()
    {
        var list = await ReadAsync(await server.Client.PostAsJsonAsync(new Uri("/v1/embeddings", UriKind.Relative), new { input = new[] { "rain", "a dog barks" } }));
        Assert.Equal([0, 1], list.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("index").GetInt32()));
        await AssertProblemAsync(await server.Client.PostAsJsonAsync(new Uri("/v1/embeddings", UriKind.Relative), new { input = 3 }), 400, "There is no text");
    }

    [Theory]
    [InlineData("/v1/captions", "beam", "0", 400, "beam takes a whole number from 1 to 100, not '0'.")]
    [InlineData("/v1/captions", "format", "doc", 400, "format takes one of json, srt, vtt, text, not 'doc'.")]
    [InlineData("/v1/captions", "model", "../../etc", 404, "This server has no model '../../etc'")]
    [InlineData("/v1/tags", "threshold", "NaN", 400, "threshold takes a number from 0 to 1, not 'NaN'.")]
    public async Task Options_Wrong_AreSaidAsProblems(string path, string option, string value, int status, string sentence)
    {
        using var response = await server.SendAsync(path, RunningServer.Wav(1), (option, value));
        await AssertProblemAsync(response, status, sentence);
    }

    [Fact]
    public async Task Uploads_Bad_AreSaidAsProblems()
    {
        await AssertProblemAsync(await server.SendAsync("/v1/captions", "no sound at all"u8.ToArray()), 422, "'some noise.wav'");
        await AssertProblemAsync(await server.SendAsync("/v1/captions", []), 422, "'some noise.wav'");
        await AssertProblemAsync(await server.Client.PostAsync(new Uri("/v1/captions", UriKind.Relative), null), 400, "There is no sound in the request");
        await AssertProblemAsync(await server.SendAsync("/v1/captions", new byte[4_100_000]), 413, "4 MB");
        await AssertProblemAsync(await server.SendAsync("/v1/captions", RunningServer.Wav(101), ("segments", "10")), 422, "100 s are taken");
        using var playlist = await server.SendAsync("/v1/captions", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"u8.ToArray());
        await AssertProblemAsync(playlist, 422, "");
        using var none = await server.Client.GetAsync(new Uri("/v1/nothing", UriKind.Relative));
        await AssertProblemAsync(none, 404, "/docs");
    }

    [Fact]
    public async Task Uploads_LeaveNothingBehind()
    {
        await ReadAsync(await server.SendAsync("/v1/captions", RunningServer.Wav(1)));
        await AssertProblemAsync(await server.SendAsync("/v1/captions", "no sound"u8.ToArray()), 422, "");
        Assert.Empty(Directory.EnumerateFiles(Path.GetTempPath(), "auricle-upload-*"));
    }

    [Fact]
    public async Task Requests_OfOtherSitesAndNames_AreRefused()
    {
        await AssertProblemAsync(await AskAsync("/v1/models", ("Host", "evil.example")), 421, "not known as 'evil.example'");
        await AssertProblemAsync(await AskAsync("/v1/models", ("Origin", "https://evil.example")), 403, "https://evil.example");
        using var own = await AskAsync("/v1/models", ("Origin", server.Address.GetLeftPart(UriPartial.Authority)));
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Contains("frame-ancestors 'none'", own.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyHeaders_AreRefusedAndOthersGoOn()
    {
        using var client = new TcpClient(server.Address.Host, server.Address.Port);
        var stream = client.GetStream();
        var request = new StringBuilder($"GET /v1/models HTTP/1.1\r\nHost: {server.Address.Authority}\r\n");
        for (var i = 0; i < 10_000; i++)
            request.Append(System.Globalization.CultureInfo.InvariantCulture, $"X-{i}: y\r\n");
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()));
            using var reader = new StreamReader(stream);
            Assert.Contains("431", await reader.ReadLineAsync(), StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The server hangs up while the rest is still on its way.
        }
        Assert.Equal("alive\n", await server.Client.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
    }

    [Fact]
    public async Task Operators_SeeHealthMetricsAndTheDescription()
    {
        await ReadAsync(await server.SendAsync("/v1/captions", RunningServer.Wav(1)));
        Assert.Equal("ready\n", await server.Client.GetStringAsync(new Uri("/readyz", UriKind.Relative)));
        Assert.Contains("auricle_sound_seconds_total", await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
        var paths = (await server.Client.GetFromJsonAsync<JsonElement>(new Uri("/openapi/v1.json", UriKind.Relative))).GetProperty("paths");
        foreach (var path in new[] { "/v1/captions", "/v1/tags", "/v1/classifications", "/v1/embeddings", "/v1/search", "/v1/models", "/v1/index", "/v1/live" })
            Assert.True(paths.TryGetProperty(path, out _), path);
        Assert.Contains("scalar", await server.Client.GetStringAsync(new Uri("/docs/", UriKind.Relative)), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Live_Samples_GiveCaptions()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{server.Address.Authority}/v1/live?rate={RunningServer.Rate}&window=2&hop=1"), default);
        // An odd number of bytes in each message: samples are put together again.
        foreach (var piece in MemoryMarshal.AsBytes<short>(RunningServer.Samples(3)).ToArray().Chunk(3201))
            await socket.SendAsync(piece, WebSocketMessageType.Binary, true, default);
        var first = await ReceiveAsync(socket);
        Assert.Equal("caption", first.GetProperty("type").GetString());
        Assert.InRange(first.GetProperty("end").GetDouble(), 1, 3);
        Assert.NotEqual("", first.GetProperty("caption").GetString());
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
    }

    [Fact]
    public async Task Live_FasterThanSound_IsRefused()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{server.Address.Authority}/v1/live?rate=4000&hop=60"), default);
        for (var i = 0; i < 20 && socket.State == WebSocketState.Open; i++)
        {
            try
            {
                await socket.SendAsync(new byte[40_000], WebSocketMessageType.Binary, true, default);
            }
            catch (WebSocketException)
            {
                break;
            }
        }
        var problem = await ReceiveAsync(socket);
        while (problem.GetProperty("type").GetString() == "caption")
            problem = await ReceiveAsync(socket);
        Assert.Equal("problem", problem.GetProperty("type").GetString());
        Assert.Contains("faster than 4000", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_WithoutAnIndex_SaysHowToMakeOne()
    {
        using var response = await server.Client.PostAsync(new Uri("/v1/search?text=rain", UriKind.Relative), null);
        await AssertProblemAsync(response, 404, "auricle index");
    }

    private async Task<HttpResponseMessage> AskAsync(string path, (string Name, string Value) header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, path));
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        return await server.Client.SendAsync(request);
    }

    private static async Task<JsonElement> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[1 << 16];
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var received = await socket.ReceiveAsync(buffer, timeout.Token);
        return JsonDocument.Parse(buffer.AsMemory(0, received.Count)).RootElement;
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return JsonDocument.Parse(text).RootElement;
        }
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, int status, string sentence)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            var detail = JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString()!;
            Assert.Contains(sentence, detail, StringComparison.Ordinal);
            Assert.DoesNotContain("auricle-upload", detail, StringComparison.Ordinal);
        }
    }
}
