using Auricle.Torch;

namespace Auricle.Models.Encoders.ConvNext;

/// <summary>
/// A convolution whose weight lies channels last in the element type of the computation, times a scale for each output. A
/// model that only predicts prepares it once; one in training does so in every step, so that gradients reach the float32
/// originals.
/// </summary>
internal sealed class PackedConvolution
{
    private readonly Tensor _weight, _bias;
    private readonly Tensor? _scale;
    private readonly long[] _kernel;
    private readonly DType _computeType;
    private readonly Tensor? _packedWeight, _packedBias;

    /// <summary>Loads <c>weight</c> of the given shape and <c>bias</c>, one for each of its first dimension.</summary>
    public PackedConvolution(Weights weights, ReadOnlySpan<long> shape, DType computeType, Tensor? scale = null)
    {
        _weight = weights.Get("weight", shape, Initialisers.TruncatedNormal(0.02));
        _bias = weights.Get("bias", [shape[0]], Initialisers.Zeros);
        _scale = scale;
        _computeType = computeType;
        // The pointwise layers are stored as matrices.
        _kernel = shape.Length == 4 ? shape.ToArray() : [shape[0], shape[1], 1, 1];
        if (weights.IsTrainable)
            return;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        _packedWeight = PackWeight().Own();
        _packedBias = PackBias().Own();
        weights.OnRelease(_packedWeight.Dispose);
        weights.OnRelease(_packedBias.Dispose);
    }

    /// <param name="image">[batch, channels, height, width], channels last.</param>
    /// <param name="stride">Steps down and right.</param>
    /// <param name="padding">Zeros above and below, left and right.</param>
    /// <param name="groups">Groups of channels.</param>
    public Tensor Forward(Tensor image, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, long groups = 1) =>
        image.Conv2d(_packedWeight ?? PackWeight(), _packedBias ?? PackBias(), stride, padding, [1], groups);

    private Tensor PackWeight()
    {
        var scaled = _scale is null ? _weight.View(_kernel) : _weight.View(_kernel).Mul(_scale.View(-1, 1, 1, 1));
        // Cloned, since a weight that needs no conversion would be the store's own tensor.
        return scaled.To(_computeType).Clone(MemoryFormat.ChannelsLast);
    }

    private Tensor PackBias() => (_scale is null ? _bias : _bias.Mul(_scale)).To(_computeType, copy: true);
}
