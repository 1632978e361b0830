using System.Net.Http.Headers;
using Auricle.Audio;

namespace Auricle.Server.Tests;

/// <summary>A server with the shipped model on a free loopback port, and sounds to send to it.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    public const int Rate = 16_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-server-").FullName;
    private AuricleServer? _server;

    internal ServerOptions Options { get; init; } = new() { MaxUploadBytes = 4_000_000, MaxSeconds = 100 };

    /// <summary>Whether the allowed folder is in the index.</summary>
    public bool IsIndexed { get; init; }

    public HttpClient Client { get; } = new();

    public Uri Address => _server!.Address;

    /// <summary>A folder that assistants may hear.</summary>
    public string Allowed => Path.Combine(_folder, "allowed");

    /// <summary>A folder beside it.</summary>
    public string Other => Path.Combine(_folder, "other");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Allowed);
        Directory.CreateDirectory(Other);
        foreach (var folder in new[] { Allowed, Other })
            await File.WriteAllBytesAsync(Path.Combine(folder, "noise.wav"), Wav(2));
        Options.Port = 0;
        if (IsIndexed)
        {
            using var model = AudioModel.Load(options: new AudioModelOptions { Precision = Models.Precision.Float32 });
            using var indexer = new SoundIndexer(model, Path.Combine(_folder, "index"));
            Assert.All(indexer.Update(indexer.Plan([Allowed])), outcome => Assert.True(outcome.IsSuccess, outcome.Error));
        }
        Options.Index = Path.Combine(_folder, "index");
        _server = await AuricleServer.StartAsync(Options, [Allowed]);
        Client.BaseAddress = Address;
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await _server!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Noise that swells and fades, as a wav file.</summary>
    public static byte[] Wav(double seconds, int seed = 1) =>
        WavFile.Bytes(AudioClip.FromSamples(Array.ConvertAll(Samples(seconds, seed), sample => sample / 32768f), Rate));

    public static short[] Samples(double seconds, int seed = 1)
    {
        var random = new SplitMix64((ulong)seed);
        return [.. Enumerable.Range(0, (int)(seconds * Rate)).Select(i => (short)(12_000 * Math.Sin(i * 0.0003) * (2 * random.NextDouble() - 1)))];
    }

    /// <summary>Sends a sound as a form.</summary>
    public async Task<HttpResponseMessage> SendAsync(string path, byte[] sound, params (string Name, string Value)[] options)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in options)
            form.Add(new StringContent(value), name);
        var part = new ByteArrayContent(sound);
        part.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
        form.Add(part, "file", "some noise.wav");
        return await Client.PostAsync(new Uri(path, UriKind.Relative), form);
    }
}
