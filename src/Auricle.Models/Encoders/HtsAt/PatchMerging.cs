using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.HtsAt;

/// <summary>Joins each square of four patches into one of twice the width.</summary>
internal sealed class PatchMerging
{
    private const double Epsilon = 1e-5;

    private readonly LayerNorm _norm;
    private readonly Linear _reduction;
    private readonly DType _compute;
    private readonly int _side;

    public PatchMerging(Weights weights, int width, int side, DType compute)
    {
        _side = side;
        _compute = compute;
        _norm = new LayerNorm(weights / "norm", 4 * width, Epsilon);
        _reduction = new Linear(weights / "reduction", 4 * width, 2 * width, hasBias: false, initialiser: Initialisers.TruncatedNormal(0.02));
    }

    /// <param name="patches">[batch, side², width].</param>
    /// <returns>[batch, side² / 4, 2 width].</returns>
    public Tensor Forward(Tensor patches)
    {
        using var scope = TensorScope.Begin();
        var (batch, width) = (patches.Size(0), patches.Size(2));
        // Of a square the columns are the slower order: (0, 0), (1, 0), (0, 1), (1, 1).
        var squares = patches.View(batch, _side / 2, 2, _side / 2, 2, width).Permute(0, 1, 3, 4, 2, 5).Reshape(batch, _side * _side / 4, 4 * width);
        return scope.Keep(_reduction.Forward(_norm.Forward(squares).To(_compute)).To(DType.Float32));
    }
}
