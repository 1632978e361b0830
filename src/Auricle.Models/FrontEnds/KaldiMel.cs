using Auricle.Torch;

namespace Auricle.Models.FrontEnds;

/// <summary>The numbers of a <see cref="KaldiMel"/> front end. The defaults are those of PaSST and EfficientAT.</summary>
public sealed record KaldiMelConfig
{
    /// <summary>Samples per second of the sound it takes.</summary>
    public int SampleRate { get; init; } = 32000;
    /// <summary>Samples in one analysis window.</summary>
    public int WindowLength { get; init; } = 800;
    /// <summary>Samples of one transform, in whose middle the window lies.</summary>
    public int TransformLength { get; init; } = 1024;
    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 320;
    /// <summary>Mel bands.</summary>
    public int MelBands { get; init; } = 128;
    /// <summary>Lower edge of the first band, in Hz.</summary>
    public double MinimumFrequency { get; init; }
    /// <summary>Upper edge of the last band, in Hz: 1 kHz below half the rate, the middle of what training draws it from.</summary>
    public double MaximumFrequency { get; init; } = 15000;

    /// <summary>Checks the numbers of a configuration file.</summary>
    internal void Check(ConfigRules rules)
    {
        rules.Within("sample_rate", SampleRate, 1000, 384_000);
        rules.Within("window_length", WindowLength, 16, 16_384);
        rules.Within("transform_length", TransformLength, WindowLength, 16_384);
        rules.Within("hop_length", HopLength, 1, 16_384);
        rules.Within("mel_bands", MelBands, 1, 1024);
        rules.Within("maximum_frequency", MaximumFrequency, 1, SampleRate);
        rules.Within("minimum_frequency", MinimumFrequency, 0, MaximumFrequency);
    }

    /// <summary>The frames of a sound of so many samples. Pre-emphasis takes one sample away.</summary>
    public long Frames(long samples) => (samples - 1) / HopLength + 1;
}

/// <summary>
/// The log-mel image of PaSST and EfficientAT (their <c>AugmentMelSTFT</c>): pre-emphasis, centred frames with reflected edges,
/// symmetric Hann window, power spectrum, Kaldi's mel filters, natural logarithm above a floor, scaled to about ±1. Safe for
/// concurrent callers.
/// </summary>
public sealed class KaldiMel : IDisposable
{
    private const double PreEmphasis = 0.97;
    private const double Floor = 1e-5;
    private const double Shift = 4.5;
    private const double Scale = 5;

    private readonly Device _device;
    private readonly Tensor _window;
    private readonly Tensor _filters;

    /// <summary>Prepares the window and the filters.</summary>
    /// <param name="config">The numbers of the front end.</param>
    /// <param name="device">Where waves will lie; the processor by default.</param>
    public KaldiMel(KaldiMelConfig config, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _device = device ?? Device.Cpu;
        using var scope = TensorScope.Begin();
        _window = Tensor.From<float>(Window(config), config.TransformLength).To(_device, DType.Float32, copy: true).Own();
        _filters = Filters(config.MinimumFrequency, config.MaximumFrequency).Own();
    }

    /// <summary>The numbers of the front end.</summary>
    public KaldiMelConfig Config { get; }

    /// <summary>The fewest samples that can be reflected at the edges once pre-emphasis has taken one away.</summary>
    public int MinimumSamples => Config.TransformLength / 2 + 2;

    /// <summary>The image of a batch.</summary>
    /// <param name="waves">[batch, samples], float32 at the configured rate, on the front end's device.</param>
    /// <returns>[batch, 1, bands, frames], float32; silence is about −1.4.</returns>
    /// <exception cref="ArgumentException">The batch has fewer samples than <see cref="MinimumSamples"/>.</exception>
    public Tensor Forward(Tensor waves) => Forward(waves, _filters);

    /// <summary>The image of a batch through other edges of the filters, as training draws them for every batch.</summary>
    /// <param name="waves">[batch, samples], as for <see cref="Forward(Tensor)"/>.</param>
    /// <param name="minimumFrequency">Lower edge of the first band, in Hz; PaSST and EfficientAT draw whole numbers from 0 to 9.</param>
    /// <param name="maximumFrequency">Upper edge of the last band, in Hz; they draw whole numbers from 14001 to 16000.</param>
    /// <returns>[batch, 1, bands, frames].</returns>
    public Tensor Forward(Tensor waves, double minimumFrequency, double maximumFrequency)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Forward(waves, Filters(minimumFrequency, maximumFrequency)));
    }

    /// <summary>The power spectrum of every frame behind pre-emphasis, for inspection.</summary>
    /// <param name="waves">[batch, samples].</param>
    /// <returns>[batch, frames, bins].</returns>
    public Tensor Power(Tensor waves)
    {
        PowerSpectrum.ThrowIfTooShort(waves, MinimumSamples);
        using var scope = TensorScope.Begin();
        var samples = waves.Size(1);
        var emphasised = waves.Narrow(1, 1, samples - 1).Sub(waves.Narrow(1, 0, samples - 1), PreEmphasis);
        return scope.Keep(PowerSpectrum.Of(emphasised, _window, Config.HopLength));
    }

    /// <summary>Releases the window and the filters.</summary>
    public void Dispose()
    {
        _window.Dispose();
        _filters.Dispose();
    }

    // Symmetric, unlike the windows of other front ends.
    internal static float[] Window(KaldiMelConfig config) => PowerSpectrum.Hann(config.WindowLength, config.TransformLength, isPeriodic: false);

    private Tensor Forward(Tensor waves, Tensor filters)
    {
        using var scope = TensorScope.Begin();
        var mel = Power(waves).Matmul(filters);                                        // [batch, frames, bands]
        mel.AddInPlace(Floor);
        var image = mel.Log();
        image.AddInPlace(Shift);
        image.DivInPlace(Scale);
        return scope.Keep(image.Transpose(1, 2).Unsqueeze(1).Contiguous());
    }

    private Tensor Filters(double minimumFrequency, double maximumFrequency) =>
        Tensor.From<float>(MelFilterBank.CreateKaldi(Config, minimumFrequency, maximumFrequency), Config.TransformLength / 2 + 1, Config.MelBands)
            .To(_device, DType.Float32, copy: true);
}
