using Auricle.Torch;

namespace Auricle.Models.Encoders;

/// <summary>
/// Turns sound into a sequence of vectors and tag scores. Inference is safe for concurrent use.
/// What it makes itself is released with the store of its weights.
/// </summary>
public interface IAudioEncoder
{
    /// <summary>The size of each frame vector.</summary>
    int Width { get; }

    /// <summary>The rate of the sound it takes, in hertz.</summary>
    int SampleRate { get; }

    /// <summary>The fewest samples it can encode; a shorter clip must be padded with silence first.</summary>
    int MinimumSamples { get; }

    /// <summary>The log-mel image of some waves.</summary>
    /// <param name="waves">[batch, samples], mono, at <see cref="SampleRate"/>, float32, on the device of the weights.</param>
    /// <returns>[batch, 1, frames, mels] in dB, float32.</returns>
    Tensor LogMel(Tensor waves);

    /// <summary>Encodes log-mel images.</summary>
    /// <param name="logMel">[batch, 1, frames, mels] in dB.</param>
    /// <param name="training">Whether dropout, drop path and batch statistics are those of training.</param>
    /// <returns>Frame vectors and tag logits, float32.</returns>
    EncoderOutput Encode(Tensor logMel, bool training = false);
}
