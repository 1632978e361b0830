using Auricle.Torch;

namespace Auricle.Models.Systems.Conette;

/// <summary>How a batch is mixed with itself: value := weight × value + (1 − weight) × value of another clip.</summary>
/// <param name="Weight">The weight of each clip itself, 0.5 to 1.</param>
/// <param name="Permutation">For each clip the other one.</param>
public sealed record ConetteMixup(double Weight, IReadOnlyList<long> Permutation)
{
    /// <summary>Mixes the values of a batch.</summary>
    /// <param name="values">[batch, …].</param>
    /// <returns>The same shape.</returns>
    public Tensor Mix(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var scope = TensorScope.Begin();
        var permutation = Tensor.From<long>(Permutation.ToArray(), Permutation.Count).On(values.Device);
        return scope.Keep(values.Mul(Weight).Add(values.IndexSelect(0, permutation), 1 - Weight));
    }
}
