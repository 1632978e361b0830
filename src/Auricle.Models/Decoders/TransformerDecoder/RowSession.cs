using System.Buffers;
using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>
/// A generation on the processor. A step has so few rows that calling libtorch for each of its forty operations a layer would
/// take longer than computing them, so all but GELU is computed here. <see cref="DecoderSession"/> is the plain form of the same.
/// Rows keep no keys and values of their own: a table says for each position which row of that step they descend from, so
/// that rearranging the beam copies nothing.
/// </summary>
internal sealed class RowSession : IStepModel
{
    private readonly TransformerDecoder decoder;
    private readonly DecoderLayer[] layers;
    private readonly float[][] memories;
    private readonly float[]? memoryMask;
    private readonly int frames, width, heads, headWidth;
    private readonly List<float[]> steps = [];
    private long[] clips;
    private int[][] ancestors;

    /// <param name="decoder">The decoder.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="memory">[clips, frames, width].</param>
    /// <param name="mask">[clips, 1, 1, frames], 0 or −∞; or none.</param>
    public RowSession(TransformerDecoder decoder, DecoderLayer[] layers, Tensor memory, Tensor? mask)
    {
        this.decoder = decoder;
        this.layers = layers;
        width = decoder.Config.Width;
        heads = decoder.Config.Heads;
        headWidth = decoder.Config.HeadWidth;
        frames = (int)memory.Size(1);
        memories = Array.ConvertAll(layers, layer => layer.Cross.Remember(memory).ToArray<float>()); // [clips, 2, heads, frames, head width]
        memoryMask = mask?.ToArray<float>();                                                         // [clips, frames]
        clips = [.. Enumerable.Range(0, (int)memory.Size(0)).Select(clip => (long)clip)];
        ancestors = Array.ConvertAll(clips, _ => Array.Empty<int>());
    }

    /// <inheritdoc/>
    public Tensor Advance(ReadOnlySpan<long> tokens)
    {
        var rows = tokens.Length;
        for (var row = 0; row < rows; row++)
            ancestors[row] = [.. ancestors[row], row];
        var position = steps.Count;
        steps.Add(ArrayPool<float>.Shared.Rent(rows * layers.Length * 2 * width));                   // [rows, layers, 2, width]
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var wide = Tensor.Empty([rows, decoder.Config.FeedForwardWidth], DType.Float32);
        var x = new float[rows * width];
        var packed = new float[rows * 3 * width];
        var branch = new float[rows * width];
        decoder.EmbedRows(tokens, position, x);
        for (var i = 0; i < layers.Length; i++)
        {
            var layer = layers[i];
            layer.Self.QueryKeyValue.Step(x, packed);
            for (var row = 0; row < rows; row++)
                packed.AsSpan(row * 3 * width + width, 2 * width).CopyTo(steps[position].AsSpan((row * layers.Length + i) * 2 * width));
            AttendToSelf(i, rows, packed, branch);
            layer.Self.Output.Step(branch, packed.AsSpan(0, x.Length));
            layer.SelfNorm.AddAndNormalise(x, packed.AsSpan(0, x.Length));

            layer.Cross.QueryKeyValue.Step(x, packed.AsSpan(0, x.Length));
            AttendToMemory(i, rows, packed, branch);
            layer.Cross.Output.Step(branch, packed.AsSpan(0, x.Length));
            layer.CrossNorm.AddAndNormalise(x, packed.AsSpan(0, x.Length));

            layer.Widen.Step(x, wide.Span<float>());
            layer.Activate(wide);
            layer.Narrow.Step(wide.Span<float>(), branch);
            layer.FeedForwardNorm.AddAndNormalise(x, branch);
        }
        var logits = Tensor.Empty([rows, decoder.Config.VocabularySize], DType.Float32);
        decoder.Classify(x, logits.Span<float>());
        return scope.Keep(logits);
    }

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<long> parents, ReadOnlySpan<long> clips)
    {
        var next = new int[parents.Length][];
        for (var row = 0; row < next.Length; row++)
            next[row] = ancestors[(int)parents[row]];
        ancestors = next;
        this.clips = clips.ToArray();
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        foreach (var step in steps)
            ArrayPool<float>.Shared.Return(step);
        steps.Clear();
    }

    private void AttendToSelf(int layer, int rows, float[] packed, float[] mixed)
    {
        var scale = 1 / MathF.Sqrt(headWidth);
        Span<float> weights = new float[steps.Count];
        Array.Clear(mixed, 0, rows * width);
        for (var row = 0; row < rows; row++)
        {
            for (var head = 0; head < heads; head++)
            {
                var query = packed.AsSpan(row * 3 * width + head * headWidth, headWidth);
                var total = mixed.AsSpan(row * width + head * headWidth, headWidth);
                for (var position = 0; position < weights.Length; position++)
                    weights[position] = scale * RowAttention.Score(query, Kept(layer, row, position, 0, head));
                RowAttention.Softmax(weights);
                for (var position = 0; position < weights.Length; position++)
                    RowAttention.Add(total, Kept(layer, row, position, 1, head), weights[position]);
            }
        }
    }

    private ReadOnlySpan<float> Kept(int layer, int row, int position, int kind, int head) =>
        steps[position].AsSpan(((ancestors[row][position] * layers.Length + layer) * 2 + kind) * width + head * headWidth, headWidth);

    private void AttendToMemory(int layer, int rows, float[] queries, float[] mixed)
    {
        var scale = 1 / MathF.Sqrt(headWidth);
        Span<float> weights = new float[frames];
        Array.Clear(mixed, 0, rows * width);
        for (var row = 0; row < rows; row++)
        {
            var clip = (int)clips[row];
            for (var head = 0; head < heads; head++)
            {
                var query = queries.AsSpan(row * width + head * headWidth, headWidth);
                var total = mixed.AsSpan(row * width + head * headWidth, headWidth);
                var keys = memories[layer].AsSpan((clip * 2 * heads + head) * frames * headWidth, frames * headWidth);
                var values = memories[layer].AsSpan(((clip * 2 + 1) * heads + head) * frames * headWidth, frames * headWidth);
                for (var frame = 0; frame < frames; frame++)
                    weights[frame] = scale * RowAttention.Score(query, keys.Slice(frame * headWidth, headWidth)) + (memoryMask?[clip * frames + frame] ?? 0);
                RowAttention.Softmax(weights);
                for (var frame = 0; frame < frames; frame++)
                    RowAttention.Add(total, values.Slice(frame * headWidth, headWidth), weights[frame]);
            }
        }
    }
}
