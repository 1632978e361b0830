using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.HtsAt;

/// <summary>Attentional feature fusion (Dai et al. 2021): mixes two images by weights that both decide, at each place and as a whole.</summary>
internal sealed class FeatureFusion
{
    private const int Reduction = 4;

    private readonly Branch _local, _whole;

    public FeatureFusion(Weights weights, int width)
    {
        _local = new Branch(weights / "local_att", width, 0);
        _whole = new Branch(weights / "global_att", width, 1); // its place 0 is the mean over the image
    }

    /// <param name="first">[batch, width, rows, columns].</param>
    /// <param name="second">The same shape.</param>
    /// <returns>The same shape.</returns>
    public Tensor Forward(Tensor first, Tensor second)
    {
        using var scope = TensorScope.Begin();
        var sum = first.Add(second);
        var share = _local.Forward(sum).Add(_whole.Forward(sum.Mean([2, 3], keepdim: true))).Sigmoid();
        return scope.Keep(first.Sub(second).Mul(share).Add(second).Mul(2));
    }

    /// <summary>1×1 convolution → norm → ReLU → 1×1 convolution → norm.</summary>
    private sealed class Branch
    {
        private readonly Tensor _narrowWeight, _narrowBias, _widenWeight, _widenBias;
        private readonly BatchNorm _narrowNorm, _widenNorm;

        public Branch(Weights weights, int width, int first)
        {
            long hidden = width / Reduction;
            _narrowWeight = (weights / first).Get("weight", [hidden, width, 1, 1], Initialisers.FanIn(width));
            _narrowBias = (weights / first).Get("bias", [hidden], Initialisers.FanIn(width));
            _narrowNorm = new BatchNorm(weights / (first + 1), hidden);
            _widenWeight = (weights / (first + 3)).Get("weight", [width, hidden, 1, 1], Initialisers.FanIn(hidden));
            _widenBias = (weights / (first + 3)).Get("bias", [width], Initialisers.FanIn(hidden));
            _widenNorm = new BatchNorm(weights / (first + 4), width);
        }

        public Tensor Forward(Tensor image)
        {
            var hidden = _narrowNorm.Forward(image.Conv2d(_narrowWeight, _narrowBias), training: false).Relu();
            return _widenNorm.Forward(hidden.Conv2d(_widenWeight, _widenBias), training: false);
        }
    }
}
