using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>Self-attention, cross-attention and feed-forward, each followed by a norm of the sum (Vaswani et al. 2017, figure 1).</summary>
internal sealed class DecoderLayer
{
    private readonly TransformerDecoderConfig _config;

    public DecoderLayer(Weights weights, TransformerDecoderConfig config, DType storage)
    {
        _config = config;
        Self = new Attention(weights / "self_attn", config, isSelf: true, storage);
        Cross = new Attention(weights / "multihead_attn", config, isSelf: false, storage);
        Widen = Load(weights / "linear1", config.Width, config.FeedForwardWidth, storage);
        Narrow = Load(weights / "linear2", config.FeedForwardWidth, config.Width, storage);
        SelfNorm = new RowNorm(weights / "norm1", config.Width);
        CrossNorm = new RowNorm(weights / "norm2", config.Width);
        FeedForwardNorm = new RowNorm(weights / "norm3", config.Width);
    }

    public Attention Self { get; }

    public Attention Cross { get; }

    public RowLinear Widen { get; }

    public RowLinear Narrow { get; }

    public RowNorm SelfNorm { get; }

    public RowNorm CrossNorm { get; }

    public RowNorm FeedForwardNorm { get; }

    /// <param name="input">[batch, length, width].</param>
    /// <param name="memory">[batch, frames, width].</param>
    /// <param name="selfMask">Added to the scores of self-attention.</param>
    /// <param name="memoryMask">Added to the scores of cross-attention; or none.</param>
    /// <param name="training">Whether values are dropped.</param>
    public Tensor Forward(Tensor input, Tensor memory, Tensor selfMask, Tensor? memoryMask, bool training)
    {
        var x = SelfNorm.Forward(input.Add(Drop(Self.Forward(input, input, selfMask, training), training)));
        x = CrossNorm.Forward(x.Add(Drop(Cross.Forward(x, memory, memoryMask, training), training)));
        var wide = Widen.Forward(x);
        wide = Drop(_config.UsesGelu ? wide.Gelu() : wide.Relu(), training);
        return FeedForwardNorm.Forward(x.Add(Drop(Narrow.Forward(wide), training)));
    }

    /// <param name="input">[rows, width].</param>
    /// <param name="cache">[rows, 2, heads, positions, head width].</param>
    /// <param name="position">The place of the new token.</param>
    /// <param name="remembered">[rows or 1, 2, heads, frames, head width].</param>
    /// <param name="memoryMask">[rows, 1, frames] or none.</param>
    public Tensor Step(Tensor input, Tensor cache, int position, Tensor remembered, Tensor? memoryMask)
    {
        using var scope = TensorScope.Begin();
        var branch = Self.Step(input, cache, position);
        branch.AddInPlace(input);
        var x = SelfNorm.Forward(branch);
        branch = Cross.Step(x, remembered, memoryMask);
        branch.AddInPlace(x);
        x = CrossNorm.Forward(branch);
        var wide = Widen.Step(x);
        Activate(wide);
        branch = Narrow.Step(wide);
        branch.AddInPlace(x);
        return scope.Keep(FeedForwardNorm.Forward(branch));
    }

    /// <summary>The function between the two matrices, in place.</summary>
    public void Activate(Tensor wide)
    {
        if (_config.UsesGelu)
            wide.GeluInPlace();
        else
            wide.ReluInPlace();
    }

    private Tensor Drop(Tensor values, bool training) => values.Dropout(_config.Dropout, training);

    private static RowLinear Load(Weights weights, long inputs, long outputs, DType storage) => new(
        weights,
        weights.Get("weight", [outputs, inputs], Initialisers.FanIn(inputs)),
        weights.Get("bias", [outputs], Initialisers.FanIn(inputs)),
        storage);
}
