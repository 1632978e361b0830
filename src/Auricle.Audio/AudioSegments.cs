namespace Auricle.Audio;

/// <summary>Cuts long sound into stretches of equal length.</summary>
public static class AudioSegments
{
    // A shorter rest says too little to be described on its own.
    private const double ShortestRest = 1;

    // Of a stretch, which the next one begins later; stretches that hardly move would be many.
    private const double SmallestStep = 0.1;
    private const int BlockLength = 1 << 15;

    /// <summary>
    /// Reads the rest of a sound as consecutive stretches, in memory that depends on the length of a stretch and not on that of
    /// the sound. The last one is shorter; a rest below one second (or below half a stretch, where that is less) is joined to
    /// the stretch before it.
    /// </summary>
    /// <param name="reader">The sound; read to its end, not closed.</param>
    /// <param name="sampleRate">The wanted rate in hertz.</param>
    /// <param name="seconds">The length of a stretch in seconds.</param>
    /// <param name="overlap">How much of a stretch the next one repeats, in seconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not positive, a stretch would be shorter than one sample or longer than an array, or an overlap is negative or takes more than nine tenths of a stretch.</exception>
    /// <exception cref="AudioException">The sound holds a value that is not finite, or cannot be read on.</exception>
    public static IEnumerable<AudioSegment> Read(AudioReader reader, int sampleRate, double seconds, double overlap = 0)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        var (length, rest) = Lengths(sampleRate, seconds);
        var step = length - (int)Math.Round(overlap * sampleRate);
        return overlap >= 0 && step >= Math.Max(1, length * SmallestStep)
            ? ReadSegments(reader, sampleRate, length, rest, step)
            : throw new ArgumentOutOfRangeException(nameof(overlap), overlap, $"Stretches of {seconds} s may overlap by 0 to {seconds * (1 - SmallestStep)} s.");
    }

    /// <summary>Reads the rest of a sound as one clip, unless it is longer than allowed; then little more than that is read.</summary>
    /// <param name="reader">The sound; not closed.</param>
    /// <param name="sampleRate">The wanted rate in hertz.</param>
    /// <param name="most">The longest in seconds.</param>
    /// <returns><see langword="null"/> where it is longer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not positive, or the length is less than one sample or more than an array.</exception>
    /// <exception cref="AudioException">The sound holds a value that is not finite, or cannot be read on.</exception>
    public static AudioClip? ReadWhole(AudioReader reader, int sampleRate, double most)
    {
        ArgumentNullException.ThrowIfNull(reader);
        if (reader.Frames is { } frames && (double)frames / reader.SampleRate > most)
            return null;
        // Where the length shows only at the end, or is not what was stated, one stretch too many is read and no more.
        using var segments = Read(reader, sampleRate, most).GetEnumerator();
        _ = segments.MoveNext();
        var whole = segments.Current.Clip;
        return segments.MoveNext() ? null : whole with { Warnings = [.. reader.Warnings] };
    }

    /// <summary>Cuts sound in memory as <see cref="Read"/> cuts a file of the same samples.</summary>
    /// <param name="clip">The sound; its rate stays.</param>
    /// <param name="seconds">The length of a stretch in seconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">A stretch would be shorter than one sample or longer than an array.</exception>
    public static IEnumerable<AudioSegment> Cut(AudioClip clip, double seconds)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var (length, rest) = Lengths(clip.SampleRate, seconds);
        return CutSegments();

        IEnumerable<AudioSegment> CutSegments()
        {
            for (var start = 0; start < clip.Samples.Length;)
            {
                var end = clip.Samples.Length - start >= length + rest ? start + length : clip.Samples.Length;
                yield return new AudioSegment
                {
                    Clip = start == 0 && end == clip.Samples.Length ? clip : clip with { Samples = clip.Samples[start..end] },
                    Start = (double)start / clip.SampleRate,
                };
                start = end;
            }
        }
    }

    private static (int Length, int Shortest) Lengths(int sampleRate, double seconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(seconds);
        var length = Math.Round(seconds * sampleRate);
        var rest = Math.Round(Math.Min(ShortestRest, seconds / 2) * sampleRate);
        return length >= 1 && length + rest <= Array.MaxLength - BlockLength
            ? ((int)length, Math.Max(1, (int)rest))
            : throw new ArgumentOutOfRangeException(nameof(seconds), seconds, $"A stretch at {sampleRate} Hz must hold from 1 to {Array.MaxLength / 2} samples.");
    }

    private static IEnumerable<AudioSegment> ReadSegments(AudioReader reader, int sampleRate, int length, int rest, int step)
    {
        var stream = new Resampler(reader.SampleRate, sampleRate).Stream();
        var block = new float[BlockLength];
        var buffer = new float[length + rest];
        var filled = 0;
        var start = (double)reader.Position / reader.SampleRate;
        long given = 0;
        for (var ended = false; !ended;)
        {
            // A stretch is given out only once a whole rest is known to follow it.
            while (filled < length + rest && !ended)
                ended = !ReadBlock(reader, stream, block, ref buffer, ref filled);
            while (filled >= length + rest)
            {
                yield return Segment(buffer.AsSpan(0, length));
                buffer.AsSpan(step, filled - step).CopyTo(buffer);
                filled -= step;
                given += step;
            }
        }
        if (filled > 0)
            yield return Segment(buffer.AsSpan(0, filled));

        AudioSegment Segment(ReadOnlySpan<float> samples)
        {
            var seconds = start + (double)given / sampleRate;
            return new AudioSegment
            {
                Clip = new AudioClip
                {
                    Samples = samples.ToArray(),
                    SampleRate = sampleRate,
                    Path = reader.Path,
                    Warnings = [.. reader.Warnings],
                    HasNothingToHear = !reader.IsAudible((long)(seconds * reader.SampleRate), (long)((seconds + (double)samples.Length / sampleRate) * reader.SampleRate)),
                },
                Start = seconds,
            };
        }
    }

    private static bool ReadBlock(AudioReader reader, StreamingResampler stream, float[] block, ref float[] buffer, ref int filled)
    {
        var count = reader.Read(block);
        var samples = count == 0 ? stream.Finish() : stream.Push(block.AsSpan(0, count));
        if (filled + samples.Length > buffer.Length)
            Array.Resize(ref buffer, filled + samples.Length);
        samples.CopyTo(buffer.AsSpan(filled));
        filled += samples.Length;
        return count > 0;
    }
}

/// <summary>A stretch of a longer sound.</summary>
public sealed record AudioSegment
{
    /// <summary>The samples of the stretch.</summary>
    public required AudioClip Clip { get; init; }

    /// <summary>Where the stretch begins in the whole sound, in seconds.</summary>
    public required double Start { get; init; }

    /// <summary>Where the stretch ends in the whole sound, in seconds.</summary>
    public double End => Start + Clip.Seconds;
}
