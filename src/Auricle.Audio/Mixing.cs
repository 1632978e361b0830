using System.Numerics;
using System.Runtime.InteropServices;

namespace Auricle.Audio;

/// <summary>Operations on whole blocks of samples.</summary>
internal static class Mixing
{
    /// <summary>Averages interleaved channels.</summary>
    /// <param name="interleaved"><c>[frames * channels]</c></param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="mono"><c>[frames]</c></param>
    public static void ToMono(ReadOnlySpan<float> interleaved, int channels, Span<float> mono)
    {
        switch (channels)
        {
            case 1:
                interleaved.CopyTo(mono);
                return;
            case 2:
                for (var i = 0; i < mono.Length; i++)
                    mono[i] = (interleaved[2 * i] + interleaved[2 * i + 1]) * 0.5f;
                return;
            default:
                for (var i = 0; i < mono.Length; i++)
                {
                    var sum = 0f;
                    foreach (var sample in interleaved.Slice(i * channels, channels))
                        sum += sample;
                    mono[i] = sum / channels;
                }
                return;
        }
    }

    /// <summary>The index of the first sample that is infinite or not a number, or −1.</summary>
    public static int IndexOfNotFinite(ReadOnlySpan<float> samples)
    {
        // x·0 is 0 for every finite x and NaN otherwise, so one sum tells whether a search is needed at all.
        var sum = Vector<float>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(samples);
        foreach (var vector in vectors)
            sum += vector * Vector<float>.Zero;
        var start = vectors.Length * Vector<float>.Count;
        if (Vector.EqualsAll(sum, Vector<float>.Zero))
            samples = samples[start..];
        else
            start = 0;

        for (var i = 0; i < samples.Length; i++)
        {
            if (!float.IsFinite(samples[i]))
                return start + i;
        }
        return -1;
    }
}
