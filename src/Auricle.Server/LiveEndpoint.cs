using System.Globalization;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Auricle.Audio;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Auricle.Server;

/// <summary>
/// Listens live: a WebSocket that receives 16-bit little-endian samples and sends back what the last seconds sounded like. Where the
/// machine falls behind, the newest sound counts and what waited is passed over.
/// </summary>
internal sealed class LiveEndpoint(ServerOptions options, ServedModels models, ServerMetrics metrics)
{
    private const int LowestRate = 4000, HighestRate = 384_000;
    private const double DefaultWindow = 4, DefaultHop = 1.5;
    private const int LiveTags = 10;

    // A client that sends faster than sound passes is no microphone.
    private const double MostAhead = 60;

    private int _listeners;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/live", (Delegate)ListenAsync).WithTags("Live")
        .WithSummary("Captions of live sound").WithDescription(
            "A WebSocket. Send binary messages of 16-bit little-endian mono samples at `rate` hertz; events come back as JSON: `{\"type\": \"caption\", \"start\", \"end\", \"caption\", \"score\", \"tags\"}`. "
            + "Options in the query: `rate`, `window` (seconds that are described at once), `hop` (seconds between captions), `model`, `task`.");

    private async Task ListenAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
            throw new RequestException(StatusCodes.Status400BadRequest, "This address takes WebSocket connections; open one and send samples.");
        var rate = (int)Number("rate", 48_000, LowestRate, HighestRate);
        var window = Number("window", DefaultWindow, 0.5, 60);
        var hop = Number("hop", DefaultHop, 0.2, 60);
        var model = await Task.Run(() => models.Get(context.Request.Query["model"])).ConfigureAwait(false);
        var wanted = new CaptionOptions { Task = context.Request.Query["task"] is [{ Length: > 0 } task] ? task : null };
        model.Captioner.Check(wanted);
        if (Interlocked.Increment(ref _listeners) > options.LiveListeners)
        {
            Interlocked.Decrement(ref _listeners);
            throw new RequestException(StatusCodes.Status503ServiceUnavailable, $"{options.LiveListeners} connections listen live already; try again when one has ended.") { RetryAfter = 10 };
        }
        metrics.Listeners(1);
        try
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false);
            await ServeAsync(socket, model, wanted, rate, window, hop, context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            metrics.Listeners(-1);
            Interlocked.Decrement(ref _listeners);
        }

        double Number(string name, double usual, double least, double most) => context.Request.Query[name] is not [{ Length: > 0 } text] ? usual
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
            : throw new RequestException(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from {least} to {most}, not '{text}'."));
    }

    private async Task ServeAsync(WebSocket socket, ServedModel model, CaptionOptions wanted, int rate, double window, double hop, CancellationToken cancellationToken)
    {
        var recent = new RecentSound((int)(window * rate));
        var begun = TimeProvider.System.GetTimestamp();
        var buffer = new byte[1 << 16];
        Task? describing = null;
        var next = (long)(hop * rate);
        byte? odd = null;
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(odd is null ? 0 : 1), cancellationToken).ConfigureAwait(false);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
                if (received.MessageType == WebSocketMessageType.Text)
                {
                    await EndAsync("Text was sent where samples are expected; send binary messages of 16-bit samples.").ConfigureAwait(false);
                    return;
                }
                // A message may end in the middle of a sample.
                var count = received.Count + (odd is null ? 0 : 1);
                if (odd is { } first)
                    buffer[0] = first;
                odd = count % 2 == 1 ? buffer[count - 1] : null;
                recent.Add(MemoryMarshal.Cast<byte, short>(buffer.AsSpan(0, count - count % 2)));
                if ((double)recent.Total / rate > TimeProvider.System.GetElapsedTime(begun).TotalSeconds + MostAhead)
                {
                    await EndAsync($"Samples come faster than {rate} a second; send them as they are recorded, and longer files to /v1/captions.").ConfigureAwait(false);
                    return;
                }
                if (recent.Total < next || describing is { IsCompleted: false })
                    continue;
                if (describing is not null)
                    await describing.ConfigureAwait(false);
                next = recent.Total + (long)(hop * rate);
                describing = DescribeAsync(recent.Clip(rate), (double)recent.Total / rate);
            }
            if (describing is not null)
                await describing.ConfigureAwait(false);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketException)
        {
            // The client has left.
        }
        catch (AuricleException error)
        {
            await EndAsync(error.Message).ConfigureAwait(false);
        }

        async Task DescribeAsync(AudioClip clip, double end)
        {
            // What comes soon counts, not what shares a batch.
            var heard = clip.Resample(model.SampleRate);
            var caption = await model.CaptionAsync(heard, wanted, cancellationToken).ConfigureAwait(false);
            var tags = !model.Tags || heard.IsSilent ? caption.Tags : (await model.TagAsync(heard, new TagOptions { Top = LiveTags, Threshold = 0.1 }, cancellationToken).ConfigureAwait(false)).Tags;
            metrics.Heard(hop, "live");
            await SendAsync(new { type = "caption", start = Math.Max(0, end - clip.Seconds), end, caption = caption.Caption, score = caption.Score, tags }).ConfigureAwait(false);
        }

        async Task EndAsync(string sentence)
        {
            await SendAsync(new { type = "problem", detail = sentence }).ConfigureAwait(false);
            await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, null, cancellationToken).ConfigureAwait(false);
        }

        Task SendAsync(object data) => socket.SendAsync(
            JsonSerializer.SerializeToUtf8Bytes(data, JsonSerializerOptions.Web), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
    }

    /// <summary>The newest samples of a stream.</summary>
    private sealed class RecentSound(int length)
    {
        private readonly float[] _samples = new float[length];

        /// <summary>How many samples have come.</summary>
        public long Total { get; private set; }

        public void Add(ReadOnlySpan<short> samples)
        {
            foreach (var sample in samples)
                _samples[Total++ % _samples.Length] = sample / 32768f;
        }

        /// <summary>The newest samples in their order.</summary>
        public AudioClip Clip(int rate)
        {
            var count = (int)Math.Min(Total, _samples.Length);
            var samples = new float[count];
            for (var i = 0; i < count; i++)
                samples[i] = _samples[(Total - count + i) % _samples.Length];
            return AudioClip.FromSamples(samples, rate);
        }
    }
}
