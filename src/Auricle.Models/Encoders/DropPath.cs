using Auricle.Torch;

namespace Auricle.Models.Encoders;

/// <summary>Stochastic depth (Huang et al. 2016): in training the branch of a block is left out for some items of a batch.</summary>
internal static class DropPath
{
    /// <param name="branch">[batch, …].</param>
    /// <param name="share">The share of items whose branch is left out; the others are scaled up to make up for it.</param>
    public static Tensor Apply(Tensor branch, double share)
    {
        if (share == 0)
            return branch;
        Span<long> shape = stackalloc long[branch.Dimensions];
        shape.Fill(1);
        shape[0] = branch.Size(0);
        var keep = Tensor.Empty(shape, branch.DType, branch.Device).Bernoulli(1 - share);
        return branch.Mul(keep.Div(1 - share));
    }
}
