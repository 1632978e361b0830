using Auricle.Torch;

namespace Auricle.Models.FrontEnds;

/// <summary>What the spectrogram front ends share: centred frames with reflected edges, and the power of each.</summary>
internal static class PowerSpectrum
{
    /// <summary>A Hann window in the middle of a transform.</summary>
    /// <param name="length">Samples of the window.</param>
    /// <param name="transform">Samples of the transform.</param>
    /// <param name="isPeriodic">Whether the window would go on with its first sample; else its last equals its first.</param>
    public static float[] Hann(int length, int transform, bool isPeriodic)
    {
        var window = new float[transform];
        var period = isPeriodic ? length : length - 1;
        for (var i = 0; i < length; i++)
            window[(transform - length) / 2 + i] = (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * i / period));
        return window;
    }

    /// <summary>The power spectrum of every frame.</summary>
    /// <param name="waves">[batch, samples], float32.</param>
    /// <param name="window">[n], as long as the transform.</param>
    /// <param name="hop">Samples from one frame to the next.</param>
    /// <param name="padsWithSilence">Whether silence lies beyond the edges, instead of the sound reflected.</param>
    /// <returns>[batch, samples / hop + 1, n / 2 + 1].</returns>
    public static Tensor Of(Tensor waves, Tensor window, int hop, bool padsWithSilence = false)
    {
        using var scope = TensorScope.Begin();
        var length = window.Size(0);
        ReadOnlySpan<long> edges = [length / 2, length / 2];
        var padded = padsWithSilence ? waves.ConstantPadNd(edges) : waves.Unsqueeze(1).ReflectionPad1d(edges).Squeeze(1);
        var spectrum = padded.Unfold(1, length, hop).Mul(window).FftRfft().ViewAsReal();   // [batch, frames, bins, 2]
        var power = spectrum.Select(-1, 0).Square();
        var imaginary = spectrum.Select(-1, 1);
        power.AddcmulInPlace(imaginary, imaginary);
        return scope.Keep(power);
    }

    /// <summary>Refuses sound that is too short to be reflected at its edges.</summary>
    /// <exception cref="ArgumentException">The batch has fewer samples than <paramref name="minimum"/>.</exception>
    public static void ThrowIfTooShort(Tensor waves, int minimum)
    {
        ArgumentNullException.ThrowIfNull(waves);
        if (waves.Size(-1) < minimum)
        {
            throw new ArgumentException(
                $"A sound of {waves.Size(-1)} samples is too short for this front end, which needs at least {minimum}; add silence.", nameof(waves));
        }
    }
}
