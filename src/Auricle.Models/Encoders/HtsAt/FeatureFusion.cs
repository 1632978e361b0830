using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.HtsAt;

/// <summary>Attentional feature fusion (Dai et al. 2021): mixes two images by weights that both decide, at each place and as a whole.</summary>
internal sealed class FeatureFusion
{
    private const int Reduction = 4;

    private readonly Branch local, whole;

    public FeatureFusion(Weights weights, int width)
    {
        local = new Branch(weights / "local_att", width, 0);
        whole = new Branch(weights / "global_att", width, 1); // its place 0 is the mean over the image
    }

    /// <param name="first">[batch, width, rows, columns].</param>
    /// <param name="second">The same shape.</param>
    /// <returns>The same shape.</returns>
    public Tensor Forward(Tensor first, Tensor second)
    {
        using var scope = TensorScope.Begin();
        var sum = first.Add(second);
        var share = local.Forward(sum).Add(whole.Forward(sum.Mean([2, 3], keepdim: true))).Sigmoid();
        return scope.Keep(first.Sub(second).Mul(share).Add(second).Mul(2));
    }

    /// <summary>1×1 convolution → norm → ReLU → 1×1 convolution → norm.</summary>
    private sealed class Branch
    {
        private readonly Tensor narrowWeight, narrowBias, widenWeight, widenBias;
        private readonly BatchNorm narrowNorm, widenNorm;

        public Branch(Weights weights, int width, int first)
        {
            long hidden = width / Reduction;
            narrowWeight = (weights / first).Get("weight", [hidden, width, 1, 1], Initialisers.FanIn(width));
            narrowBias = (weights / first).Get("bias", [hidden], Initialisers.FanIn(width));
            narrowNorm = new BatchNorm(weights / (first + 1), hidden);
            widenWeight = (weights / (first + 3)).Get("weight", [width, hidden, 1, 1], Initialisers.FanIn(hidden));
            widenBias = (weights / (first + 3)).Get("bias", [width], Initialisers.FanIn(hidden));
            widenNorm = new BatchNorm(weights / (first + 4), width);
        }

        public Tensor Forward(Tensor image)
        {
            var hidden = narrowNorm.Forward(image.Conv2d(narrowWeight, narrowBias), training: false).Relu();
            return widenNorm.Forward(hidden.Conv2d(widenWeight, widenBias), training: false);
        }
    }
}
