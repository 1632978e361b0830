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

    /// <summary>
    /// The largest magnitude, where every sample is finite and within <see cref="AudioClip.LargestSample"/>; otherwise where the first is
    /// that is not.
    /// </summary>
    /// <param name="samples">Samples of any kind.</param>
    /// <param name="peak">The largest magnitude; of no meaning where a sample is bad.</param>
    /// <returns>The index of the first bad sample, or −1.</returns>
    public static int Measure(ReadOnlySpan<float> samples, out float peak)
    {
        var limit = new Vector<float>(AudioClip.LargestSample);
        var largest = Vector<float>.Zero;
        var good = Vector<int>.AllBitsSet;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(samples);
        foreach (var vector in vectors)
        {
            var magnitude = Vector.Abs(vector);
            good &= Vector.LessThanOrEqual(magnitude, limit);   // false for what is not a number
            largest = Vector.Max(largest, magnitude);
        }
        var start = good == Vector<int>.AllBitsSet ? vectors.Length * Vector<float>.Count : 0;

        peak = 0;
        for (var i = 0; i < Vector<float>.Count; i++)
            peak = Math.Max(peak, largest[i]);
        for (var i = start; i < samples.Length; i++)
        {
            var magnitude = Math.Abs(samples[i]);
            if (!(magnitude <= AudioClip.LargestSample))
                return i;
            peak = Math.Max(peak, magnitude);
        }
        return -1;
    }
}
