using System.Globalization;

namespace Auricle.Audio;

/// <summary>Mono sound in memory.</summary>
public sealed record AudioClip
{
    /// <summary>
    /// The largest magnitude that a sample may have. Full scale is 1, and integers of 32 bits that were never scaled stay below it too; the
    /// power spectrum of anything much larger is no longer finite.
    /// </summary>
    public const float LargestSample = 1e10f;

    // One step of 16-bit sound: what dither or a converter without a signal gives.
    internal const float SilencePeak = 1f / 32768;

    // Averaged channels of this little are nothing beside the channels themselves.
    private const float CancelledShare = 0.01f;

    /// <summary>The samples, nominally within ±1: <c>[samples]</c>, one channel, finite.</summary>
    public required float[] Samples { get; init; }

    /// <summary>Samples per second, in hertz.</summary>
    public required int SampleRate { get; init; }

    /// <summary>The file the sound came from, or <see langword="null"/> for samples made in memory.</summary>
    public string? Path { get; init; }

    /// <summary>What a reader of the result should know about the source, such as a file that ends early; usually empty.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>
    /// Whether nothing is to be heard: no sample rises above one step of 16-bit sound, 1/32768, or the channels it was averaged from cancel out.
    /// </summary>
    public bool IsSilent => HasNothingToHear || (Mixing.Measure(Samples, out var peak) < 0 && peak <= SilencePeak);

    /// <summary>Whether the source showed, before it was resampled, that nothing is left of it.</summary>
    internal bool HasNothingToHear { get; init; }

    /// <summary>The length in seconds.</summary>
    public double Seconds => (double)Samples.Length / SampleRate;

    /// <summary>Makes a clip from samples in memory; several channels are averaged.</summary>
    /// <param name="samples">Samples within ±1; with several channels one frame after the other: left, right, left, right, …</param>
    /// <param name="sampleRate">Samples per second of one channel, in hertz.</param>
    /// <param name="channels">The number of interleaved channels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate or the number of channels is not positive.</exception>
    /// <exception cref="ArgumentException">The samples do not divide into whole frames.</exception>
    /// <exception cref="AudioException">There are no samples, or one is infinite, not a number or beyond <see cref="LargestSample"/>.</exception>
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
        var bad = Mixing.Measure(samples, out var peak);
        if (bad >= 0)
            throw NotFinite(null, "The clip", samples[bad], bad / channels, sampleRate, "replace such values before making the clip");
        Mixing.ToMono(samples, channels, mono);
        _ = Mixing.Measure(mono, out var monoPeak);
        var isAudible = IsAudible(peak, monoPeak);
        return new AudioClip { Samples = mono, SampleRate = sampleRate, Warnings = Quiet("The clip", peak, isAudible), HasNothingToHear = !isAudible };
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
        var name = float.IsNaN(value) ? "NaN" : float.IsInfinity(value) ? "an infinite value"
            : string.Create(CultureInfo.InvariantCulture, $"a sample of {value:0.##e+0}, far beyond full scale (±1),");
        var seconds = ((double)frame / sampleRate).ToString("0.0###", CultureInfo.InvariantCulture);
        return new AudioException(AudioFailure.NotFinite, path, $"{subject} holds {name} at {seconds} s (sample {frame}); {remedy}.");
    }

    /// <summary>Whether averaging leaves something to hear.</summary>
    /// <param name="peak">The largest magnitude in any channel.</param>
    /// <param name="monoPeak">The largest magnitude of the average of the channels.</param>
    internal static bool IsAudible(float peak, float monoPeak) => monoPeak > Math.Max(SilencePeak, peak * CancelledShare);

    /// <summary>What is to be said of sound with nothing in it: a sentence, or none.</summary>
    /// <param name="subject">What the sentence begins with.</param>
    /// <param name="peak">The largest magnitude in any channel.</param>
    /// <param name="isAudible">Whether averaging leaves something to hear in any part.</param>
    internal static string[] Quiet(string subject, float peak, bool isAudible)
    {
        if (isAudible)
            return [];
        return peak <= SilencePeak
            ? [$"{subject} is silent: no sample rises above 1/32768 of full scale."]
            : [$"The channels of {char.ToLowerInvariant(subject[0])}{subject[1..]} cancel out when they are averaged; take one channel of it (ffmpeg -af \"pan=mono|c0=c0\")."];
    }
}
