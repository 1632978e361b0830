using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.ConvNext;

/// <summary>Depthwise 7×7 → norm → widen fourfold → GELU → back → layer scale → add (Liu et al. 2022, figure 4).</summary>
internal sealed class ConvNextBlock
{
    private const double Epsilon = 1e-6;
    private const int Kernel = 7;
    private const int Expansion = 4;

    private readonly int _width;
    private readonly double _dropPath;
    private readonly PackedConvolution _depthwise, _widen, _narrow;
    private readonly LayerNorm _norm;

    public ConvNextBlock(Weights weights, int width, double dropPath, double layerScale, DType computeType)
    {
        _width = width;
        _dropPath = dropPath;
        var scale = weights.Get("scale_layer", [width], Initialisers.Constant(layerScale));
        _depthwise = new PackedConvolution(weights / "dwconv", [width, 1, Kernel, Kernel], computeType);
        _norm = new LayerNorm(weights / "norm", width, Epsilon);
        // 1×1 convolutions of images that lie channels last run twice as fast as the same matrix product.
        _widen = new PackedConvolution(weights / "pwconv1", [Expansion * width, width], computeType);
        _narrow = new PackedConvolution(weights / "pwconv2", [width, Expansion * width], computeType, scale);
    }

    /// <param name="image">[batch, width, height, bands], channels last.</param>
    /// <param name="training">Whether paths are dropped.</param>
    public Tensor Forward(Tensor image, bool training)
    {
        using var scope = TensorScope.Begin();
        var branch = _depthwise.Forward(image, [1], [Kernel / 2], _width);
        branch = _widen.Forward(ChannelNorm.Forward(_norm, branch), [1], [0]).Permute(0, 2, 3, 1); // [batch, height, bands, 4 width]
        if (training)
            branch = branch.Gelu();
        else
            branch.GeluInPlace();
        branch = _narrow.Forward(branch.Permute(0, 3, 1, 2), [1], [0]);
        if (training)
            return scope.Keep(image.Add(DropPath.Apply(branch, _dropPath)));
        branch.AddInPlace(image);
        return scope.Keep(branch);
    }
}
