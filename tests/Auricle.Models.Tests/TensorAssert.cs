using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests;

/// <summary>Comparisons with stored reference values.</summary>
internal static class TensorAssert
{
    public static float[] Floats(this StoredTensor stored)
    {
        using var tensor = Tensor.From(stored);
        return tensor.ToArray<float>();
    }

    public static void Close(StoredTensor expected, Tensor actual, double tolerance, string what = "values")
    {
        Assert.Equal(expected.Shape, actual.Shape.ToArray());
        Close(expected.Floats(), actual.ToArray<float>(), tolerance, what);
    }

    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what = "values", double relative = 0)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var allowed = tolerance + relative * Math.Abs(expected[i]);
            if (!(Math.Abs(expected[i] - actual[i]) <= allowed))
                Assert.Fail($"{what}: element {i} is {actual[i]:g9}, expected {expected[i]:g9} ± {allowed:g3}");
        }
    }

    /// <summary>
    /// One computation done twice: equal but for the last bits, which depend on where BLAS finds its buffers, on how many rows it multiplies
    /// at once and on how many threads take part.
    /// </summary>
    public static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what = "values")
    {
        var largest = 0.0;
        foreach (var value in expected)
            largest = Math.Max(largest, Math.Abs(value));
        Close(expected, actual, 5e-6 * largest, what);
    }

    /// <summary>Mean, population standard deviation, largest magnitude and norm of a whole tensor, relative to itself, the mean to the deviation where that is more.</summary>
    public static void Statistics(StoredTensor expected, Tensor actual, double relative, string what)
    {
        using var scope = TensorScope.Begin();
        var values = Tensor.From(expected).ToArray<double>();
        var all = actual.Flatten();
        double[] found = [all.Mean().ToDouble(), all.Std([0], unbiased: false).ToDouble(), all.Abs().Amax().ToDouble(), all.Norm().ToDouble()];
        for (var i = 0; i < values.Length; i++)
        {
            if (!(Math.Abs(values[i] - found[i]) <= relative * Math.Max(Math.Abs(values[i]), values[1])))
                Assert.Fail($"{what}: statistic {i} is {found[i]:g9}, expected {values[i]:g9}");
        }
    }

    public static double LargestDifference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var largest = 0.0;
        for (var i = 0; i < a.Length; i++)
            largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        return largest;
    }
}
