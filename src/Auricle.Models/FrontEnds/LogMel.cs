using Auricle.Torch;

namespace Auricle.Models.FrontEnds;

/// <summary>
/// Log-mel spectrogram: centred frames, periodic Hann window, power spectrum, Slaney mel filters, and 10·log₁₀ with a floor of 1e-10
/// and no other limit (PANNs, Kong et al. 2020), or the natural logarithm (baseline of DCASE 2023, task 6B). Safe for concurrent callers.
/// </summary>
public sealed class LogMel : IDisposable
{
    private const double Floor = 1e-10;

    // The distance from 1 to the next number of double precision.
    private const double NaturalOffset = 2.220446049250313e-16;

    private readonly Tensor _window;
    private readonly Tensor _filters;

    /// <summary>Prepares the window and the filters.</summary>
    /// <param name="config">The numbers of the front end.</param>
    /// <param name="filters">The mel matrix of a checkpoint, [bins, bands], copied; computed where it is absent.</param>
    /// <param name="device">Where waves will lie; the processor by default.</param>
    public LogMel(LogMelConfig config, Tensor? filters = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        using var scope = TensorScope.Begin();
        _window = Place(Tensor.From<float>(PowerSpectrum.Hann(config.WindowLength, config.Transform, isPeriodic: true), config.Transform));
        _filters = Place(filters ?? Tensor.From<float>(MelFilterBank.Create(config), config.Bins, config.MelBands));

        Tensor Place(Tensor table) => table.To(device ?? Device.Cpu, DType.Float32, copy: true).Own();
    }

    /// <summary>The numbers of the front end.</summary>
    public LogMelConfig Config { get; }

    /// <summary>The fewest samples that can be reflected at the edges, where they are.</summary>
    public int MinimumSamples => Config.PadsWithSilence ? 1 : Config.Transform / 2 + 1;

    /// <summary>The spectrogram of a batch.</summary>
    /// <param name="waves">[batch, samples], float32 at the configured rate, on the front end's device.</param>
    /// <returns>[batch, 1, frames, bands] in dB, where silence is −100, or natural logarithms.</returns>
    /// <exception cref="ArgumentException">The batch has fewer samples than <see cref="MinimumSamples"/>.</exception>
    public Tensor Forward(Tensor waves)
    {
        using var scope = TensorScope.Begin();
        var mel = Power(waves).Matmul(_filters);                                       // [batch, frames, bands]
        if (Config.IsNatural)
        {
            mel.AddInPlace(NaturalOffset);
            return scope.Keep(mel.Log().Unsqueeze(1));
        }
        mel.ClampInPlace(Floor);
        var decibels = mel.Log10();
        decibels.MulInPlace(10);
        return scope.Keep(decibels.Unsqueeze(1));
    }

    /// <summary>The power spectrum of every frame.</summary>
    /// <param name="waves">[batch, samples].</param>
    /// <returns>[batch, frames, bins].</returns>
    public Tensor Power(Tensor waves)
    {
        PowerSpectrum.ThrowIfTooShort(waves, MinimumSamples);
        return PowerSpectrum.Of(waves, _window, Config.HopLength, Config.PadsWithSilence);
    }

    /// <summary>Releases the window and the filters.</summary>
    public void Dispose()
    {
        _window.Dispose();
        _filters.Dispose();
    }
}
