using System.Diagnostics;
using System.Globalization;
using Auricle.Audio;
using Auricle.Server;
using Auricle.Testing;

namespace Auricle.Benchmarks;

/// <summary>
/// Sends clips of 10 s to a server with the shipped model from sixteen clients at once, and compares what it answers a second with what the library
/// describes a second in batches from files, as the command does. Says what else grew meanwhile.
/// </summary>
internal static class ServeSpeed
{
    private const int Clients = 16;
    private const int Rate = 32_000;
    private const int Clips = 32;

    public static async Task PrintAsync(int seconds)
    {
        var folder = Directory.CreateTempSubdirectory("auricle-serve-").FullName;
        try
        {
            var files = Enumerable.Range(0, Clips).Select(i => Write(Path.Combine(folder, $"{i}.wav"), HashWeights.Signal($"serve{i}", 10 * Rate))).ToArray();
            var (inBatch, batches) = Batch(files, seconds / 4);
            await using var server = await AuricleServer.StartAsync(new ServerOptions { Port = 0, RequestsPerMinute = int.MaxValue });
            using var client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(5) };
            var bodies = files.Select(File.ReadAllBytes).ToArray();
            await AskAsync(client, bodies[0]);
            var latencies = new List<double>();
            var errors = 0;
            double first = 0, last = 0;
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
            {
                for (var turn = number; clock.Elapsed.TotalSeconds < seconds; turn += Clients)
                {
                    var begun = Stopwatch.GetTimestamp();
                    var isGood = await AskAsync(client, bodies[turn % Clips]);
                    lock (latencies)
                    {
                        latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                        errors += isGood ? 0 : 1;
                        last = Memory();
                        // By a quarter of the time everything has its size.
                        first = clock.Elapsed.TotalSeconds < seconds / 4.0 ? last : first;
                    }
                }
            }));
            var served = latencies.Count / clock.Elapsed.TotalSeconds;
            latencies.Sort();
            double At(double share) => latencies[(int)(share * (latencies.Count - 1))];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"library, batches of 8    {inBatch,7:0.0} clips of 10 s a second ({batches} clips)"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"server, {Clients} clients      {served,7:0.0} clips a second ({served / inBatch:p0}), {latencies.Count} requests, {errors} errors; median {At(0.5):0} ms, p99 {At(0.99):0} ms; memory {first:0} -> {last:0} MB"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (double Speed, int Clips) Batch(string[] files, int seconds)
    {
        using var captioner = AudioCaptioner.Load();
        _ = captioner.CaptionFiles(files, new CaptionOptions { BatchSize = 8 }).Count();
        var (clock, count) = (Stopwatch.StartNew(), 0);
        while (clock.Elapsed.TotalSeconds < seconds)
            count += captioner.CaptionFiles(files, new CaptionOptions { BatchSize = 8 }).Count();
        return (count / clock.Elapsed.TotalSeconds, count);
    }

    private static async Task<bool> AskAsync(HttpClient client, byte[] body)
    {
        using var response = await client.PostAsync(new Uri("/v1/captions", UriKind.Relative), new ByteArrayContent(body));
        _ = await response.Content.ReadAsByteArrayAsync();
        return response.IsSuccessStatusCode;
    }

    private static double Memory()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    private static string Write(string path, float[] samples)
    {
        File.WriteAllBytes(path, WavFile.Bytes(AudioClip.FromSamples(samples, Rate)));
        return path;
    }
}
