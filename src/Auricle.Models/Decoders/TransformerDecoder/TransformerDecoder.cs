using System.Numerics;
using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>
/// A post-norm Transformer decoder with sinusoidal positions and an untied classifier. It computes whole sequences for
/// training, and single steps with kept keys and values for generation; both give the same logits up to rounding.
/// </summary>
public sealed class TransformerDecoder
{
    private const int PositionCount = 5000;

    private readonly DecoderLayer[] _layers;
    private readonly Tensor _embeddings, _positions;
    private readonly RowLinear _classifier;
    private readonly double _embeddingScale;
    private readonly bool _hasRows;

    /// <summary>Loads the decoder.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="weights">Where its weights are.</param>
    /// <param name="storage">The element type in which steps of generation read the matrices: float32 or bfloat16.</param>
    public TransformerDecoder(TransformerDecoderConfig config, Weights weights, DType storage = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _embeddingScale = Math.Sqrt(config.Width);
        _embeddings = (weights / "emb_layer").Get("weight", [config.VocabularySize, config.Width], InitialiseEmbeddings);
        _layers = new DecoderLayer[config.Layers];
        for (var i = 0; i < _layers.Length; i++)
            _layers[i] = new DecoderLayer(weights / "layers" / i, config, storage);
        var classifierWeight = (weights / "classifier").Get("weight", [config.VocabularySize, config.Width], Initialisers.FanIn(config.Width));
        var classifierBias = (weights / "classifier").Get("bias", [config.VocabularySize], Initialisers.FanIn(config.Width));
        _classifier = new RowLinear(weights, classifierWeight, classifierBias, storage);
        // The rows of a step are computed in whole vectors.
        _hasRows = RowLinear.CanPack(weights, _embeddings.Device) && config.HeadWidth % Vector<float>.Count == 0;
        _positions = PositionTable(config.Width, _embeddings.Device).Own();
        weights.OnRelease(_positions.Dispose);
    }

    /// <summary>The numbers of the decoder.</summary>
    public TransformerDecoderConfig Config { get; }

    /// <summary>The raw embeddings of tokens, before scale and positions.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <returns>[batch, length, width].</returns>
    public Tensor Embed(Tensor ids) => _embeddings.Embedding(ids, paddingIdx: 0);

    /// <summary>The logits of whole sequences.</summary>
    /// <param name="embedded">[batch, length, width], from <see cref="Embed"/>, possibly mixed.</param>
    /// <param name="textPadding">[batch, length], true where a token is to be ignored; or none.</param>
    /// <param name="memory">[batch, frames, width].</param>
    /// <param name="memoryPadding">[batch, frames], true where a frame is to be ignored; or none.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <param name="observe">Called with each layer's number and output [batch, length, width].</param>
    /// <returns>[batch, length, tokens].</returns>
    public Tensor Forward(Tensor embedded, Tensor? textPadding, Tensor memory, Tensor? memoryPadding, bool training, Action<int, Tensor>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(embedded);
        using var scope = TensorScope.Begin();
        var length = embedded.Size(1);
        var x = embedded.Mul(_embeddingScale).Add(_positions.Narrow(0, 0, length)).Dropout(Config.Dropout, training);
        var selfMask = Tensor.Full([length, length], double.NegativeInfinity, DType.Float32, embedded.Device).Triu(1); // [length, length]
        if (textPadding is not null)
            selfMask = selfMask.Add(Additive(textPadding));                              // [batch, 1, length, length]
        var memoryMask = memoryPadding is null ? null : Additive(memoryPadding);
        for (var i = 0; i < _layers.Length; i++)
        {
            x = _layers[i].Forward(x, memory, selfMask, memoryMask, training);
            observe?.Invoke(i, x);
        }
        return scope.Keep(_classifier.Forward(x));
    }

    /// <summary>Prepares generation: the keys and values of the memory are computed once.</summary>
    /// <param name="memory">[clips, frames, width].</param>
    /// <param name="memoryPadding">[clips, frames], true where a frame is to be ignored; or none.</param>
    /// <param name="maximumLength">The most tokens that will be fed.</param>
    public IStepModel Begin(Tensor memory, Tensor? memoryPadding, int maximumLength)
    {
        ArgumentNullException.ThrowIfNull(memory);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        if (_hasRows)
            return new RowSession(this, _layers, memory, memoryPadding is null ? null : Additive(memoryPadding));
        var remembered = Array.ConvertAll(_layers, layer => layer.Cross.Remember(memory));
        var mask = memoryPadding is null ? null : Additive(memoryPadding).Squeeze(1).Contiguous();
        return new DecoderSession(this, Tensor.Stack(remembered).Own(), mask?.Own(), maximumLength);
    }

    /// <summary>Feeds one token to each row of a session.</summary>
    /// <returns>[rows, tokens].</returns>
    internal Tensor Step(ReadOnlySpan<long> tokens, DecoderSession session)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var x = Embed(Tensor.From(tokens, tokens.Length).On(_embeddings.Device));         // [rows, width]
        x.MulInPlace(_embeddingScale);
        x.AddInPlace(_positions.Select(0, session.Length));
        for (var i = 0; i < _layers.Length; i++)
            x = _layers[i].Step(x, session.CacheOf(i), session.Length, session.MemoryOf(i), session.MemoryMask);
        return scope.Keep(_classifier.Step(x));
    }

    /// <summary>Scaled embeddings with their position, for <see cref="RowSession"/>.</summary>
    /// <param name="tokens">A token for each row.</param>
    /// <param name="position">Their place.</param>
    /// <param name="rows">[rows, width]; holds the result.</param>
    internal void EmbedRows(ReadOnlySpan<long> tokens, int position, Span<float> rows)
    {
        var table = _embeddings.Span<float>();
        var place = _positions.Span<float>().Slice(position * Config.Width, Config.Width);
        for (var row = 0; row < tokens.Length; row++)
        {
            var embedding = table.Slice((int)tokens[row] * Config.Width, Config.Width);
            for (var i = 0; i < Config.Width; i++)
                rows[row * Config.Width + i] = embedding[i] * (float)_embeddingScale + place[i];
        }
    }

    /// <summary>The logits of rows, for <see cref="RowSession"/>.</summary>
    internal void Classify(ReadOnlySpan<float> rows, Span<float> logits) => _classifier.Step(rows, logits);

    /// <summary>The sinusoidal position table: sine in even columns, cosine in odd ones.</summary>
    internal static Tensor PositionTable(int width, Device device)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        // In float32 and with libtorch's own functions, as the reference computes it: a rate off by one unit in the last place
        // would turn the last positions by 3e-4.
        var rates = Tensor.Arange(0, width, 2, DType.Float32).Mul(-Math.Log(10000) / width).Exp();
        var angles = Tensor.Arange(0, PositionCount, 1, DType.Float32).Unsqueeze(1).Mul(rates); // [positions, width / 2]
        var table = Tensor.Stack([angles.Sin(), angles.Cos()], -1).Reshape(PositionCount, width);
        return scope.Keep(table.On(device));
    }

    private static Tensor Additive(Tensor padding) =>
        Tensor.Zeros([padding.Size(0), 1, 1, padding.Size(1)], DType.Float32, padding.Device)
            .MaskedFill(padding.Unsqueeze(1).Unsqueeze(1), double.NegativeInfinity);     // [batch, 1, 1, keys]

    private static void InitialiseEmbeddings(Tensor parameter)
    {
        parameter.NormalInPlace(0, 1);
        parameter.Select(0, 0).ZeroInPlace();
    }
}
