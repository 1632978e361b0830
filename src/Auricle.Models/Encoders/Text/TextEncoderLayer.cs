using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Text;

/// <summary>Self-attention → add → norm → widen → GELU → narrow → add → norm.</summary>
internal sealed class TextEncoderLayer
{
    private readonly TextEncoderConfig config;
    private readonly DType compute;
    private readonly Linear query, key, value, output, widen, narrow;
    private readonly LayerNorm attentionNorm, outputNorm;
    private readonly long headWidth;

    public TextEncoderLayer(Weights weights, TextEncoderConfig config, DType compute)
    {
        this.config = config;
        this.compute = compute;
        headWidth = config.Width / config.Heads;
        Linear Load(Weights place, long inputs, long outputs) =>
            new(place, inputs, outputs, initialiser: Initialisers.Normal(config.InitializerRange), biasInitialiser: Initialisers.Zeros);
        var attention = weights / "attention";
        // MPNet's names are shorter; its layer is the same.
        var isShort = config.ModelType == TextEncoderConfig.Mpnet;
        var parts = attention / (isShort ? "attn" : "self");
        query = Load(parts / (isShort ? "q" : "query"), config.Width, config.Width);
        key = Load(parts / (isShort ? "k" : "key"), config.Width, config.Width);
        value = Load(parts / (isShort ? "v" : "value"), config.Width, config.Width);
        output = Load(isShort ? parts / "o" : attention / "output" / "dense", config.Width, config.Width);
        attentionNorm = new LayerNorm((isShort ? attention : attention / "output") / "LayerNorm", config.Width, config.LayerNormEpsilon);
        widen = Load(weights / "intermediate" / "dense", config.Width, config.FeedForwardWidth);
        narrow = Load(weights / "output" / "dense", config.FeedForwardWidth, config.Width);
        outputNorm = new LayerNorm(weights / "output" / "LayerNorm", config.Width, config.LayerNormEpsilon);
    }

    /// <param name="input">[batch, length, width], float32.</param>
    /// <param name="bias">Added to the scores, broadcast to [batch, heads, length, length]; or none.</param>
    /// <param name="training">Whether values are dropped.</param>
    public Tensor Forward(Tensor input, Tensor? bias, bool training)
    {
        using var scope = TensorScope.Begin();
        var x = attentionNorm.Forward(Drop(Attend(input.To(compute), bias, training), training).Add(input));
        var wide = widen.Forward(x.To(compute)).Gelu();                                      // [batch, length, feed-forward width]
        return scope.Keep(outputNorm.Forward(Drop(narrow.Forward(wide).To(DType.Float32), training).Add(x)));
    }

    private Tensor Attend(Tensor input, Tensor? bias, bool training)
    {
        var queries = Heads(query.Forward(input));
        var keys = Heads(key.Forward(input));
        var values = Heads(value.Forward(input));
        var scores = queries.Matmul(keys.Transpose(-2, -1)).To(DType.Float32).Div(Math.Sqrt(headWidth)); // [batch, heads, length, length]
        if (bias is not null)
            scores = scores.Add(bias);
        var weights = scores.Softmax(-1).Dropout(config.AttentionDropout, training).To(compute);
        var mixed = weights.Matmul(values).Transpose(1, 2).Reshape(input.Size(0), input.Size(1), config.Width);
        return output.Forward(mixed).To(DType.Float32);
    }

    private Tensor Heads(Tensor sequence) =>
        sequence.View(sequence.Size(0), sequence.Size(1), config.Heads, headWidth).Transpose(1, 2); // [batch, heads, length, head width]

    private Tensor Drop(Tensor values, bool training) => values.Dropout(config.HiddenDropout, training);
}
