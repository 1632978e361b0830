using Auricle.Torch;

namespace Auricle.Models.Encoders;

/// <summary>What an <see cref="IAudioEncoder"/> gives.</summary>
/// <param name="Frames">[batch, frames, width], one vector for each stretch of time.</param>
/// <param name="TagLogits">[batch, tags], before the sigmoid.</param>
public readonly record struct EncoderOutput(Tensor Frames, Tensor TagLogits);
