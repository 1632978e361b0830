using Auricle.Models.Systems.Conette;

namespace Auricle.Training;

/// <summary>
/// Draws how a batch is mixed with itself (Zhang et al., "mixup", 2018): one partner for each item, never itself, and one
/// weight for the whole batch.
/// </summary>
/// <param name="Partners">The item each item is mixed with: a permutation without fixed points.</param>
/// <param name="Weight">λ, the weight of the item itself, from ½ to 1; the partner has 1 − λ.</param>
public sealed record Mixup(int[] Partners, double Weight)
{
    /// <summary>Draws partners and λ = max(x, 1 − x) of x ~ Beta(α, α).</summary>
    /// <param name="random">Decides everything.</param>
    /// <param name="batch">The number of items, 2 or more.</param>
    /// <param name="alpha">α, above 0.</param>
    public static Mixup Draw(Random random, int batch, double alpha = 0.4)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        var weight = Beta(random, alpha);
        return new Mixup(Derangement(random, batch), Math.Max(weight, 1 - weight));
    }

    /// <summary>The same, in the form that mixes tensors.</summary>
    public ConetteMixup ForTensors() => new(Weight, [.. Partners.Select(partner => (long)partner)]);

    /// <summary>A uniform permutation without fixed points: shuffled again until no item stays.</summary>
    private static int[] Derangement(Random random, int count)
    {
        var partners = new int[count];
        do
        {
            for (var i = 0; i < count; i++)
                partners[i] = i;
            random.Shuffle(partners);
        }
        while (partners.Where((partner, item) => partner == item).Any());
        return partners;
    }

    // Jöhnk's method: u^(1/α) / (u^(1/α) + v^(1/α)) of two uniform numbers, where the sum is at most 1. It is exact, and
    // quick for the small α of mixup; in logarithms, since the powers underflow.
    private static double Beta(Random random, double alpha)
    {
        if (alpha > 1)
            return GammaRatio(random, alpha);
        while (true)
        {
            var u = Math.Log(1 - random.NextDouble()) / alpha;
            var v = Math.Log(1 - random.NextDouble()) / alpha;
            var larger = Math.Max(u, v);
            var logSum = larger + Math.Log(Math.Exp(u - larger) + Math.Exp(v - larger));
            if (logSum <= 0)
                return Math.Exp(u - logSum);
        }
    }

    private static double GammaRatio(Random random, double alpha)
    {
        var (one, other) = (Gamma(random, alpha), Gamma(random, alpha));
        return one / (one + other);
    }

    // Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; for shapes of at least 1.
    private static double Gamma(Random random, double shape)
    {
        var d = shape - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var cube = Math.Pow(1 + c * normal, 3);
            if (cube > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * normal * normal + d - d * cube + d * Math.Log(cube))
                return d * cube;
        }
    }
}
