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
            var signal = HashWeights.Signal(entry.GetProperty("signal").GetString()!, entry.GetProperty("n").GetInt32(), Seed(folder));
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
        var input = inputs.RootElement.GetProperty("stereo48k");
        var signals = input.GetProperty("signals");
        for (var clip = 0; clip < signals.GetArrayLength(); clip++)
        {
            var (name, n, channels) = (signals[clip].GetProperty("name").GetString()!, signals[clip].GetProperty("n").GetInt32(), signals[clip].GetProperty("ch").GetInt32());
            var interleaved = new float[n * channels];
            for (var channel = 0; channel < channels; channel++)
            {
                var signal = HashWeights.Signal($"{name}.ch{channel}", n, Seed(folder));
                for (var i = 0; i < n; i++)
                    interleaved[i * channels + channel] = signal[i];
            }
            var actual = AudioClip.FromSamples(interleaved, input.GetProperty("sr").GetInt32(), channels).Resample(ModelRate).Samples;
            var (head, tail) = (expected.Floats($"stereo48k.wave32k.{clip}.head"), expected.Floats($"stereo48k.wave32k.{clip}.tail"));
            AssertClose(head, actual[..head.Length], Tolerance);
            AssertClose(tail, actual[^tail.Length..], Tolerance);
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

    private static int Seed(string folder)
    {
        using var weights = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "weights.json")));
        return weights.RootElement.GetProperty("seed").GetInt32();
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"sample {i}: expected {expected[i]}, got {actual[i]}");
    }
}
