using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>Multi-head attention with the packed weights of PyTorch: query, key and value rows of one matrix.</summary>
internal sealed class Attention
{
    private readonly int _width, _heads;
    private readonly double _dropout;
    private readonly Tensor _packedWeight, _packedBias;
    private readonly double _scale;

    public Attention(Weights weights, TransformerDecoderConfig config, bool isSelf, DType storage)
    {
        _width = config.Width;
        _heads = config.Heads;
        _dropout = config.Dropout;
        _scale = 1 / Math.Sqrt(config.HeadWidth);
        _packedWeight = weights.Get("in_proj_weight", [3 * _width, _width], Initialisers.XavierUniform);
        _packedBias = weights.Get("in_proj_bias", [3 * _width], Initialisers.Zeros);
        var outWeight = (weights / "out_proj").Get("weight", [_width, _width], Initialisers.FanIn(_width));
        var outBias = (weights / "out_proj").Get("bias", [_width], Initialisers.Zeros);
        Output = new RowLinear(weights, outWeight, outBias, storage);
        QueryKeyValue = new RowLinear(weights, _packedWeight, _packedBias, storage, used: isSelf ? 3 * _width : _width);
    }

    /// <summary>Queries, keys and values of a step in self-attention; queries alone in cross-attention.</summary>
    public RowLinear QueryKeyValue { get; }

    /// <summary>The layer behind the heads.</summary>
    public RowLinear Output { get; }

    /// <summary>The attention of whole sequences, for teacher forcing.</summary>
    /// <param name="input">[batch, length, width], where queries come from.</param>
    /// <param name="memory">[batch, keys, width], where keys and values come from.</param>
    /// <param name="mask">Added to the scores: 0 or −∞, broadcast to [batch, heads, length, keys]; or none.</param>
    /// <param name="training">Whether attention weights are dropped.</param>
    public Tensor Forward(Tensor input, Tensor memory, Tensor? mask, bool training)
    {
        var batch = input.Size(0);
        var queries = Heads(input.Linear(_packedWeight.Narrow(0, 0, _width), _packedBias.Narrow(0, 0, _width)));
        var keys = Heads(memory.Linear(_packedWeight.Narrow(0, _width, _width), _packedBias.Narrow(0, _width, _width)));
        var values = Heads(memory.Linear(_packedWeight.Narrow(0, 2 * _width, _width), _packedBias.Narrow(0, 2 * _width, _width)));
        var scores = queries.Mul(_scale).Matmul(keys.Transpose(-2, -1));                 // [batch, heads, length, keys]
        if (mask is not null)
            scores = scores.Add(mask);
        var weights = scores.Softmax(-1).Dropout(_dropout, training);
        var mixed = weights.Matmul(values).Transpose(1, 2).Reshape(batch, -1, _width);   // [batch, length, width]
        return Output.Forward(mixed);
    }

    /// <summary>The keys and values of a memory, once for all steps.</summary>
    /// <param name="memory">[batch, frames, width].</param>
    /// <returns>[batch, 2, heads, frames, head width].</returns>
    public Tensor Remember(Tensor memory)
    {
        using var scope = TensorScope.Begin();
        var packed = memory.Linear(_packedWeight.Narrow(0, _width, 2 * _width), _packedBias.Narrow(0, _width, 2 * _width));
        return scope.Keep(packed.View(memory.Size(0), -1, 2, _heads, _width / _heads).Permute(0, 2, 3, 1, 4).Contiguous());
    }

    /// <summary>One step of self-attention; writes the new key and value to the cache.</summary>
    /// <param name="input">[rows, width].</param>
    /// <param name="cache">[rows, 2, heads, positions, head width], filled before <paramref name="position"/>.</param>
    /// <param name="position">The place of the new token.</param>
    public Tensor Step(Tensor input, Tensor cache, int position)
    {
        var packed = QueryKeyValue.Step(input).View(input.Size(0), 3, _heads, 1, _width / _heads);
        cache.Narrow(3, position, 1).CopyInPlace(packed.Narrow(1, 1, 2));
        return Mix(packed.Select(1, 0), cache.Narrow(3, 0, position + 1), null);
    }

    /// <summary>One step of cross-attention.</summary>
    /// <param name="input">[rows, width].</param>
    /// <param name="remembered">[rows or 1, 2, heads, frames, head width].</param>
    /// <param name="mask">[rows, 1, frames], 0 or −∞; or none.</param>
    public Tensor Step(Tensor input, Tensor remembered, Tensor? mask) =>
        Mix(QueryKeyValue.Step(input).View(input.Size(0), _heads, 1, _width / _heads), remembered, mask);

    // One query a row makes products too small for a matrix library to be worth calling: elementwise and a sum is quicker.
    private Tensor Mix(Tensor queries, Tensor keysAndValues, Tensor? mask)
    {
        var scores = keysAndValues.Select(1, 0).Mul(queries).Sum([-1]);                  // [rows, heads, positions]
        scores.MulInPlace(_scale);
        if (mask is not null)
            scores.AddInPlace(mask);
        var weights = scores.Softmax(-1).Unsqueeze(-1);                                  // [rows, heads, positions, 1]
        var mixed = keysAndValues.Select(1, 1).Mul(weights).Sum([-2]);                   // [rows, heads, head width]
        return Output.Step(mixed.View(queries.Size(0), _width));
    }

    private Tensor Heads(Tensor sequence) =>
        sequence.View(sequence.Size(0), sequence.Size(1), _heads, _width / _heads).Transpose(1, 2); // [batch, heads, length, head width]
}
