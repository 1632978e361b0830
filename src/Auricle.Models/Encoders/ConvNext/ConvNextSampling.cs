using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.ConvNext;

/// <summary>The stem (convolution, then norm) or a halving of both axes (norm, then convolution).</summary>
internal sealed class ConvNextSampling
{
    private const double Epsilon = 1e-6;

    private readonly LayerNorm norm;
    private readonly PackedConvolution convolution;
    private readonly long[] stride;
    private readonly long[] padding;
    private readonly bool normFirst;

    private ConvNextSampling(LayerNorm norm, PackedConvolution convolution, long[] stride, long[] padding, bool normFirst) =>
        (this.norm, this.convolution, this.stride, this.padding, this.normFirst) = (norm, convolution, stride, padding, normFirst);

    public static ConvNextSampling Stem(Weights weights, ConvNextConfig config) => new(
        new LayerNorm(weights / 1, config.Widths[0], Epsilon),
        new PackedConvolution(weights / 0, [config.Widths[0], 1, config.StemKernel, config.StemKernel]),
        [config.StemStride, config.StemStride],
        [config.StemPadding, 0],
        normFirst: false);

    public static ConvNextSampling Halving(Weights weights, int inputs, int outputs) => new(
        new LayerNorm(weights / 0, inputs, Epsilon), new PackedConvolution(weights / 1, [outputs, inputs, 2, 2]), [2, 2], [0, 0], normFirst: true);

    /// <param name="image">[batch, inputs, frames, bands].</param>
    /// <param name="computeType">The element type of the result.</param>
    public Tensor Forward(Tensor image, DType computeType)
    {
        if (normFirst)
            return convolution.Forward(ChannelNorm.Forward(norm, image), stride, padding);
        var input = image.To(computeType).Contiguous(MemoryFormat.ChannelsLast);
        return ChannelNorm.Forward(norm, convolution.Forward(input, stride, padding));
    }
}
