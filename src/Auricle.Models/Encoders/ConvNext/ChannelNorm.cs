using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.ConvNext;

/// <summary>Layer norm over the channels of every position of an image.</summary>
internal static class ChannelNorm
{
    /// <param name="norm">Over the channels.</param>
    /// <param name="image">[batch, channels, height, width], lying channels last, so that the permutation moves nothing.</param>
    public static Tensor Forward(LayerNorm norm, Tensor image) =>
        norm.Forward(image.Permute([0, 2, 3, 1])).Permute([0, 3, 1, 2]);
}
