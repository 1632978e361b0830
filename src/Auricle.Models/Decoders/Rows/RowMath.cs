using System.Numerics;
using System.Runtime.InteropServices;

namespace Auricle.Models.Decoders.Rows;

/// <summary>What a decoder does between its matrices, for the rows of one generation step. Rows are whole vectors long.</summary>
internal static class RowMath
{
    /// <summary>Adds a branch.</summary>
    public static void Add(Span<float> x, ReadOnlySpan<float> branch)
    {
        var sums = Vectors(x);
        var added = Vectors(branch);
        for (var i = 0; i < sums.Length; i++)
            sums[i] += added[i];
    }

    /// <summary>Whatever is negative becomes 0.</summary>
    public static void Relu(Span<float> x)
    {
        foreach (ref var values in Vectors(x))
            values = Vector.Max(values, Vector<float>.Zero);
    }

    /// <summary>x Φ(x), with the error function of Abramowitz and Stegun 7.1.26, whose error of 1.5e-7 is less than float32 shows.</summary>
    public static void Gelu(Span<float> x)
    {
        foreach (ref var values in Vectors(x))
        {
            var z = Vector.Abs(values) * new Vector<float>(0.70710678f);
            var t = Vector<float>.One / (Vector<float>.One + new Vector<float>(0.3275911f) * z);
            var polynomial = (((new Vector<float>(1.061405429f) * t - new Vector<float>(1.453152027f)) * t + new Vector<float>(1.421413741f)) * t
                - new Vector<float>(0.284496736f)) * t + new Vector<float>(0.254829592f);
            var erf = Vector<float>.One - polynomial * t * Vector.Exp(-z * z);
            var signed = Vector.ConditionalSelect(Vector.LessThan(values, Vector<float>.Zero), -erf, erf);
            values = values * new Vector<float>(0.5f) * (Vector<float>.One + signed);
        }
    }

    /// <summary>GELU by its tanh formula, as GPT-2 has it: x σ(√(8/π) (x + 0.044715 x³)).</summary>
    public static void GeluTanh(Span<float> x)
    {
        foreach (ref var values in Vectors(x))
            values *= Sigmoid(new Vector<float>(1.5957691f) * (values + new Vector<float>(0.044715f) * values * values * values));
    }

    /// <summary>SwiGLU (Shazeer 2020): x σ(x) times another factor.</summary>
    /// <param name="x">Holds the result.</param>
    /// <param name="factor">As many values.</param>
    public static void SwiGlu(Span<float> x, ReadOnlySpan<float> factor)
    {
        var values = Vectors(x);
        var factors = Vectors(factor);
        for (var i = 0; i < values.Length; i++)
            values[i] *= Sigmoid(values[i]) * factors[i];
    }

    /// <summary>Turns neighbouring channels by the angles of one position.</summary>
    /// <param name="heads">[heads, head width], queries or keys.</param>
    /// <param name="cosines">[head width / 2].</param>
    /// <param name="sines">The same.</param>
    public static void Rotate(Span<float> heads, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines)
    {
        for (var start = 0; start < heads.Length; start += 2 * cosines.Length)
        {
            var head = heads.Slice(start, 2 * cosines.Length);
            for (var i = 0; i < cosines.Length; i++)
            {
                var (first, second) = (head[2 * i], head[2 * i + 1]);
                head[2 * i] = first * cosines[i] - second * sines[i];
                head[2 * i + 1] = second * cosines[i] + first * sines[i];
            }
        }
    }

    /// <summary>Turns scores into weights that sum to one.</summary>
    public static void Softmax(Span<float> scores)
    {
        var largest = float.NegativeInfinity;
        foreach (var score in scores)
            largest = MathF.Max(largest, score);
        var sum = 0f;
        foreach (ref var score in scores)
        {
            score = MathF.Exp(score - largest);
            sum += score;
        }
        foreach (ref var score in scores)
            score /= sum;
    }

    /// <summary>The last of each row's tokens.</summary>
    /// <param name="x">[rows, tokens, width].</param>
    /// <param name="perRow">The tokens of each row.</param>
    /// <param name="width">The width.</param>
    /// <returns>[rows, width].</returns>
    public static ReadOnlySpan<float> Last(ReadOnlySpan<float> x, int perRow, int width)
    {
        if (perRow == 1)
            return x;
        var last = new float[x.Length / perRow];
        for (var row = 0; row < last.Length / width; row++)
            x.Slice(((row + 1) * perRow - 1) * width, width).CopyTo(last.AsSpan(row * width));
        return last;
    }

    private static Vector<float> Sigmoid(Vector<float> x) => Vector<float>.One / (Vector<float>.One + Vector.Exp(-x));

    private static Span<Vector<float>> Vectors(Span<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);

    private static ReadOnlySpan<Vector<float>> Vectors(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);
}
