using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.ConvNext;

/// <summary>The stem (convolution, then norm) or a halving of both axes (norm, then convolution).</summary>
internal sealed class ConvNextSampling
{
    private const double Epsilon = 1e-6;

    private readonly LayerNorm _norm;
    private readonly PackedConvolution _convolution;
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly bool _normFirst;
    private readonly DType _computeType;

    private ConvNextSampling(LayerNorm norm, PackedConvolution convolution, long[] stride, long[] padding, bool normFirst, DType computeType) =>
        (_norm, _convolution, _stride, _padding, _normFirst, _computeType) = (norm, convolution, stride, padding, normFirst, computeType);

    public static ConvNextSampling Stem(Weights weights, ConvNextConfig config, DType computeType) => new(
        new LayerNorm(weights / 1, config.Widths[0], Epsilon),
        new PackedConvolution(weights / 0, [config.Widths[0], 1, config.StemKernel, config.StemKernel], computeType),
        [config.StemStride, config.StemStride],
        [config.StemPadding, 0],
        normFirst: false,
        computeType);

    public static ConvNextSampling Halving(Weights weights, int inputs, int outputs, DType computeType) => new(
        new LayerNorm(weights / 0, inputs, Epsilon),
        new PackedConvolution(weights / 1, [outputs, inputs, 2, 2], computeType),
        [2, 2],
        [0, 0],
        normFirst: true,
        computeType);

    /// <param name="image">[batch, inputs, frames, bands].</param>
    public Tensor Forward(Tensor image)
    {
        if (_normFirst)
            return _convolution.Forward(ChannelNorm.Forward(_norm, image), _stride, _padding);
        var input = image.To(_computeType).Contiguous(MemoryFormat.ChannelsLast);
        return ChannelNorm.Forward(_norm, _convolution.Forward(input, _stride, _padding));
    }
}
