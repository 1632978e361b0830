using Auricle.Audio;
using Auricle.Models.FrontEnds;
using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// The floor on which encoders stand: mean and deviation over time of each band of a log-mel image, over a whole clip or over every 50 ms of it. What is no
/// better has learnt nothing that the task asks for.
/// </summary>
public sealed class LogMelStatistics : IHearEncoder, IDisposable
{
    /// <summary>Its name.</summary>
    public const string ModelName = "log-mel";

    private const int FramesOfStretch = 5;

    private readonly LogMel _image = new(new LogMelConfig());

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public string Fingerprint => $"{ModelName} {_image.Config}";

    /// <inheritdoc/>
    public int SampleRate => _image.Config.SampleRate;

    /// <inheritdoc/>
    public bool HasFrames => true;

    /// <inheritdoc/>
    public bool IsOnProcessor => true;

    /// <inheritdoc/>
    public float[] Scene(AudioClip clip)
    {
        var image = Image(clip);
        var result = new float[2 * _image.Config.MelBands];
        Summarise(image, result);
        return result;
    }

    /// <inheritdoc/>
    public Timeline Frames(AudioClip clip, CancellationToken cancellationToken = default)
    {
        var bands = _image.Config.MelBands;
        var image = Image(clip);
        var frames = image.Length / bands;
        var count = Math.Max(1, frames / FramesOfStretch);
        var (times, values) = (new double[count], new float[count * 2 * bands]);
        for (var i = 0; i < count; i++)
        {
            var length = Math.Min(FramesOfStretch, frames - i * FramesOfStretch);
            Summarise(image.AsSpan(i * FramesOfStretch * bands, length * bands), values.AsSpan(i * 2 * bands, 2 * bands));
            // Frames are centred on multiples of the hop.
            times[i] = (i * FramesOfStretch + (length - 1) / 2.0) * _image.Config.HopLength / SampleRate;
        }
        return new Timeline(times, 2 * bands, values);
    }

    /// <summary>Releases the front end.</summary>
    public void Dispose() => _image.Dispose();

    private float[] Image(AudioClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var samples = clip.Resample(SampleRate).Samples;
        if (samples.Length < _image.MinimumSamples)
            Array.Resize(ref samples, _image.MinimumSamples);
        return _image.Forward(Tensor.From<float>(samples, 1, samples.Length)).ToArray<float>();
    }

    /// <summary>Means, then deviations, of the bands of some frames.</summary>
    private static void Summarise(ReadOnlySpan<float> image, Span<float> result)
    {
        var bands = result.Length / 2;
        var frames = image.Length / bands;
        for (var band = 0; band < bands; band++)
        {
            double sum = 0, squares = 0;
            for (var place = band; place < image.Length; place += bands)
            {
                sum += image[place];
                squares += (double)image[place] * image[place];
            }
            var mean = sum / frames;
            (result[band], result[bands + band]) = ((float)mean, (float)Math.Sqrt(Math.Max(0, squares / frames - mean * mean)));
        }
    }
}
