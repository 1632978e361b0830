using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.HtsAt;

/// <summary>Joins each square of four patches into one of twice the width.</summary>
internal sealed class PatchMerging
{
    private const double Epsilon = 1e-5;

    private readonly LayerNorm norm;
    private readonly Linear reduction;
    private readonly DType compute;
    private readonly int side;

    public PatchMerging(Weights weights, int width, int side, DType compute)
    {
        this.side = side;
        this.compute = compute;
        norm = new LayerNorm(weights / "norm", 4 * width, Epsilon);
        reduction = new Linear(weights / "reduction", 4 * width, 2 * width, hasBias: false, initialiser: Initialisers.TruncatedNormal(0.02));
    }

    /// <param name="patches">[batch, side², width].</param>
    /// <returns>[batch, side² / 4, 2 width].</returns>
    public Tensor Forward(Tensor patches)
    {
        using var scope = TensorScope.Begin();
        var (batch, width) = (patches.Size(0), patches.Size(2));
        // Of a square the columns are the slower order: (0, 0), (1, 0), (0, 1), (1, 1).
        var squares = patches.View(batch, side / 2, 2, side / 2, 2, width).Permute(0, 1, 3, 4, 2, 5).Reshape(batch, side * side / 4, 4 * width);
        return scope.Keep(reduction.Forward(norm.Forward(squares).To(compute)).To(DType.Float32));
    }
}
