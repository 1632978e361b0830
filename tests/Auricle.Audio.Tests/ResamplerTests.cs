using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Audio.Tests;

public class ResamplerTests
{
    private const int ModelRate = 32000;
    private const double Tolerance = 2e-5;

    [Fact]
    public void Resample_EveryRateOfTheFixture_EqualsTheReference()
    {
        var folder = Fixtures.Folder("conette");
        var expected = new Safetensors(Path.Combine(folder, "resample.safetensors"));
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "resample.json")));
        foreach (var entry in cases.RootElement.EnumerateArray())
        {
            var signal = HashWeights.Signal(entry.GetProperty("signal").GetString()!, entry.GetProperty("n").GetInt32(), Fixtures.Seed("conette"));
            var actual = new Resampler(entry.GetProperty("sr").GetInt32(), ModelRate).Resample(signal);
            AssertClose(expected.Floats(entry.GetProperty("out").GetString()!), actual, Tolerance);
        }
    }

    [Fact]
    public void FromSamples_StereoAveragedBeforeResampling_EqualsTheReferenceOrder()
    {
        var folder = Fixtures.Folder("conette");
        var expected = new Safetensors(Path.Combine(folder, "features.safetensors"));
        using var inputs = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "inputs.json")));
        var compared = 0;
        foreach (var input in inputs.RootElement.EnumerateObject().Where(input => input.Value.ValueKind == JsonValueKind.Object && input.Value.TryGetProperty("signals", out _)))
        {
            var (signals, rates) = (input.Value.GetProperty("signals"), input.Value.GetProperty("sr"));
            for (var clip = 0; clip < signals.GetArrayLength(); clip++)
            {
                var name = $"{input.Name}.wave32k.{clip}.head";
                if (!signals[clip].TryGetProperty("ch", out _) || !expected.Has(name))
                    continue; // the fixture tells the first clips of a batch
                var actual = Channels(signals[clip], rates.ValueKind == JsonValueKind.Array ? rates[clip].GetInt32() : rates.GetInt32()).Resample(ModelRate).Samples;
                var head = expected.Floats(name);
                AssertClose(head, actual[..head.Length], Tolerance);
                compared++;
            }
        }
        Assert.NotEqual(0, compared);

        static AudioClip Channels(JsonElement signal, int rate)
        {
            var (name, n, channels) = (signal.GetProperty("name").GetString()!, signal.GetProperty("n").GetInt32(), signal.GetProperty("ch").GetInt32());
            var interleaved = new float[n * channels];
            for (var channel = 0; channel < channels; channel++)
            {
                var values = HashWeights.Signal($"{name}.ch{channel}", n, Fixtures.Seed("conette"));
                for (var i = 0; i < n; i++)
                    interleaved[i * channels + channel] = values[i];
            }
            return AudioClip.FromSamples(interleaved, rate, channels);
        }
    }

    [Theory]
    [InlineData(44100, 32000)]
    [InlineData(8000, 32000)]
    [InlineData(96000, 32000)]
    [InlineData(32000, 32000)]
    [InlineData(44099, 32000)]
    public void Stream_BlocksOfAnySize_EqualsOneShot(int from, int to)
    {
        var signal = HashWeights.Signal("stream", 5003);
        var resampler = new Resampler(from, to);
        var stream = resampler.Stream();
        var joined = new List<float>();
        for (int start = 0, size = 1; start < signal.Length; start += size, size = size * 2 % 1021)
        {
            size = Math.Min(size, signal.Length - start);
            joined.AddRange(stream.Push(signal.AsSpan(start, size)));
        }
        joined.AddRange(stream.Finish());
        Assert.Equal(resampler.Resample(signal), joined);
        Assert.Equal(resampler.OutputLength(signal.Length), joined.Count);
    }

    [Fact]
    public void Resample_RatesWhoseFilterIsTooLargeToKeep_KeepsASine()
    {
        var resampler = new Resampler(10_000_019, ModelRate);
        Assert.False(resampler.Kernel!.IsStored);
        var sine = Enumerable.Range(0, 100_000).Select(i => MathF.Sin(MathF.Tau * 1000 * i / 10_000_019)).ToArray();
        var output = resampler.Resample(sine);
        for (var i = 50; i < output.Length - 50; i++)
            Assert.Equal(MathF.Sin(MathF.Tau * 1000 * i / ModelRate), output[i], 0.01);
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"sample {i}: expected {expected[i]}, got {actual[i]}");
    }
}
