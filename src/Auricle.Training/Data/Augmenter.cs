using System.Buffers;

namespace Auricle.Training;

/// <summary>Varies a finished mixture in place: equaliser, noise, rotation, polarity, level.</summary>
internal static class Augmenter
{
    public static void Apply(Span<float> samples, int sampleRate, AugmentationOptions options, bool mayRoll, SplitMix64 random)
    {
        if (random.Chance(options.EqualiserProbability))
            Equalise(samples, sampleRate, options.EqualiserGain, random);
        if (options.BandLimitProbability > 0 && random.Chance(options.BandLimitProbability))
            LimitBand(samples, sampleRate, random);
        if (random.Chance(options.NoiseProbability))
            AddNoise(samples, sampleRate, random.Uniform(options.MinimumSignalToNoise, options.MaximumSignalToNoise), random.Chance(0.5), random);
        if (random.Chance(options.RollProbability) && mayRoll)
            Roll(samples, random.Next(samples.Length));
        var factor = random.Chance(options.FlipProbability) ? -1.0 : 1.0;
        if (random.Chance(options.GainProbability))
            factor *= Waveform.FromDecibels(random.Uniform(options.MinimumGain, options.MaximumGain));
        if (factor != 1)
            Waveform.Scale(samples, (float)factor);
    }

    /// <summary>Rotates so that the sample at 0 comes to lie at <paramref name="by"/>.</summary>
    public static void Roll(Span<float> samples, int by)
    {
        samples.Reverse();
        samples[..by].Reverse();
        samples[by..].Reverse();
    }

    /// <summary>Adds white or pink noise at a ratio against the level of the sounding parts.</summary>
    public static void AddNoise(Span<float> samples, int sampleRate, double signalToNoise, bool pink, SplitMix64 random)
    {
        var level = Waveform.Level(samples, sampleRate);
        if (level == 0)
            return;
        var buffer = ArrayPool<float>.Shared.Rent(samples.Length);
        var noise = buffer.AsSpan(0, samples.Length);
        FillNoise(noise, sampleRate, pink, random);
        var factor = level / Waveform.FromDecibels(signalToNoise) / Math.Sqrt(Waveform.Power(noise));
        Waveform.Add(noise, (float)factor, samples);
        ArrayPool<float>.Shared.Return(buffer);
    }

    /// <summary>Noise of any level: white, or pink from 20 Hz to half the sample rate (3 dB less for each octave).</summary>
    public static void FillNoise(Span<float> noise, int sampleRate, bool pink, SplitMix64 random)
    {
        // The sum of two even 16-bit numbers is triangular: near enough to a bell, and two samples come from one draw.
        var i = 0;
        for (; i < noise.Length - 1; i += 2)
        {
            var bits = random.NextBits();
            noise[i] = (short)bits + (short)(bits >> 16);
            noise[i + 1] = (short)(bits >> 32) + (short)(bits >> 48);
        }
        if (i < noise.Length)
            noise[i] = (short)random.NextBits();
        if (!pink)
            return;

        // A pole takes 20 dB a decade away until a zero half a decade later stops it: 10 dB a decade on average.
        const double Lowest = 20;
        const double Decade = 10;
        for (var pole = Lowest; pole < sampleRate / 2.0; pole *= Decade)
        {
            var p = (float)Math.Exp(-2 * Math.PI * pole / sampleRate);
            var z = (float)Math.Exp(-2 * Math.PI * pole * Math.Sqrt(Decade) / sampleRate);
            var (input, output) = (0f, 0f);
            foreach (ref var sample in noise)
            {
                output = sample - z * input + p * output;
                input = sample;
                sample = output;
            }
        }
    }

    private static void Equalise(Span<float> samples, int sampleRate, double limit, SplitMix64 random)
    {
        Biquad.LowShelf(sampleRate, Frequency(80, 400, sampleRate, random), random.Uniform(-limit, limit)).Apply(samples);
        Biquad.Peak(sampleRate, Frequency(300, 6000, sampleRate, random), random.Uniform(-limit, limit), random.Uniform(0.5, 2)).Apply(samples);
        Biquad.HighShelf(sampleRate, Frequency(3000, 10000, sampleRate, random), random.Uniform(-limit, limit)).Apply(samples);
    }

    // A Butterworth filter of fourth order: two of second order with these qualities.
    private static void LimitBand(Span<float> samples, int sampleRate, SplitMix64 random)
    {
        var edge = Frequency(3000, 12000, sampleRate, random);
        Biquad.LowPass(sampleRate, edge, 0.5412).Apply(samples);
        Biquad.LowPass(sampleRate, edge, 1.3066).Apply(samples);
    }

    // Even in octaves, and below half the sample rate.
    private static double Frequency(double low, double high, int sampleRate, SplitMix64 random) =>
        Math.Min(low * Math.Pow(high / low, random.NextDouble()), 0.45 * sampleRate);
}
