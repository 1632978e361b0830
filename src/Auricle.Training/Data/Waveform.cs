using System.Numerics;
using System.Runtime.InteropServices;

namespace Auricle.Training;

/// <summary>The small operations on samples that mixing needs.</summary>
internal static class Waveform
{
    private const float FullScale = 1f / short.MaxValue;

    /// <summary>Reads 16-bit samples from a position at a speed, by cubic (Catmull-Rom) interpolation between samples.</summary>
    public static void Read(ReadOnlySpan<short> clip, int start, double speed, Span<float> destination)
    {
        if (speed == 1)
        {
            Convert(clip.Slice(start, destination.Length), destination);
            return;
        }
        for (var i = 0; i < destination.Length; i++)
        {
            var position = start + i * speed;
            var at = (int)position;
            var t = (float)(position - at);
            float before, here, next, after;
            if (at >= 1 && at < clip.Length - 2)
            {
                (before, here, next, after) = (clip[at - 1], clip[at], clip[at + 1], clip[at + 2]);
            }
            else
            {
                before = clip[Math.Clamp(at - 1, 0, clip.Length - 1)];
                here = clip[Math.Clamp(at, 0, clip.Length - 1)];
                next = clip[Math.Clamp(at + 1, 0, clip.Length - 1)];
                after = clip[Math.Clamp(at + 2, 0, clip.Length - 1)];
            }
            var slope = 0.5f * (next - before);
            var slopeNext = 0.5f * (after - here);
            var rise = next - here;
            var cubic = slope + slopeNext - 2 * rise;
            destination[i] = FullScale * (here + t * (slope + t * (3 * rise - 2 * slope - slopeNext + t * cubic)));
        }
    }

    public static void Scale(Span<float> samples, float factor)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(samples);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] *= factor;
        for (var i = vectors.Length * Vector<float>.Count; i < samples.Length; i++)
            samples[i] *= factor;
    }

    public static void Add(ReadOnlySpan<float> source, float factor, Span<float> destination)
    {
        destination = destination[..source.Length];
        var from = MemoryMarshal.Cast<float, Vector<float>>(source);
        var to = MemoryMarshal.Cast<float, Vector<float>>(destination);
        for (var i = 0; i < from.Length; i++)
            to[i] += from[i] * factor;
        for (var i = from.Length * Vector<float>.Count; i < source.Length; i++)
            destination[i] += source[i] * factor;
    }

    public static float Peak(ReadOnlySpan<float> samples)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(samples);
        var peaks = Vector<float>.Zero;
        foreach (var vector in vectors)
            peaks = Vector.Max(peaks, Vector.Abs(vector));
        var peak = 0f;
        for (var i = 0; i < Vector<float>.Count; i++)
            peak = Math.Max(peak, peaks[i]);
        foreach (var sample in samples[(vectors.Length * Vector<float>.Count)..])
            peak = Math.Max(peak, Math.Abs(sample));
        return peak;
    }

    /// <summary>The mean square of a stretch.</summary>
    public static double Power(ReadOnlySpan<float> samples)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(samples);
        var sums = Vector<float>.Zero;
        foreach (var vector in vectors)
            sums += vector * vector;
        double sum = Vector.Sum(sums);
        foreach (var sample in samples[(vectors.Length * Vector<float>.Count)..])
            sum += sample * sample;
        return samples.Length == 0 ? 0 : sum / samples.Length;
    }

    /// <summary>
    /// The root mean square over the blocks of 50 ms that lie within 20 dB of the loudest one, so that pauses do not count;
    /// 0 for silence.
    /// </summary>
    public static double Level(ReadOnlySpan<float> samples, int sampleRate)
    {
        const double Near = 0.01;
        var block = Math.Max(1, sampleRate / 20);
        var count = (samples.Length + block - 1) / block;
        Span<double> powers = count <= 1024 ? stackalloc double[count] : new double[count];
        var loudest = 0.0;
        for (var i = 0; i < count; i++)
        {
            powers[i] = Power(samples.Slice(i * block, Math.Min(block, samples.Length - i * block)));
            loudest = Math.Max(loudest, powers[i]);
        }
        var (sum, loud) = (0.0, 0);
        foreach (var power in powers)
        {
            if (power > 0 && power >= loudest * Near)
                (sum, loud) = (sum + power, loud + 1);
        }
        return loud == 0 ? 0 : Math.Sqrt(sum / loud);
    }

    /// <summary>Fades the first and the last samples linearly.</summary>
    public static void Fade(Span<float> samples, int fadeIn, int fadeOut)
    {
        fadeIn = Math.Min(fadeIn, samples.Length / 2);
        fadeOut = Math.Min(fadeOut, samples.Length / 2);
        for (var i = 0; i < fadeIn; i++)
            samples[i] *= (i + 0.5f) / fadeIn;
        for (var i = 0; i < fadeOut; i++)
            samples[^(i + 1)] *= (i + 0.5f) / fadeOut;
    }

    /// <summary>Brings peaks above full scale back to it.</summary>
    public static void Limit(Span<float> samples)
    {
        var peak = Peak(samples);
        if (peak > 1)
            Scale(samples, 1 / peak);
    }

    /// <summary>The factor of a change in dB.</summary>
    public static double FromDecibels(double decibels) => Math.Pow(10, decibels / 20);

    /// <summary>16-bit samples as floats, full scale 1.</summary>
    public static void Convert(ReadOnlySpan<short> source, Span<float> destination)
    {
        var wide = Vector<short>.Count;
        var i = 0;
        for (; i <= source.Length - wide; i += wide)
        {
            Vector.Widen(new Vector<short>(source[i..]), out var low, out var high);
            (Vector.ConvertToSingle(low) * FullScale).CopyTo(destination[i..]);
            (Vector.ConvertToSingle(high) * FullScale).CopyTo(destination[(i + wide / 2)..]);
        }
        for (; i < source.Length; i++)
            destination[i] = source[i] * FullScale;
    }
}
