using System.Globalization;

namespace Auricle.Audio;

/// <summary>Mono sound in memory.</summary>
public sealed record AudioClip
{
    /// <summary>The samples, nominally within ±1: <c>[samples]</c>, one channel, finite.</summary>
    public required float[] Samples { get; init; }

    /// <summary>Samples per second, in hertz.</summary>
    public required int SampleRate { get; init; }

    /// <summary>The file the sound came from, or <see langword="null"/> for samples made in memory.</summary>
    public string? Path { get; init; }

    /// <summary>What a reader of the result should know about the source, such as a file that ends early; usually empty.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The length in seconds.</summary>
    public double Seconds => (double)Samples.Length / SampleRate;

    /// <summary>Makes a clip from samples in memory; several channels are averaged.</summary>
    /// <param name="samples">Samples within ±1; with several channels one frame after the other: left, right, left, right, …</param>
    /// <param name="sampleRate">Samples per second of one channel, in hertz.</param>
    /// <param name="channels">The number of interleaved channels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate or the number of channels is not positive.</exception>
    /// <exception cref="ArgumentException">The samples do not divide into whole frames.</exception>
    /// <exception cref="AudioException">There are no samples, or one is infinite or not a number.</exception>
    public static AudioClip FromSamples(ReadOnlySpan<float> samples, int sampleRate, int channels = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        if (samples.Length % channels != 0)
        {
            throw new ArgumentException(
                $"{samples.Length} samples do not divide into frames of {channels} channels; pass whole frames.", nameof(samples));
        }
        if (samples.IsEmpty)
            throw new AudioException(AudioFailure.NoSamples, null, "The clip has 0 samples; pass at least one.");

        var mono = new float[samples.Length / channels];
        Mixing.ToMono(samples, channels, mono);
        var bad = Mixing.IndexOfNotFinite(mono);
        if (bad >= 0)
            throw NotFinite(null, "The clip", mono[bad], bad, sampleRate, "replace such values before making the clip");
        return new AudioClip { Samples = mono, SampleRate = sampleRate };
    }

    /// <summary>This clip at another rate; the clip itself if it has that rate already.</summary>
    /// <param name="sampleRate">The wanted rate in hertz.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not positive.</exception>
    public AudioClip Resample(int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        return sampleRate == SampleRate
            ? this
            : this with { Samples = new Resampler(SampleRate, sampleRate).Resample(Samples), SampleRate = sampleRate };
    }

    internal static AudioException NotFinite(string? path, string subject, float value, long frame, int sampleRate, string remedy)
    {
        var name = float.IsNaN(value) ? "NaN" : "an infinite value";
        var seconds = ((double)frame / sampleRate).ToString("0.0###", CultureInfo.InvariantCulture);
        return new AudioException(AudioFailure.NotFinite, path, $"{subject} holds {name} at {seconds} s (sample {frame}); {remedy}.");
    }
}
