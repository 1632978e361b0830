using Auricle.Torch;

namespace Auricle.Models.FrontEnds;

/// <summary>The numbers of a <see cref="MagnitudeMel"/> front end. The defaults are those of Cacophony's authors.</summary>
public sealed record MagnitudeMelConfig
{
    /// <summary>Samples per second of the sound it takes.</summary>
    public int SampleRate { get; init; } = 16000;
    /// <summary>Samples in one analysis window.</summary>
    public int WindowLength { get; init; } = 400;
    /// <summary>Samples of one transform.</summary>
    public int TransformLength { get; init; } = 512;
    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 160;
    /// <summary>Mel bands.</summary>
    public int MelBands { get; init; } = 128;
    /// <summary>Upper edge of the last band, in Hz; the first begins at 0.</summary>
    public double MaximumFrequency { get; init; } = 8000;
    /// <summary>Whether the window lies in the middle of the transform, so that frames come later, as in torch; at its beginning otherwise, as in TensorFlow.</summary>
    public bool CentresWindow { get; init; }
    /// <summary>Whether the sides of mel filters are straight in hertz, as in torchaudio; in mel otherwise, as in TensorFlow.</summary>
    public bool IsStraightInHertz { get; init; }

    /// <summary>The frames of a sound of so many samples: one for each hop that begins in it.</summary>
    public long Frames(long samples) => (samples + HopLength - 1) / HopLength;

    /// <summary>The middle of the first frame's window, in samples.</summary>
    internal double WindowCentre => (CentresWindow ? TransformLength : WindowLength) / 2.0;

    /// <summary>Checks the numbers of a configuration file.</summary>
    internal void Check(ConfigRules rules)
    {
        rules.Within("sample_rate", SampleRate, 1000, 384_000);
        rules.Within("window_length", WindowLength, 16, 16_384);
        rules.Within("transform_length", TransformLength, WindowLength, 16_384);
        rules.Within("hop_length", HopLength, 1, 16_384);
        rules.Within("mel_bands", MelBands, 1, 1024);
        rules.Within("maximum_frequency", MaximumFrequency, 1, SampleRate / 2.0);
    }
}

/// <summary>
/// The log-mel image of Cacophony: frames from the first sample on with silence behind the last, periodic Hann window, magnitudes, mel filters,
/// natural logarithm above a floor, scaled to about ±1.4. Safe for concurrent callers.
/// </summary>
public sealed class MagnitudeMel : IDisposable
{
    private const double Floor = 1e-5;
    private const double Scale = 0.2;
    private const double Shift = 0.9;

    private readonly Tensor _window;
    private readonly Tensor _filters;

    /// <summary>Prepares the window and the filters.</summary>
    /// <param name="config">The numbers of the front end.</param>
    /// <param name="device">Where waves will lie; the processor by default.</param>
    public MagnitudeMel(MagnitudeMelConfig config, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        using var scope = TensorScope.Begin();
        // A window that is as long as its transform begins where that begins.
        var window = PowerSpectrum.Hann(config.WindowLength, config.CentresWindow ? config.TransformLength : config.WindowLength, isPeriodic: true);
        Array.Resize(ref window, config.TransformLength);
        _window = Place(Tensor.From<float>(window, config.TransformLength));
        _filters = Place(Tensor.From<float>(Filters(config), config.TransformLength / 2 + 1, config.MelBands));

        Tensor Place(Tensor table) => table.To(device ?? Device.Cpu, DType.Float32, copy: true).Own();
    }

    /// <summary>The numbers of the front end.</summary>
    public MagnitudeMelConfig Config { get; }

    /// <summary>The image of a batch.</summary>
    /// <param name="waves">[batch, samples], float32 at the configured rate, on the front end's device.</param>
    /// <returns>[batch, 1, frames, bands], float32; silence is −1.4026.</returns>
    /// <exception cref="ArgumentException">The batch has no samples.</exception>
    public Tensor Forward(Tensor waves)
    {
        PowerSpectrum.ThrowIfTooShort(waves, 1);
        using var scope = TensorScope.Begin();
        var samples = waves.Size(1);
        var needed = (Config.Frames(samples) - 1) * Config.HopLength + Config.TransformLength;
        var frames = waves.ConstantPadNd([0, needed - samples]).Unfold(1, Config.TransformLength, Config.HopLength); // [batch, frames, transform]
        var spectrum = frames.Mul(_window).FftRfft().Abs();                            // [batch, frames, bins]
        var mel = spectrum.Matmul(_filters);
        mel.AddInPlace(Floor);
        var image = mel.Log();
        image.MulInPlace(Scale);
        image.AddInPlace(Shift);
        return scope.Keep(image.Unsqueeze(1));
    }

    /// <summary>Releases the window and the filters.</summary>
    public void Dispose()
    {
        _window.Dispose();
        _filters.Dispose();
    }

    /// <summary>The mel matrix, row-major [<c>TransformLength / 2 + 1</c>, <c>MelBands</c>].</summary>
    internal static float[] Filters(MagnitudeMelConfig config) => config.IsStraightInHertz
        ? MelFilterBank.CreateHtk(new LogMelConfig
        {
            SampleRate = config.SampleRate,
            WindowLength = config.TransformLength,
            MelBands = config.MelBands,
            MinimumFrequency = 0,
            MaximumFrequency = config.MaximumFrequency,
        })
        : MelFilterBank.CreateKaldi(
            new KaldiMelConfig { SampleRate = config.SampleRate, TransformLength = config.TransformLength, MelBands = config.MelBands }, 0, config.MaximumFrequency);
}
