using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Text;

/// <summary>Self-attention → add → norm → widen → GELU → narrow → add → norm.</summary>
internal sealed class TextEncoderLayer
{
    private readonly TextEncoderConfig _config;
    private readonly DType _compute;
    private readonly Linear _query, _key, _value, _output, _widen, _narrow;
    private readonly LayerNorm _attentionNorm, _outputNorm;
    private readonly long _headWidth;

    public TextEncoderLayer(Weights weights, TextEncoderConfig config, DType compute)
    {
        _config = config;
        _compute = compute;
        _headWidth = config.Width / config.Heads;
        Linear Load(Weights place, long inputs, long outputs) =>
            new(place, inputs, outputs, initialiser: Initialisers.Normal(config.InitializerRange), biasInitialiser: Initialisers.Zeros);
        var attention = weights / "attention";
        // MPNet's names are shorter; its layer is the same.
        var isShort = config.ModelType == TextEncoderConfig.Mpnet;
        var parts = attention / (isShort ? "attn" : "self");
        _query = Load(parts / (isShort ? "q" : "query"), config.Width, config.Width);
        _key = Load(parts / (isShort ? "k" : "key"), config.Width, config.Width);
        _value = Load(parts / (isShort ? "v" : "value"), config.Width, config.Width);
        _output = Load(isShort ? parts / "o" : attention / "output" / "dense", config.Width, config.Width);
        _attentionNorm = new LayerNorm((isShort ? attention : attention / "output") / "LayerNorm", config.Width, config.LayerNormEpsilon);
        _widen = Load(weights / "intermediate" / "dense", config.Width, config.FeedForwardWidth);
        _narrow = Load(weights / "output" / "dense", config.FeedForwardWidth, config.Width);
        _outputNorm = new LayerNorm(weights / "output" / "LayerNorm", config.Width, config.LayerNormEpsilon);
    }

    /// <param name="input">[batch, length, width], float32.</param>
    /// <param name="bias">Added to the scores, broadcast to [batch, heads, length, length]; or none.</param>
    /// <param name="training">Whether values are dropped.</param>
    public Tensor Forward(Tensor input, Tensor? bias, bool training) =>
        Checkpointing.Run((given, added) => Compute(given, added, training), input, bias);

    private Tensor Compute(Tensor input, Tensor? bias, bool training)
    {
        using var scope = TensorScope.Begin();
        var x = _attentionNorm.Forward(Drop(Attend(input.To(_compute), bias, training), training).Add(input));
        var wide = _widen.Forward(x.To(_compute)).Gelu();                                      // [batch, length, feed-forward width]
        return scope.Keep(_outputNorm.Forward(Drop(_narrow.Forward(wide).To(DType.Float32), training).Add(x)));
    }

    private Tensor Attend(Tensor input, Tensor? bias, bool training)
    {
        var queries = Heads(_query.Forward(input));
        var keys = Heads(_key.Forward(input));
        var values = Heads(_value.Forward(input));
        var scores = queries.Matmul(keys.Transpose(-2, -1)).To(DType.Float32).Div(Math.Sqrt(_headWidth)); // [batch, heads, length, length]
        if (bias is not null)
            scores = scores.Add(bias);
        var weights = scores.Softmax(-1).Dropout(_config.AttentionDropout, training).To(_compute);
        var mixed = weights.Matmul(values).Transpose(1, 2).Reshape(input.Size(0), input.Size(1), _config.Width);
        return _output.Forward(mixed).To(DType.Float32);
    }

    private Tensor Heads(Tensor sequence) =>
        sequence.View(sequence.Size(0), sequence.Size(1), _config.Heads, _headWidth).Transpose(1, 2); // [batch, heads, length, head width]

    private Tensor Drop(Tensor values, bool training) => values.Dropout(_config.HiddenDropout, training);
}
