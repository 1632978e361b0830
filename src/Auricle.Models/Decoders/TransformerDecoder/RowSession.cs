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
    private readonly TransformerDecoder _decoder;
    private readonly DecoderLayer[] _layers;
    private readonly float[][] _memories;
    private readonly float[]? _memoryMask;
    private readonly int _frames, _width, _heads, _headWidth;
    private readonly List<float[]> _steps = [];
    private long[] _clips;
    private int[][] _ancestors;

    /// <param name="decoder">The decoder.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="memory">[clips, frames, width].</param>
    /// <param name="mask">[clips, 1, 1, frames], 0 or −∞; or none.</param>
    public RowSession(TransformerDecoder decoder, DecoderLayer[] layers, Tensor memory, Tensor? mask)
    {
        _decoder = decoder;
        _layers = layers;
        _width = decoder.Config.Width;
        _heads = decoder.Config.Heads;
        _headWidth = decoder.Config.HeadWidth;
        _frames = (int)memory.Size(1);
        _memories = Array.ConvertAll(layers, layer => layer.Cross.Remember(memory).ToArray<float>()); // [clips, 2, heads, frames, head width]
        _memoryMask = mask?.ToArray<float>();                                                         // [clips, frames]
        _clips = [.. Enumerable.Range(0, (int)memory.Size(0)).Select(clip => (long)clip)];
        _ancestors = Array.ConvertAll(_clips, _ => Array.Empty<int>());
    }

    /// <inheritdoc/>
    public Tensor Advance(ReadOnlySpan<long> tokens)
    {
        var rows = tokens.Length;
        for (var row = 0; row < rows; row++)
            _ancestors[row] = [.. _ancestors[row], row];
        var position = _steps.Count;
        _steps.Add(ArrayPool<float>.Shared.Rent(rows * _layers.Length * 2 * _width));                   // [rows, layers, 2, width]
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var wide = Tensor.Empty([rows, _decoder.Config.FeedForwardWidth], DType.Float32);
        var x = new float[rows * _width];
        var packed = new float[rows * 3 * _width];
        var branch = new float[rows * _width];
        _decoder.EmbedRows(tokens, position, x);
        for (var i = 0; i < _layers.Length; i++)
        {
            var layer = _layers[i];
            layer.Self.QueryKeyValue.Step(x, packed);
            for (var row = 0; row < rows; row++)
                packed.AsSpan(row * 3 * _width + _width, 2 * _width).CopyTo(_steps[position].AsSpan((row * _layers.Length + i) * 2 * _width));
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
        var logits = Tensor.Empty([rows, _decoder.Config.VocabularySize], DType.Float32);
        _decoder.Classify(x, logits.Span<float>());
        return scope.Keep(logits);
    }

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<long> parents, ReadOnlySpan<long> clips)
    {
        var next = new int[parents.Length][];
        for (var row = 0; row < next.Length; row++)
            next[row] = _ancestors[(int)parents[row]];
        _ancestors = next;
        _clips = clips.ToArray();
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        foreach (var step in _steps)
            ArrayPool<float>.Shared.Return(step);
        _steps.Clear();
    }

    private void AttendToSelf(int layer, int rows, float[] packed, float[] mixed)
    {
        var scale = 1 / MathF.Sqrt(_headWidth);
        Span<float> weights = new float[_steps.Count];
        Array.Clear(mixed, 0, rows * _width);
        for (var row = 0; row < rows; row++)
        {
            for (var head = 0; head < _heads; head++)
            {
                var query = packed.AsSpan(row * 3 * _width + head * _headWidth, _headWidth);
                var total = mixed.AsSpan(row * _width + head * _headWidth, _headWidth);
                for (var position = 0; position < weights.Length; position++)
                    weights[position] = scale * RowAttention.Score(query, Kept(layer, row, position, 0, head));
                RowAttention.Softmax(weights);
                for (var position = 0; position < weights.Length; position++)
                    RowAttention.Add(total, Kept(layer, row, position, 1, head), weights[position]);
            }
        }
    }

    private ReadOnlySpan<float> Kept(int layer, int row, int position, int kind, int head) =>
        _steps[position].AsSpan(((_ancestors[row][position] * _layers.Length + layer) * 2 + kind) * _width + head * _headWidth, _headWidth);

    private void AttendToMemory(int layer, int rows, float[] queries, float[] mixed)
    {
        var scale = 1 / MathF.Sqrt(_headWidth);
        Span<float> weights = new float[_frames];
        Array.Clear(mixed, 0, rows * _width);
        for (var row = 0; row < rows; row++)
        {
            var clip = (int)_clips[row];
            for (var head = 0; head < _heads; head++)
            {
                var query = queries.AsSpan(row * _width + head * _headWidth, _headWidth);
                var total = mixed.AsSpan(row * _width + head * _headWidth, _headWidth);
                var keys = _memories[layer].AsSpan((clip * 2 * _heads + head) * _frames * _headWidth, _frames * _headWidth);
                var values = _memories[layer].AsSpan(((clip * 2 + 1) * _heads + head) * _frames * _headWidth, _frames * _headWidth);
                for (var frame = 0; frame < _frames; frame++)
                    weights[frame] = scale * RowAttention.Score(query, keys.Slice(frame * _headWidth, _headWidth)) + (_memoryMask?[clip * _frames + frame] ?? 0);
                RowAttention.Softmax(weights);
                for (var frame = 0; frame < _frames; frame++)
                    RowAttention.Add(total, values.Slice(frame * _headWidth, _headWidth), weights[frame]);
            }
        }
    }
}
