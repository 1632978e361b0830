using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Cnn;

/// <summary>Two 3×3 convolutions, each with batch norm and ReLU, then average pooling by two.</summary>
internal sealed class CnnBlock
{
    private readonly ComputeWeight _first;
    private readonly ComputeWeight _second;
    private readonly BatchNorm _firstNorm;
    private readonly BatchNorm _secondNorm;
    private readonly long _stride;

    public CnnBlock(Weights weights, long inputs, long outputs, long stride, bool pools)
    {
        _first = Kernel(weights / "conv1", inputs, outputs);
        _second = Kernel(weights / "conv2", outputs, outputs);
        _firstNorm = new BatchNorm(weights / "bn1", outputs);
        _secondNorm = new BatchNorm(weights / "bn2", outputs);
        _stride = stride;
        Pools = pools;
    }

    public bool Pools { get; }

    public Tensor Forward(Tensor input, bool training)
    {
        // An image of one channel has no channel order, so libtorch would go on in the slower one.
        var x = input.Conv2d(_first.As(input.DType), null, [_stride, _stride], [1, 1]).Contiguous(MemoryFormat.ChannelsLast);
        x = _firstNorm.Forward(x, training).Relu();
        x = _secondNorm.Forward(x.Conv2d(_second.As(x.DType), null, [1, 1], [1, 1]), training).Relu();
        return Pools ? x.AvgPool2d([2, 2]) : x;
    }

    // He et al. 2015: convolutions that ReLU follows keep their variance with gain √2.
    private static ComputeWeight Kernel(Weights weights, long inputs, long outputs) =>
        new(weights, weights.Get("weight", [outputs, inputs, 3, 3], Initialisers.Uniform(Math.Sqrt(6.0 / (9 * inputs)))));
}
