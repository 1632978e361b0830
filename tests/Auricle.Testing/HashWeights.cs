using System.Text;

namespace Auricle.Testing;

/// <summary>Pseudo-random tensors that every language computes bit for bit, so that fixtures need not store weights or inputs.</summary>
public static class HashWeights
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Values in [−1, 1) for a name: <c>[count]</c>.</summary>
    public static double[] Uniform(string name, int count, int seed = 0)
    {
        var values = new double[count];
        var state = State(name, seed);
        for (var i = 0; i < count; i++)
            values[i] = Next(ref state);
        return values;
    }

    /// <summary>A float32 parameter in row-major order, scaled by what its name and shape say it is.</summary>
    public static float[] Weight(string name, ReadOnlySpan<long> shape, int seed = 0)
    {
        var count = 1L;
        foreach (var size in shape)
            count *= size;
        var isFlat = shape.Length <= 1;
        var (offset, scale) =
            name.EndsWith(".running_var", StringComparison.Ordinal) ? (1.0, 0.5)
            : name.EndsWith(".running_mean", StringComparison.Ordinal) ? (0.0, 0.1)
            : isFlat && name.EndsWith("weight", StringComparison.Ordinal) ? (1.0, 0.1)
            : isFlat ? (0.0, 0.1)
            : (0.0, Math.Sqrt(3.0 / ((double)count / shape[0])));
        return Fill(name, (int)count, seed, offset, scale);
    }

    /// <summary>Mono test sound within ±0.3: <c>[samples]</c>.</summary>
    public static float[] Signal(string name, int samples, int seed = 0) => Fill(name, samples, seed, 0, 0.3);

    /// <summary>Mono test sound: a tone that fades, over some noise: <c>[samples]</c>.</summary>
    public static float[] Tone(string name, int samples, double frequency, int sampleRate, int seed = 0)
    {
        var noise = Uniform(name, samples, seed);
        var result = new float[samples];
        for (var i = 0; i < samples; i++)
            result[i] = (float)(0.5 * Math.Sin(2 * Math.PI * frequency * i / sampleRate) * (1 - (double)i / samples) + 0.02 * noise[i]);
        return result;
    }

    /// <summary>Mono test sound: a tone and one 3.7 times as high that grow and fade, of which the first rises steadily, over some noise: <c>[samples]</c>.</summary>
    public static float[] SweptTone(string name, int samples, double frequency, double sweep, double modulation, int sampleRate, int seed = 0)
    {
        var noise = Uniform(name, samples, seed);
        var result = new float[samples];
        for (var i = 0; i < samples; i++)
        {
            var time = (double)i / sampleRate;
            var tones = 0.3 * Math.Sin(2 * Math.PI * (frequency * time + sweep * time * time)) + 0.1 * Math.Sin(2 * Math.PI * 3.7 * frequency * time);
            result[i] = (float)(0.02 * noise[i] + (0.5 + 0.5 * Math.Sin(2 * Math.PI * modulation * time)) * tones);
        }
        return result;
    }

    /// <summary>Mono test sound whose level and spectral tilt change every 8,000 samples: <c>[samples]</c>.</summary>
    public static float[] Textured(string name, int samples, int seed = 0)
    {
        const int Block = 8000;
        var noise = Uniform(name, samples, seed);
        var blocks = (samples + Block - 1) / Block;
        var poles = Uniform(name + "/pole", blocks, seed);
        var gains = Uniform(name + "/gain", blocks, seed);
        var result = new float[samples];
        var state = 0.0;
        for (var i = 0; i < samples; i++)
        {
            var pole = 0.95 * poles[i / Block] * state; // a product of its own, so that no compiler fuses it with the sum
            state = pole + noise[i];
            result[i] = (float)(0.3 * (gains[i / Block] * gains[i / Block]) * state);
        }
        return result;
    }

    private static float[] Fill(string name, int count, int seed, double offset, double scale)
    {
        var values = new float[count];
        var state = State(name, seed);
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(offset + scale * Next(ref state));
        return values;
    }

    private static ulong State(string name, int seed)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var value in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ value) * 0x100000001B3;
        return hash ^ (unchecked((ulong)(long)seed) * Golden);
    }

    private static double Next(ref ulong state)
    {
        state += Golden;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return (z >> 40) / 8388608.0 - 1.0;
    }
}
