using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests;

/// <summary>Compares gradients with differences of the loss.</summary>
internal static class GradientAssert
{
    private const double Tolerance = 2e-2;

    // What float32 leaves of a difference of two losses.
    private const double Rounding = 4e-6;

    /// <summary>
    /// Fails unless every trained weight has a gradient, and moving the weight along it, elements by different amounts, changes the loss by as much
    /// as the gradient says.
    /// </summary>
    /// <param name="store">The weights; their gradients are those of the last call.</param>
    /// <param name="loss">Computes the loss, the same in every call.</param>
    public static void EqualsDifferences(WeightStore store, Func<Tensor> loss)
    {
        using var scope = TensorScope.Begin();
        var value = loss();
        var size = Math.Abs(value.ToDouble());
        value.Backward();
        foreach (var weight in store.Entries.Where(entry => !entry.IsBuffer))
        {
            using var inner = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var gradient = weight.Tensor.Grad ?? throw new InvalidOperationException($"{weight.Name} has no gradient.");
            var length = gradient.Norm().ToDouble();
            Assert.True(double.IsFinite(length), $"{weight.Name}: the gradient's norm is {length}");
            var shares = Tensor.From<float>([.. HashWeights.Uniform(weight.Name + ".direction", (int)weight.Tensor.ElementCount).Select(share => 1 + (float)share / 2)], weight.Tensor.Shape);
            var direction = length > 0 ? gradient.Mul(shares).Div(length) : shares;
            var before = weight.Tensor.ToArray<float>();
            var (expected, measured) = (gradient.Mul(direction).Sum().ToDouble(), double.NaN);
            var isClose = false;
            // Shorter steps where a longer one crosses the bend of a rectifier.
            for (var share = 3e-3; share > 1e-4 && !isClose; share /= 3)
            {
                var step = Math.Min(share * size / Math.Max(length, 1e-30), 10 * share * Math.Max(weight.Tensor.Norm().ToDouble(), 0.1));
                weight.Tensor.AddInPlace(direction, step);
                var above = loss().ToDouble();
                weight.Tensor.AddInPlace(direction, -2 * step);
                measured = (above - loss().ToDouble()) / (2 * step);
                before.CopyTo(weight.Tensor.Span<float>());
                isClose = Math.Abs(measured - expected) <= Tolerance * Math.Abs(expected) + Rounding * size / step;
            }
            Assert.True(isClose, $"{weight.Name}: {measured:g6} by differences, {expected:g6} by derivative");
        }
    }
}
