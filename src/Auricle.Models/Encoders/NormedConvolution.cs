using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders;

/// <summary>What follows a <see cref="NormedConvolution"/>.</summary>
internal enum Activation
{
    None,
    Relu,
    Hardswish,
}

/// <summary>
/// A square convolution without bias, batch norm and an activation, on images that lie channels last. A model that only predicts
/// folds the norm into the convolution once; one in training keeps them apart, so that gradients reach both.
/// </summary>
internal sealed class NormedConvolution
{
    private readonly Tensor _weight;
    private readonly BatchNorm _norm;
    private readonly DType _compute;
    private readonly Activation _activation;
    private readonly long[] _stride, _padding;
    private readonly long _groups;
    private readonly Tensor? _foldedWeight, _foldedBias;

    /// <summary>Loads the convolution's <c>weight</c> [outputs, inputs of a group, kernel, kernel] and the norm.</summary>
    /// <param name="convolution">Where the convolution is.</param>
    /// <param name="norm">Where its norm is.</param>
    /// <param name="shape">Of the weight; edges are padded by half of the kernel.</param>
    /// <param name="activation">What follows.</param>
    /// <param name="compute">The element type of the convolution; that of the images too.</param>
    /// <param name="stride">Steps down and right.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="makeNorm">Makes the norm; with the usual numbers where it is absent.</param>
    public NormedConvolution(
        Weights convolution, Weights norm, ReadOnlySpan<long> shape, Activation activation, DType compute, long stride = 1, long groups = 1,
        Func<Weights, long, BatchNorm>? makeNorm = null)
    {
        // He et al. 2015: convolutions that a rectifier follows keep their variance with gain √2.
        _weight = convolution.Get("weight", shape, Initialisers.Uniform(Math.Sqrt(6.0 / (shape[1] * shape[2] * shape[3]))));
        _norm = makeNorm?.Invoke(norm, shape[0]) ?? new BatchNorm(norm, shape[0]);
        (_activation, _compute, _groups) = (activation, compute, groups);
        (_stride, _padding) = ([stride, stride], [shape[2] / 2, shape[3] / 2]);
        if (convolution.IsTrainable)
            return;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var (scale, shift) = _norm.AsAffine();
        _foldedWeight = _weight.Mul(scale.View(-1, 1, 1, 1)).To(compute).Clone(MemoryFormat.ChannelsLast).Own();
        _foldedBias = shift.To(compute, copy: true).Own();
        convolution.OnRelease(_foldedWeight.Dispose);
        convolution.OnRelease(_foldedBias.Dispose);
    }

    /// <param name="image">[batch, inputs, height, width], channels last.</param>
    /// <param name="training">Whether the norm uses, and learns from, the statistics of this batch.</param>
    /// <returns>[batch, outputs, height / stride, width / stride], rounded up, channels last.</returns>
    public Tensor Forward(Tensor image, bool training)
    {
        if (_foldedWeight is null)
        {
            using var scope = TensorScope.Begin();
            // An image of one channel has no channel order, so libtorch would go on in the slower one.
            var y = image.Conv2d(_weight.To(_compute), null, _stride, _padding, [1], _groups).Contiguous(MemoryFormat.ChannelsLast);
            y = _norm.Forward(y, training);
            return scope.Keep(_activation switch { Activation.Relu => y.Relu(), Activation.Hardswish => y.Hardswish(), _ => y });
        }
        var folded = image.Conv2d(_foldedWeight, _foldedBias, _stride, _padding, [1], _groups);
        if (_activation == Activation.Relu)
            folded.ReluInPlace();
        else if (_activation == Activation.Hardswish)
            folded.HardswishInPlace();
        return folded;
    }
}
