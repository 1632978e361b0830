using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Models.Encoders.Text;

/// <summary>Tokens as tensors.</summary>
internal static class TokenTensors
{
    /// <summary>The ids of tokens and where they are: both [texts, length], int64, in the caller's scope; the mask is 1 for a token and 0 for filling.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="device">Where to.</param>
    public static (Tensor Ids, Tensor Mask) On(this TokenBatch tokens, Device device) => (tokens.Place(tokens.Ids, device), tokens.Place(tokens.Mask, device));

    /// <summary>Values of each token: [texts, length], int64.</summary>
    public static Tensor Place(this TokenBatch tokens, long[] values, Device device) => Tensor.From<long>(values, tokens.Rows, tokens.Length).On(device);
}
