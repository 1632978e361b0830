using System.Numerics;
using System.Runtime.InteropServices;

namespace Auricle.Models.Decoders;

/// <summary>The attention of one query to a list of keys, for the rows of one generation step.</summary>
internal static class RowAttention
{
    /// <summary>The product of a query with a key.</summary>
    /// <param name="query">[head width].</param>
    /// <param name="key">[head width].</param>
    public static float Score(ReadOnlySpan<float> query, ReadOnlySpan<float> key)
    {
        var first = MemoryMarshal.Cast<float, Vector<float>>(query);
        var second = MemoryMarshal.Cast<float, Vector<float>>(key);
        var sum = Vector<float>.Zero;
        for (var i = 0; i < first.Length; i++)
            sum += first[i] * second[i];
        return Vector.Sum(sum);
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

    /// <summary>Adds a weighted value.</summary>
    /// <param name="total">[head width].</param>
    /// <param name="value">[head width].</param>
    /// <param name="weight">Its weight.</param>
    public static void Add(Span<float> total, ReadOnlySpan<float> value, float weight)
    {
        var sum = MemoryMarshal.Cast<float, Vector<float>>(total);
        var added = MemoryMarshal.Cast<float, Vector<float>>(value);
        for (var i = 0; i < sum.Length; i++)
            sum[i] += added[i] * new Vector<float>(weight);
    }
}
