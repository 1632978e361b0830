namespace Auricle.Models.FrontEnds;

/// <summary>
/// Triangular mel filters: on the Slaney scale with Slaney's area norm, as librosa computes them; on the HTK scale without a
/// norm, as torchaudio does; or with sides that are straight in mel instead of hertz, as Kaldi does.
/// </summary>
public static class MelFilterBank
{
    // Below 1 kHz the scale is linear, above it logarithmic with 27 steps to 6.4 kHz (Slaney, Auditory Toolbox 1998).
    private const double HertzPerMel = 200.0 / 3;
    private const double BreakHertz = 1000;
    private const double BreakMel = BreakHertz / HertzPerMel;
    private static readonly double LogStep = Math.Log(6.4) / 27;

    /// <summary>The weights of Slaney's filters, row-major [bins of a spectrum, <c>MelBands</c>].</summary>
    public static float[] Create(LogMelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var edges = Edges(config, ToMel, ToHertz);
        return Triangles(config, edges, band => 2 / (edges[band + 2] - edges[band]));
    }

    /// <summary>The weights of HTK's filters, row-major [bins of a spectrum, <c>MelBands</c>].</summary>
    public static float[] CreateHtk(LogMelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Triangles(config, Edges(config, ToHtk, FromHtk), _ => 1);
    }

    /// <summary>The weights of Kaldi's filters, row-major [<c>TransformLength / 2 + 1</c>, <c>MelBands</c>]; the last bin has none.</summary>
    /// <param name="config">The sizes and the rate.</param>
    /// <param name="minimumFrequency">Lower edge of the first band, in Hz.</param>
    /// <param name="maximumFrequency">Upper edge of the last band, in Hz.</param>
    public static float[] CreateKaldi(KaldiMelConfig config, double minimumFrequency, double maximumFrequency)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (!(minimumFrequency >= 0 && minimumFrequency < maximumFrequency && maximumFrequency <= config.SampleRate / 2.0))
        {
            throw new ArgumentException(
                $"Mel bands from {minimumFrequency} to {maximumFrequency} Hz do not fit a rate of {config.SampleRate} Hz; their edges must rise and lie between 0 and half of it.");
        }
        var bins = config.TransformLength / 2;
        var weights = new float[(bins + 1) * config.MelBands];
        var lowest = ToKaldi(minimumFrequency);
        var step = (ToKaldi(maximumFrequency) - lowest) / (config.MelBands + 1);
        for (var bin = 0; bin < bins; bin++)
        {
            // Single precision as in the reference, whose weights differ from exact ones in the fifth digit.
            var mel = 1127f * MathF.Log(1f + (float)config.SampleRate / config.TransformLength * bin / 700f);
            for (var band = 0; band < config.MelBands; band++)
            {
                var (left, centre, right) = (Edge(band), Edge(band + 1), Edge(band + 2));
                weights[bin * config.MelBands + band] = MathF.Max(0, MathF.Min((mel - left) / (centre - left), (right - mel) / (right - centre)));
            }
        }
        return weights;

        float Edge(int index) => (float)lowest + index * (float)step;
    }

    private static double[] Edges(LogMelConfig config, Func<double, double> toMel, Func<double, double> toHertz)
    {
        var lowest = toMel(config.MinimumFrequency);
        var highest = toMel(config.MaximumFrequency);
        var edges = new double[config.MelBands + 2];
        for (var i = 0; i < edges.Length; i++)
            edges[i] = toHertz(lowest + (highest - lowest) * i / (edges.Length - 1));
        return edges;
    }

    private static float[] Triangles(LogMelConfig config, double[] edges, Func<int, double> scale)
    {
        var weights = new float[config.Bins * config.MelBands];
        for (var band = 0; band < config.MelBands; band++)
        {
            var norm = scale(band);
            for (var bin = 0; bin < config.Bins; bin++)
            {
                var frequency = (double)bin * config.SampleRate / config.Transform;
                var rising = (frequency - edges[band]) / (edges[band + 1] - edges[band]);
                var falling = (edges[band + 2] - frequency) / (edges[band + 2] - edges[band + 1]);
                weights[bin * config.MelBands + band] = (float)(norm * Math.Max(0, Math.Min(rising, falling)));
            }
        }
        return weights;
    }

    private static double ToMel(double hertz) =>
        hertz < BreakHertz ? hertz / HertzPerMel : BreakMel + Math.Log(hertz / BreakHertz) / LogStep;

    private static double ToHertz(double mel) =>
        mel < BreakMel ? mel * HertzPerMel : BreakHertz * Math.Exp(LogStep * (mel - BreakMel));

    private static double ToKaldi(double hertz) => 1127 * Math.Log(1 + hertz / 700);

    private static double ToHtk(double hertz) => 2595 * Math.Log10(1 + hertz / 700);

    private static double FromHtk(double mel) => 700 * (Math.Pow(10, mel / 2595) - 1);
}
