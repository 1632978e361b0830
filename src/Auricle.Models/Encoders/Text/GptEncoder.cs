using System.Numerics;
using Auricle.Models.Decoders;
using Auricle.Models.Decoders.Rows;
using Auricle.Torch;

namespace Auricle.Models.Encoders.Text;

/// <summary>
/// GPT-2 (Radford et al. 2019) without the layer that names the next token: each token's vector tells of the text up to it.
/// <see cref="GptDecoder"/> adds that layer. Inference is safe for concurrent use.
/// </summary>
public sealed class GptEncoder
{
    private readonly Tensor _positions;
    private readonly GptLayer[] _layers;
    private readonly RowNorm _norm;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="weights">Where its weights are, under the names of the Hugging Face library.</param>
    /// <param name="compute">The element type of matrix products: float32 or bfloat16.</param>
    public GptEncoder(GptConfig config, Weights weights, DType compute = DType.Float32)
        : this(config, weights, compute, generates: false)
    {
    }

    internal GptEncoder(GptConfig config, Weights weights, DType compute, bool generates)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        Words = (weights / "wte").Get("weight", [config.VocabularySize, config.Width], GptLayer.Initial);
        _positions = (weights / "wpe").Get("weight", [config.Positions, config.Width], GptLayer.Initial);
        _layers = new GptLayer[config.Layers];
        for (var i = 0; i < _layers.Length; i++)
            _layers[i] = new GptLayer(weights / "h" / i, config, compute, generates);
        _norm = RowNorm.Layer(weights / "ln_f", config.Width, config.LayerNormEpsilon);
        // The rows of a step are computed in whole vectors.
        HasRows = generates && RowLinear.CanPack(weights) && config.Width / config.Heads % Vector<float>.Count == 0;
    }

    /// <summary>The numbers of the encoder.</summary>
    public GptConfig Config { get; }

    /// <summary>The vectors of tokens: [vocabulary, width].</summary>
    internal Tensor Words { get; }

    internal bool HasRows { get; }

    /// <summary>Encodes tokens. What fills shorter texts on the right changes nothing to its left, so it needs no mask.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="observe">Called with each layer's number and output, then with the number of layers and the final norm's: [batch, length, width].</param>
    /// <returns>[batch, length, width], float32.</returns>
    /// <exception cref="ArgumentException">The texts have more tokens than the encoder has positions.</exception>
    public Tensor Forward(Tensor ids, Action<int, Tensor>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var scope = TensorScope.Begin();
        return scope.Keep(ForwardVectors(Words.Embedding(ids), observe));
    }

    /// <summary>As <see cref="Forward"/>, for vectors in place of tokens: [batch, length, width].</summary>
    internal Tensor ForwardVectors(Tensor vectors, Action<int, Tensor>? observe = null)
    {
        using var scope = TensorScope.Begin();
        var length = vectors.Size(1);
        CheckLength(length);
        var x = vectors.Add(_positions.Narrow(0, 0, length));                                  // [batch, length, width]
        var future = Tensor.Full([length, length], double.NegativeInfinity, DType.Float32, device: vectors.Device).Triu(1);
        for (var i = 0; i < _layers.Length; i++)
        {
            var layer = _layers[i];
            x = Checkpointing.Run((input, mask) => layer.Forward(input, (queries, keys, values) => AttendToPast(queries, keys, values, mask!)), x, future);
            observe?.Invoke(i, x);
        }
        x = _norm.Forward(x);
        observe?.Invoke(_layers.Length, x);
        return scope.Keep(x);
    }

    /// <summary>One step of generation through libtorch.</summary>
    /// <param name="x">[tokens, width].</param>
    /// <param name="own">The tokens' keys and values; has room for these.</param>
    /// <returns>[rows, width]: the vectors of each row's last token.</returns>
    internal Tensor Step(Tensor x, KeyValueCache own)
    {
        using var scope = TensorScope.Begin();
        var tokens = (int)x.Size(0);
        CheckLength(own.Position(tokens - 1) + 1);
        var places = Tensor.From<long>([.. Enumerable.Range(0, tokens).Select(token => (long)own.Position(token))], tokens).On(x.Device);
        x = x.Add(_positions.IndexSelect(0, places));
        for (var i = 0; i < _layers.Length; i++)
        {
            var layer = i;
            x = _layers[i].Forward(x, (queries, keys, values) =>
            {
                own.Write(layer, Tensor.Stack([keys, values], 1).To(DType.Float32));
                return own.Attend(queries.To(DType.Float32), layer, own.Fresh);
            });
        }
        return scope.Keep(_norm.Forward(x.View(own.Rows, own.Fresh, -1).Select(1, own.Fresh - 1)));
    }

    /// <summary>One step row by row.</summary>
    /// <param name="x">[tokens, width]; overwritten.</param>
    /// <param name="own">The tokens' keys and values; has room for these.</param>
    /// <returns>[rows, width]: the vectors of each row's last token.</returns>
    internal float[] Step(Span<float> x, KeyValueCache own)
    {
        var width = Config.Width;
        CheckLength(own.Position(x.Length / width - 1) + 1);
        var positions = _positions.Span<float>();
        for (var token = 0; token < x.Length / width; token++)
            RowMath.Add(x.Slice(token * width, width), positions.Slice(own.Position(token) * width, width));
        for (var i = 0; i < _layers.Length; i++)
            _layers[i].Step(x, own, i);
        var last = RowMath.Last(x, own.Fresh, width);
        var normed = new float[last.Length];
        _norm.Step(last, normed);
        return normed;
    }

    /// <returns>[batch, length, width].</returns>
    private static Tensor AttendToPast(Tensor queries, Tensor keys, Tensor values, Tensor future)
    {
        var (batch, length, headWidth) = (queries.Size(0), queries.Size(1), queries.Size(3));
        var scores = queries.Transpose(1, 2).Matmul(keys.Permute(0, 2, 3, 1)).To(DType.Float32).Div(Math.Sqrt(headWidth)); // [batch, heads, length, length]
        var mixed = scores.Add(future).Softmax(-1).To(values.DType).Matmul(values.Transpose(1, 2)); // [batch, heads, length, head width]
        return mixed.Transpose(1, 2).Reshape(batch, length, -1);
    }

    private void CheckLength(long length)
    {
        if (length > Config.Positions)
            throw new ArgumentException($"A text has {length} tokens, but the encoder takes at most {Config.Positions}; cut texts when they are tokenised.");
    }
}

/// <summary>Norm → self-attention → add → norm → widen → GELU by its tanh formula → narrow → add.</summary>
internal sealed class GptLayer
{
    private readonly RowLinear _mix, _output, _widen, _narrow;
    private readonly RowNorm _attentionNorm, _hiddenNorm;
    private readonly DType _compute;
    private readonly int _heads, _headWidth;

    public GptLayer(Weights weights, GptConfig config, DType compute, bool generates)
    {
        _compute = compute;
        _heads = config.Heads;
        _headWidth = config.Width / config.Heads;
        RowLinear Load(Weights place, long inputs, long outputs) => RowLinear.Load(
            place, inputs, outputs, generates ? compute : null, initialiser: Initial, biasInitialiser: Initialisers.Zeros, inputsFirst: true);
        _attentionNorm = RowNorm.Layer(weights / "ln_1", config.Width, config.LayerNormEpsilon);
        _mix = Load(weights / "attn" / "c_attn", config.Width, 3 * config.Width);
        _output = Load(weights / "attn" / "c_proj", config.Width, config.Width);
        _hiddenNorm = RowNorm.Layer(weights / "ln_2", config.Width, config.LayerNormEpsilon);
        _widen = Load(weights / "mlp" / "c_fc", config.Width, 4 * config.Width);
        _narrow = Load(weights / "mlp" / "c_proj", 4 * config.Width, config.Width);
    }

    /// <summary>Fills a new matrix.</summary>
    public static Initialiser Initial { get; } = Initialisers.Normal(0.02);

    /// <param name="input">[…, width], float32.</param>
    /// <param name="attend">From queries, keys and values, each […, heads, head width], to what is found: […, width].</param>
    /// <returns>The same shape as the input.</returns>
    public Tensor Forward(Tensor input, Func<Tensor, Tensor, Tensor, Tensor> attend)
    {
        using var scope = TensorScope.Begin();
        long[] heads = [.. input.Shape[..^1], 3, _heads, _headWidth];
        var parts = _mix.Forward(_attentionNorm.Forward(input).To(_compute)).View(heads).Unbind(heads.Length - 3);
        var x = input.Add(_output.Forward(attend(parts[0], parts[1], parts[2]).To(_compute)).To(DType.Float32));
        var wide = _widen.Forward(_hiddenNorm.Forward(x).To(_compute)).Gelu("tanh");           // […, 4 width]
        return scope.Keep(x.Add(_narrow.Forward(wide).To(DType.Float32)));
    }

    /// <param name="x">[tokens, width]; holds the result.</param>
    /// <param name="own">The tokens' keys and values.</param>
    /// <param name="layer">This layer's number.</param>
    public void Step(Span<float> x, KeyValueCache own, int layer)
    {
        var branch = new float[x.Length];
        var packed = new float[3 * x.Length];
        _attentionNorm.Step(x, branch);
        _mix.Step(branch, packed);
        RowAttention.Keep(packed, own, layer);
        RowAttention.Attend(packed, _mix.Outputs, own, layer, own.Fresh, _heads, branch);
        _output.Step(branch, packed.AsSpan(0, x.Length));
        RowMath.Add(x, packed.AsSpan(0, x.Length));

        var wide = new float[4 * x.Length];
        _hiddenNorm.Step(x, branch);
        _widen.Step(branch, wide);
        RowMath.GeluTanh(wide);
        _narrow.Step(wide, branch);
        RowMath.Add(x, branch);
    }
}

/// <summary>The numbers of a <see cref="GptEncoder"/>; defaults are those of GPT-2's smallest size, 124 million parameters.</summary>
public sealed record GptConfig
{
    /// <summary>Tokens in the vocabulary.</summary>
    public int VocabularySize { get; init; } = 50257;
    /// <summary>The size of each token's vector.</summary>
    public int Width { get; init; } = 768;
    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 12;
    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;
    /// <summary>Rows of the table of positions.</summary>
    public int Positions { get; init; } = 1024;
    /// <summary>What layer norms add to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;
}
