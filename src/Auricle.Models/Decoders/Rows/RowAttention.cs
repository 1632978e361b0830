using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Auricle.Models.Decoders.Rows;

/// <summary>The attention of one generation step to a <see cref="KeyValueCache"/>, row by row.</summary>
internal static class RowAttention
{
    /// <summary>Attends.</summary>
    /// <param name="queries">A query for each token of this step, first in its stretch of <paramref name="stride"/> values.</param>
    /// <param name="stride">From one query to the next.</param>
    /// <param name="cache">What is attended to.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="perRow">The tokens of each row in this step.</param>
    /// <param name="heads">The heads that share a query.</param>
    /// <param name="mixed">[tokens, width]: the values that the queries find.</param>
    public static void Attend(ReadOnlySpan<float> queries, int stride, KeyValueCache cache, int layer, int perRow, int heads, Span<float> mixed)
    {
        var tokens = cache.Rows * perRow;
        var width = mixed.Length / tokens;
        var headWidth = width / heads;
        var scale = 1 / MathF.Sqrt(headWidth);
        ReadOnlySpan<float> pairs = cache.Span();
        mixed.Clear();
        for (var token = 0; token < tokens; token++)
        {
            var visible = cache.Visible(token, perRow);
            var query = queries.Slice(token * stride, width);
            var total = mixed.Slice(token * width, width);
            var buffer = ArrayPool<float>.Shared.Rent(heads * visible.Length);
            var scores = buffer.AsSpan(0, heads * visible.Length);                       // [heads, keys]
            for (var i = 0; i < visible.Length; i++)
            {
                var key = pairs.Slice(cache.Offset(visible[i], layer), width);
                for (var head = 0; head < heads; head++)
                    scores[head * visible.Length + i] = scale * Dot(query.Slice(head * headWidth, headWidth), key.Slice(head * headWidth, headWidth));
            }
            for (var head = 0; head < heads; head++)
                RowMath.Softmax(scores.Slice(head * visible.Length, visible.Length));
            for (var i = 0; i < visible.Length; i++)
            {
                var value = pairs.Slice(cache.Offset(visible[i], layer) + width, width);
                for (var head = 0; head < heads; head++)
                    Add(total.Slice(head * headWidth, headWidth), value.Slice(head * headWidth, headWidth), scores[head * visible.Length + i]);
            }
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    /// <summary>Keeps the keys and values of this step's tokens.</summary>
    /// <param name="packed">[tokens, 3 width]: queries, keys and values.</param>
    /// <param name="cache">Where to.</param>
    /// <param name="layer">The layer.</param>
    public static void Keep(ReadOnlySpan<float> packed, KeyValueCache cache, int layer)
    {
        var tokens = cache.Rows * cache.Fresh;
        var width = packed.Length / tokens / 3;
        var pairs = cache.Span();
        for (var token = 0; token < tokens; token++)
            packed.Slice(token * 3 * width + width, 2 * width).CopyTo(pairs[cache.FreshOffset(token, layer)..]);
    }

    private static float Dot(ReadOnlySpan<float> query, ReadOnlySpan<float> key)
    {
        var first = MemoryMarshal.Cast<float, Vector<float>>(query);
        var second = MemoryMarshal.Cast<float, Vector<float>>(key);
        var sum = Vector<float>.Zero;
        for (var i = 0; i < first.Length; i++)
            sum += first[i] * second[i];
        return Vector.Sum(sum);
    }

    private static void Add(Span<float> total, ReadOnlySpan<float> value, float weight)
    {
        var sum = MemoryMarshal.Cast<float, Vector<float>>(total);
        var added = MemoryMarshal.Cast<float, Vector<float>>(value);
        for (var i = 0; i < sum.Length; i++)
            sum[i] += added[i] * new Vector<float>(weight);
    }
}
