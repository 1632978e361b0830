using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Transformers;

/// <summary>
/// A block of a vision transformer (Dosovitskiy et al. 2021): norm → attention → add → norm → widen → GELU or SiLU → narrow → add. Names
/// are those of the timm library, which audio models took over.
/// </summary>
internal sealed class VisionBlock
{
    private readonly LayerNorm _attentionNorm, _hiddenNorm;
    private readonly Linear _mix, _output, _widen, _narrow;
    private readonly DType _compute;
    private readonly int _heads;
    private readonly bool _usesSilu;

    /// <param name="weights">Where <c>norm1</c>, <c>attn</c>, <c>norm2</c> and <c>mlp</c> are.</param>
    /// <param name="width">Width of a token.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="hidden">Width between the two layers behind the attention.</param>
    /// <param name="compute">The element type of matrix products.</param>
    /// <param name="hasMixBias">Whether queries, keys and values have biases.</param>
    /// <param name="epsilon">What layer norms add to the variance.</param>
    /// <param name="usesSilu">Whether SiLU takes the place of GELU.</param>
    public VisionBlock(Weights weights, long width, int heads, long hidden, DType compute, bool hasMixBias = true, double epsilon = 1e-6, bool usesSilu = false)
    {
        _compute = compute;
        _usesSilu = usesSilu;
        _heads = heads;
        var initial = Initialisers.TruncatedNormal(0.02);
        _attentionNorm = new LayerNorm(weights / "norm1", width, epsilon);
        _mix = new Linear(weights / "attn" / "qkv", width, 3 * width, hasMixBias, initial, Initialisers.Zeros);
        _output = new Linear(weights / "attn" / "proj", width, width, initialiser: initial, biasInitialiser: Initialisers.Zeros);
        _hiddenNorm = new LayerNorm(weights / "norm2", width, epsilon);
        _widen = new Linear(weights / "mlp" / "fc1", width, hidden, initialiser: initial, biasInitialiser: Initialisers.Zeros);
        _narrow = new Linear(weights / "mlp" / "fc2", hidden, width, initialiser: initial, biasInitialiser: Initialisers.Zeros);
    }

    /// <param name="tokens">[batch, tokens, width], float32.</param>
    /// <param name="training">Whether gradients are recorded, so that nothing may be overwritten.</param>
    /// <param name="bias">Added to the scores of attention, broadcast to [batch, heads, tokens, tokens]; or none.</param>
    /// <returns>The same shape.</returns>
    public Tensor Forward(Tensor tokens, bool training, Tensor? bias = null) =>
        Checkpointing.Run((input, added) => Compute(input, training, added), tokens, bias);

    private Tensor Compute(Tensor tokens, bool training, Tensor? bias)
    {
        using var scope = TensorScope.Begin();
        var mixed = _mix.Forward(_attentionNorm.Forward(tokens).To(_compute));                 // [batch, tokens, 3 width]
        var x = Add(tokens, _output.Forward(SelfAttention.Mix(mixed, _heads, training, bias?.To(_compute))), training);
        var wide = _widen.Forward(_hiddenNorm.Forward(x).To(_compute));                        // [batch, tokens, hidden]
        if (training)
            wide = _usesSilu ? wide.Silu() : wide.Gelu();
        else if (_usesSilu)
            wide.SiluInPlace();
        else
            wide.GeluInPlace();
        return scope.Keep(Add(x, _narrow.Forward(wide), training));
    }

    // The branch is ours, so that the sum can take its place, but for one in bfloat16.
    private static Tensor Add(Tensor tokens, Tensor branch, bool training)
    {
        if (training || branch.DType != DType.Float32)
            return tokens.Add(branch);
        branch.AddInPlace(tokens);
        return branch;
    }
}

/// <summary>Attention of every token to every token of its item.</summary>
internal static class SelfAttention
{
    // Scores of so many pairs stay in the processor's cache between the two products.
    private const long PairsAtATime = 1 << 20;

    /// <summary>Values mixed by the likeness of queries and keys.</summary>
    /// <param name="mixed">[batch, tokens, 3 width]: queries, keys and values side by side, each of them head behind head.</param>
    /// <param name="heads">How many heads.</param>
    /// <param name="training">Whether gradients are recorded.</param>
    /// <param name="bias">Added to the scores, broadcast to [batch, heads, tokens, tokens]; or none.</param>
    /// <param name="dropout">Share of weights dropped in training.</param>
    /// <returns>[batch, tokens, width], in the element type of <paramref name="mixed"/>.</returns>
    public static Tensor Mix(Tensor mixed, int heads, bool training, Tensor? bias = null, double dropout = 0)
    {
        using var scope = TensorScope.Begin();
        var (batch, tokens, headWidth) = (mixed.Size(0), mixed.Size(1), mixed.Size(2) / 3 / heads);
        var parts = mixed.View(batch, tokens, 3, heads, headWidth).Permute(2, 0, 3, 1, 4).Unbind(); // [batch, heads, tokens, head width]
        if (training || bias is not null || mixed.Device.Type != DeviceType.Cpu)
            return scope.Keep(Attend(parts[0], parts[1], parts[2], bias, training ? dropout : 0).Transpose(1, 2).Reshape(batch, tokens, heads * headWidth));
        var result = Tensor.Empty([batch, tokens, heads, headWidth], mixed.DType, mixed.Device);
        var headsAtATime = Math.Clamp(PairsAtATime / (tokens * tokens), 1, heads);
        for (var item = 0L; item < batch; item++)
        {
            for (var head = 0L; head < heads; head += headsAtATime)
            {
                using var part = TensorScope.Begin();
                var count = Math.Min(headsAtATime, heads - head);
                var some = Array.ConvertAll(parts, all => all.Select(0, item).Narrow(0, head, count)); // [heads, tokens, head width]
                result.Select(0, item).Narrow(1, head, count).CopyInPlace(Attend(some[0], some[1], some[2], null, 0).Transpose(0, 1));
            }
        }
        return scope.Keep(result.View(batch, tokens, heads * headWidth));
    }

    private static Tensor Attend(Tensor queries, Tensor keys, Tensor values, Tensor? bias, double dropout)
    {
        var scores = queries.Mul(1 / Math.Sqrt(queries.Size(-1))).Matmul(keys.Transpose(-2, -1));
        if (bias is not null)
            scores = scores.Add(bias);
        var weights = scores.Softmax(-1);
        return (dropout > 0 ? weights.Dropout(dropout, true) : weights).Matmul(values);
    }
}
