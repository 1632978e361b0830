using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Text;

/// <summary>Norm → self-attention → add → norm → widen → GELU by its tanh formula → narrow → add.</summary>
internal sealed class GptLayer
{
    private readonly Linear _mix, _output, _widen, _narrow;
    private readonly LayerNorm _attentionNorm, _hiddenNorm;
    private readonly DType _compute;
    private readonly long _heads, _headWidth;

    public GptLayer(Weights weights, GptConfig config, DType compute)
    {
        _compute = compute;
        _heads = config.Heads;
        _headWidth = config.Width / config.Heads;
        Linear Load(Weights place, long inputs, long outputs) =>
            new(place, inputs, outputs, initialiser: Initial, biasInitialiser: Initialisers.Zeros, inputsFirst: true);
        _attentionNorm = new LayerNorm(weights / "ln_1", config.Width, config.LayerNormEpsilon);
        _mix = Load(weights / "attn" / "c_attn", config.Width, 3 * config.Width);
        _output = Load(weights / "attn" / "c_proj", config.Width, config.Width);
        _hiddenNorm = new LayerNorm(weights / "ln_2", config.Width, config.LayerNormEpsilon);
        _widen = Load(weights / "mlp" / "c_fc", config.Width, 4 * config.Width);
        _narrow = Load(weights / "mlp" / "c_proj", 4 * config.Width, config.Width);
    }

    /// <summary>Fills a new matrix.</summary>
    public static Initialiser Initial { get; } = Initialisers.Normal(0.02);

    /// <param name="input">[batch, length, width], float32.</param>
    /// <param name="future">[length, length], float32: minus infinity where a key comes after a query, 0 elsewhere.</param>
    /// <returns>The same shape as the input.</returns>
    public Tensor Forward(Tensor input, Tensor future)
    {
        using var scope = TensorScope.Begin();
        var x = input.Add(Attend(_attentionNorm.Forward(input).To(_compute), future));
        var wide = _widen.Forward(_hiddenNorm.Forward(x).To(_compute)).Gelu("tanh");            // [batch, length, 4 width]
        return scope.Keep(x.Add(_narrow.Forward(wide).To(DType.Float32)));
    }

    private Tensor Attend(Tensor input, Tensor future)
    {
        var (batch, length) = (input.Size(0), input.Size(1));
        var parts = _mix.Forward(input).View(batch, length, 3, _heads, _headWidth).Permute(2, 0, 3, 1, 4).Unbind();
        var scores = parts[0].Matmul(parts[1].Transpose(-2, -1)).To(DType.Float32).Div(Math.Sqrt(_headWidth)); // [batch, heads, length, length]
        var mixed = scores.Add(future).Softmax(-1).To(_compute).Matmul(parts[2]);             // [batch, heads, length, head width]
        return _output.Forward(mixed.Transpose(1, 2).Reshape(batch, length, _heads * _headWidth)).To(DType.Float32);
    }
}
