namespace Auricle.Training;

/// <summary>
/// A filter of second order, in the transposed direct form II; coefficients after R. Bristow-Johnson, "Cookbook formulae for
/// audio equalizer biquad filter coefficients".
/// </summary>
internal readonly struct Biquad
{
    private readonly float _b0, _b1, _b2, _a1, _a2;

    private Biquad(double b0, double b1, double b2, double a0, double a1, double a2)
    {
        (_b0, _b1, _b2) = ((float)(b0 / a0), (float)(b1 / a0), (float)(b2 / a0));
        (_a1, _a2) = ((float)(a1 / a0), (float)(a2 / a0));
    }

    /// <summary>Raises or lowers a band around a frequency in Hz by a gain in dB.</summary>
    public static Biquad Peak(int sampleRate, double frequency, double gain, double quality)
    {
        var (cos, sin, amplitude) = Parts(sampleRate, frequency, gain);
        var alpha = sin / (2 * quality);
        return new(1 + alpha * amplitude, -2 * cos, 1 - alpha * amplitude, 1 + alpha / amplitude, -2 * cos, 1 - alpha / amplitude);
    }

    /// <summary>Keeps what lies below a frequency in Hz.</summary>
    public static Biquad LowPass(int sampleRate, double frequency, double quality)
    {
        var (cos, sin, _) = Parts(sampleRate, frequency, 0);
        var alpha = sin / (2 * quality);
        return new((1 - cos) / 2, 1 - cos, (1 - cos) / 2, 1 + alpha, -2 * cos, 1 - alpha);
    }

    /// <summary>Raises or lowers everything below a frequency in Hz by a gain in dB.</summary>
    public static Biquad LowShelf(int sampleRate, double frequency, double gain) => Shelf(sampleRate, frequency, gain, 1);

    /// <summary>Raises or lowers everything above a frequency in Hz by a gain in dB.</summary>
    public static Biquad HighShelf(int sampleRate, double frequency, double gain) => Shelf(sampleRate, frequency, gain, -1);

    public void Apply(Span<float> samples)
    {
        // In silence the state would decay into denormal numbers, which are many times slower; -400 dB of offset prevents that.
        const float Floor = 1e-20f;
        var (first, second) = (0f, 0f);
        var (b0, b1, b2, a1, a2) = (_b0, _b1, _b2, _a1, _a2);
        foreach (ref var sample in samples)
        {
            var input = sample + Floor;
            var output = b0 * input + first;
            first = b1 * input - a1 * output + second;
            second = b2 * input - a2 * output;
            sample = output;
        }
    }

    // The two shelves mirror each other: the sign of the cosine terms changes. Shelf slope 1.
    private static Biquad Shelf(int sampleRate, double frequency, double gain, int side)
    {
        var (cos, sin, a) = Parts(sampleRate, frequency, gain);
        var c = side * cos;
        var bend = 2 * Math.Sqrt(a) * sin / Math.Sqrt(2);
        return new(
            a * (a + 1 - (a - 1) * c + bend),
            side * 2 * a * (a - 1 - (a + 1) * c),
            a * (a + 1 - (a - 1) * c - bend),
            a + 1 + (a - 1) * c + bend,
            side * -2 * (a - 1 + (a + 1) * c),
            a + 1 + (a - 1) * c - bend);
    }

    private static (double Cos, double Sin, double Amplitude) Parts(int sampleRate, double frequency, double gain)
    {
        var angle = 2 * Math.PI * frequency / sampleRate;
        return (Math.Cos(angle), Math.Sin(angle), Math.Pow(10, gain / 40));
    }
}
