using Auricle.Torch;

namespace Auricle.Models.FrontEnds;

/// <summary>
/// Converts the rate of a whole clip in the frequency domain, as SciPy's <c>resample</c> does: nothing above half the lower rate remains, and
/// the clip is taken for one period of an endless sound.
/// </summary>
internal static class FourierResampler
{
    /// <summary>Converts a clip.</summary>
    /// <param name="samples">At least one sample at the rate <paramref name="from"/>.</param>
    /// <param name="from">Its rate in hertz.</param>
    /// <param name="to">The wanted rate in hertz.</param>
    public static float[] Resample(float[] samples, int from, int to)
    {
        if (from == to)
            return samples;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var length = Math.Max(1, (int)Math.Round((double)samples.Length * to / from));
        var common = Math.Min(length, samples.Length);
        var spectrum = Tensor.From<float>(samples, samples.Length).FftRfft().Narrow(0, 0, common / 2 + 1).Clone();
        // The bin in the middle stands for two where the longer spectrum has two.
        if (common % 2 == 0 && length != samples.Length)
            spectrum.Narrow(0, common / 2, 1).MulInPlace(length < samples.Length ? 2 : 0.5);
        return spectrum.FftIrfft(length).Mul((double)length / samples.Length).ToArray<float>();
    }
}
