using Auricle.Torch;

namespace Auricle.Models.Encoders;

/// <summary>
/// Turns sound into a sequence of vectors, one vector for the clip and, where the checkpoint has a head for them, tags. Inference
/// is safe for concurrent use. What an encoder makes itself is released with the store of its weights.
/// </summary>
public interface IAudioEncoder
{
    /// <summary>The size of each frame vector.</summary>
    int Width { get; }

    /// <summary>The size of the clip vector.</summary>
    int ClipWidth { get; }

    /// <summary>The number of tags; 0 where the checkpoint has no head for them.</summary>
    int Tags { get; }

    /// <summary>The rate of the sound it takes, in hertz.</summary>
    int SampleRate { get; }

    /// <summary>The fewest samples it can encode; a shorter clip must be padded with silence first.</summary>
    int MinimumSamples { get; }

    /// <summary>What <see cref="Encode"/> takes: a log-mel image, patches of one, or the waves as they are.</summary>
    /// <param name="waves">[batch, samples], mono, at <see cref="SampleRate"/>, float32, on the device of the weights.</param>
    /// <returns>[batch, …], float32; log-mel images are [batch, 1, frames, mels].</returns>
    Tensor Prepare(Tensor waves);

    /// <summary>Encodes what was prepared.</summary>
    /// <param name="input">From <see cref="Prepare"/>.</param>
    /// <param name="training">Whether dropout, drop path and batch statistics are those of training.</param>
    EncoderOutput Encode(Tensor input, bool training = false);

    /// <summary>Where the frame vectors lie: the centre of each in seconds.</summary>
    /// <param name="samples">The samples of a clip, at least <see cref="MinimumSamples"/>.</param>
    /// <returns>As many as <see cref="Encode"/> gives frames for such a clip, ascending.</returns>
    double[] FrameTimes(long samples);
}

/// <summary>What an <see cref="IAudioEncoder"/> gives, all float32.</summary>
/// <param name="Frames">[batch, frames, width], one vector for each stretch of time.</param>
/// <param name="Clip">[batch, clip width], the vector that the authors use for the whole clip.</param>
/// <param name="TagLogits">[batch, tags], before the sigmoid; <see langword="null"/> without a head for tags.</param>
public readonly record struct EncoderOutput(Tensor Frames, Tensor Clip, Tensor? TagLogits)
{
    /// <summary>[batch, frames, tags], before the sigmoid; <see langword="null"/> where tags are judged for the whole clip only.</summary>
    public Tensor? FrameTagLogits { get; init; }

    /// <summary>The same, kept by a scope for its caller.</summary>
    internal EncoderOutput KeptBy(TensorScope scope) => new(scope.Keep(Frames), scope.Keep(Clip), TagLogits is null ? null : scope.Keep(TagLogits))
    {
        FrameTagLogits = FrameTagLogits is null ? null : scope.Keep(FrameTagLogits),
    };
}

/// <summary>Where frame vectors lie.</summary>
internal static class FrameGrid
{
    /// <summary>Centres at even steps.</summary>
    /// <param name="count">Frames.</param>
    /// <param name="first">The centre of the first, in seconds.</param>
    /// <param name="step">From one to the next, in seconds.</param>
    public static double[] Even(long count, double first, double step)
    {
        var times = new double[count];
        for (var i = 0; i < times.Length; i++)
            times[i] = first + i * step;
        return times;
    }
}
