using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Text;

/// <summary>
/// BERT (Devlin et al. 2019), RoBERTa (Liu et al. 2019) and MPNet (Song et al. 2020): a stack of Transformer layers, each
/// with its norms after the branches, over the sum of word, position and type embeddings. Inference is safe for concurrent use.
/// </summary>
public sealed class TextEncoder
{
    private readonly Tensor _words;
    private readonly Tensor _positions;
    private readonly Tensor? _types;
    private readonly LayerNorm _norm;
    private readonly TextEncoderLayer[] _layers;
    private readonly RelativePositions? _relative;
    private readonly Linear? _pooler;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="weights">Where its weights are, under the names of the Hugging Face library.</param>
    /// <param name="compute">The element type of matrix products: float32 or bfloat16.</param>
    /// <param name="hasPooler">Whether to load the layer behind the first token's vector.</param>
    public TextEncoder(TextEncoderConfig config, Weights weights, DType compute = DType.Float32, bool hasPooler = false)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        var initial = Initialisers.Normal(config.InitializerRange);
        var embeddings = weights / "embeddings";
        _words = (embeddings / "word_embeddings").Get("weight", [config.VocabularySize, config.Width], WithEmptyRow(initial, config.PaddingId));
        _positions = (embeddings / "position_embeddings").Get(
            "weight", [config.Positions, config.Width], config.CountsPositionsFromPadding ? WithEmptyRow(initial, config.PaddingId) : initial);
        _types = config.TokenTypes == 0 ? null : (embeddings / "token_type_embeddings").Get("weight", [config.TokenTypes, config.Width], initial);
        _norm = new LayerNorm(embeddings / "LayerNorm", config.Width, config.LayerNormEpsilon);
        _layers = new TextEncoderLayer[config.Layers];
        for (var i = 0; i < _layers.Length; i++)
            _layers[i] = new TextEncoderLayer(weights / "encoder" / "layer" / i, config, compute);
        if (config.ModelType == TextEncoderConfig.Mpnet)
            _relative = new RelativePositions(weights / "encoder" / "relative_attention_bias", config);
        if (hasPooler)
            _pooler = new Linear(weights / "pooler" / "dense", config.Width, config.Width, initialiser: initial, biasInitialiser: Initialisers.Zeros);
    }

    /// <summary>The numbers of the encoder.</summary>
    public TextEncoderConfig Config { get; }

    /// <summary>The size of each token's vector.</summary>
    public int Width => Config.Width;

    /// <summary>Whether <see cref="Pool"/> can be used.</summary>
    public bool HasPooler => _pooler is not null;

    /// <summary>Encodes tokens.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="mask">[batch, length], int64: 1 for a token, 0 for padding; without it every token counts.</param>
    /// <param name="tokenTypes">[batch, length], int64; without it all are 0.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <param name="depth">How many layers to run; all by default, 0 for the embeddings.</param>
    /// <param name="observe">Called with −1 and the embeddings, then with each layer's number and output: [batch, length, width].</param>
    /// <returns>[batch, length, width], float32; vectors of padding have no meaning.</returns>
    /// <exception cref="ArgumentException">The texts have more tokens than the encoder has positions, or <paramref name="depth"/> is not
    /// one of its layers.</exception>
    public Tensor Forward(
        Tensor ids, Tensor? mask = null, Tensor? tokenTypes = null, bool training = false, int? depth = null, Action<int, Tensor>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Size(1) > Config.MaximumLength)
            throw new ArgumentException(
                $"A text has {ids.Size(1)} tokens, but the encoder takes at most {Config.MaximumLength}; cut texts when they are tokenised.", nameof(ids));
        if (depth is { } chosen && (chosen < 0 || chosen > _layers.Length))
            throw new ArgumentException(
                $"There is no output of layer {chosen}; the encoder has the layers 1 to {_layers.Length}, and 0 for its embeddings.", nameof(depth));
        using var scope = TensorScope.Begin();
        var x = Embed(ids, tokenTypes).Dropout(Config.HiddenDropout, training);             // [batch, length, width]
        observe?.Invoke(-1, x);
        var bias = Bias(mask, ids.Size(1));
        for (var i = 0; i < (depth ?? _layers.Length); i++)
        {
            x = _layers[i].Forward(x, bias, training);
            observe?.Invoke(i, x);
        }
        return scope.Keep(x);
    }

    /// <summary>The first token's vector behind one more layer, which the pre-training of BERT used to judge pairs.</summary>
    /// <param name="hidden">[batch, length, width], from <see cref="Forward"/>.</param>
    /// <returns>[batch, width].</returns>
    /// <exception cref="InvalidOperationException">The encoder was loaded without that layer.</exception>
    public Tensor Pool(Tensor hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        if (_pooler is null)
            throw new InvalidOperationException("This encoder has no pooling layer; its file holds none, so pool the token vectors instead.");
        using var scope = TensorScope.Begin();
        return scope.Keep(_pooler.Forward(hidden.Select(1, 0)).Tanh());
    }

    /// <summary>The place of each token in the table of positions: [batch or 1, length].</summary>
    internal Tensor PositionIds(Tensor ids)
    {
        using var scope = TensorScope.Begin();
        if (!Config.CountsPositionsFromPadding)
            return scope.Keep(Tensor.Arange(0, ids.Size(1), 1, DType.Int64, ids.Device).Unsqueeze(0));
        var isToken = ids.Ne(Config.PaddingId).To(DType.Int64);
        return scope.Keep(isToken.Cumsum(1).Mul(isToken).Add(Config.PaddingId));
    }

    /// <summary>The class of the distance of each pair of tokens, for MPNet: the bias of its attention, [1, heads, length, length].</summary>
    internal Tensor? RelativeBias(long length) => _relative?.Forward(length);

    private Tensor Embed(Tensor ids, Tensor? tokenTypes)
    {
        var padding = Config.CountsPositionsFromPadding ? Config.PaddingId : -1;
        var x = _words.Embedding(ids, Config.PaddingId).Add(_positions.Embedding(PositionIds(ids), padding));
        if (_types is not null)
            x = x.Add(tokenTypes is null ? _types.Select(0, 0) : _types.Embedding(tokenTypes));
        return _norm.Forward(x);
    }

    /// <summary>What is added to attention scores: [batch or 1, heads or 1, length or 1, length].</summary>
    private Tensor? Bias(Tensor? mask, long length)
    {
        var bias = RelativeBias(length);
        if (mask is null)
            return bias;
        // The reference adds the most negative number instead of −∞, which leaves the same weights.
        var hidden = mask.To(DType.Float32).Neg().Add(1).Mul(-(double)float.MaxValue).Unsqueeze(1).Unsqueeze(1); // [batch, 1, 1, length]
        return bias is null ? hidden : bias.Add(hidden);
    }

    private static Initialiser WithEmptyRow(Initialiser initialiser, int row) => parameter =>
    {
        initialiser(parameter);
        parameter.Select(0, row).ZeroInPlace();
    };
}
