namespace Auricle.Audio.Features;

/// <summary>Triangular filters on the Slaney mel scale with Slaney's area norm, as librosa computes them.</summary>
public static class MelFilterBank
{
    // Below 1 kHz the scale is linear, above it logarithmic with 27 steps to 6.4 kHz (Slaney, Auditory Toolbox 1998).
    private const double HertzPerMel = 200.0 / 3;
    private const double BreakHertz = 1000;
    private const double BreakMel = BreakHertz / HertzPerMel;
    private static readonly double LogStep = Math.Log(6.4) / 27;

    /// <summary>The weights of the filters, row-major [<c>WindowLength / 2 + 1</c>, <c>MelBands</c>].</summary>
    public static float[] Create(LogMelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var bins = config.WindowLength / 2 + 1;
        var lowest = ToMel(config.MinimumFrequency);
        var highest = ToMel(config.MaximumFrequency);
        var edges = new double[config.MelBands + 2];
        for (var i = 0; i < edges.Length; i++)
            edges[i] = ToHertz(lowest + (highest - lowest) * i / (edges.Length - 1));
        var weights = new float[bins * config.MelBands];
        for (var band = 0; band < config.MelBands; band++)
        {
            var norm = 2 / (edges[band + 2] - edges[band]);
            for (var bin = 0; bin < bins; bin++)
            {
                var frequency = (double)bin * config.SampleRate / config.WindowLength;
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
}
