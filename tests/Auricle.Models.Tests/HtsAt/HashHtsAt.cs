using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests.HtsAt;

/// <summary>The rules by which the fixtures of HTS-AT and of the CLAP models fill their weights.</summary>
internal static class HashHtsAt
{
    /// <summary>The value of a weight: that of its name, but for the input norm, which is moved to where log-mel images lie.</summary>
    public static float[] Weight(string name, ReadOnlySpan<long> shape, int seed)
    {
        var values = HashWeights.Weight(name, shape, seed);
        var (scale, shift) = name.EndsWith("bn0.running_mean", StringComparison.Ordinal) ? (1, -30f)
            : name.EndsWith("bn0.running_var", StringComparison.Ordinal) ? (120, 0f)
            : (1, 0f);
        for (var i = 0; i < values.Length; i++)
            values[i] = scale * values[i] + shift;
        return values;
    }

    /// <summary>Fills a store.</summary>
    public static void Fill(WeightStore store, int seed) => Parallel.ForEach(
        store.Entries, entry => Weight(entry.Name, entry.Tensor.Shape, seed).CopyTo(entry.Tensor.Span<float>()));

    /// <summary>Rows of a matrix or image along one dimension.</summary>
    public static float[] Rows(Tensor values, long dimension, params long[] places)
    {
        using var scope = TensorScope.Begin();
        return values.IndexSelect(dimension, Tensor.From<long>(places, places.Length)).ToArray<float>();
    }
}
