using Auricle.Torch;

namespace Auricle.Models.Encoders.ConvNext;

/// <summary>
/// A convolution whose weight lies channels last in the element type of the input, times a scale for each output. A model
/// that only predicts prepares it once; one in training does so in every step, so that gradients reach the float32 originals.
/// </summary>
internal sealed class PackedConvolution
{
    private readonly Tensor weight, bias;
    private readonly Tensor? scale;
    private readonly long[] kernel;
    private readonly bool isTrainable;
    private readonly Lock packing = new();
    private Tensor? packedWeight, packedBias;

    /// <summary>Loads <c>weight</c> of the given shape and <c>bias</c>, one for each of its first dimension.</summary>
    public PackedConvolution(Weights weights, ReadOnlySpan<long> shape, Tensor? scale = null)
    {
        weight = weights.Get("weight", shape, Initialisers.TruncatedNormal(0.02));
        bias = weights.Get("bias", [shape[0]], Initialisers.Zeros);
        this.scale = scale;
        // The pointwise layers are stored as matrices.
        kernel = shape.Length == 4 ? shape.ToArray() : [shape[0], shape[1], 1, 1];
        isTrainable = weights.IsTrainable;
        if (!isTrainable)
            weights.OnRelease(Release);
    }

    /// <param name="image">[batch, channels, height, width], channels last.</param>
    /// <param name="stride">Steps down and right.</param>
    /// <param name="padding">Zeros above and below, left and right.</param>
    /// <param name="groups">Groups of channels.</param>
    public Tensor Forward(Tensor image, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, long groups = 1)
    {
        if (isTrainable)
            return image.Conv2d(PackWeight(image.DType), PackBias(image.DType), stride, padding, [1], groups);
        lock (packing)
        {
            if (packedWeight?.DType != image.DType)
            {
                Release();
                packedWeight = PackWeight(image.DType).Own();
                packedBias = PackBias(image.DType).Own();
            }
        }
        return image.Conv2d(packedWeight, packedBias, stride, padding, [1], groups);
    }

    private Tensor PackWeight(DType dtype)
    {
        var scaled = scale is null ? weight.View(kernel) : weight.View(kernel).Mul(scale.View(-1, 1, 1, 1));
        // Cloned, since a weight that needs no conversion would be the store's own tensor.
        return scaled.To(dtype).Clone(MemoryFormat.ChannelsLast);
    }

    private Tensor PackBias(DType dtype) => (scale is null ? bias : bias.Mul(scale)).To(dtype, copy: true);

    private void Release()
    {
        packedWeight?.Dispose();
        packedBias?.Dispose();
    }
}
