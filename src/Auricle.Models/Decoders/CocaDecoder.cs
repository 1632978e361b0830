using System.Numerics;
using Auricle.Models.Decoders.Rows;
using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>The numbers of a <see cref="CocaDecoder"/>. Defaults are those of Cacophony, whose text side has the size of RoBERTa base.</summary>
public sealed record CocaConfig
{
    /// <summary>Tokens in the vocabulary.</summary>
    public int VocabularySize { get; init; } = 50265;

    /// <summary>The width of the model.</summary>
    public int Width { get; init; } = 768;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Layers that know only the text.</summary>
    public int TextLayers { get; init; } = 12;

    /// <summary>Layers upon them that attend to the sound as well.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>The width between the two matrices of a feed-forward layer.</summary>
    public int FeedForwardWidth { get; init; } = 3072;

    /// <summary>The most tokens of a text.</summary>
    public int Positions { get; init; } = 514;

    /// <summary>Rows of the table of token types, of which the first is used.</summary>
    public int TokenTypes { get; init; } = 1;

    /// <summary>Dropout in training.</summary>
    public double Dropout { get; init; } = 0.1;

    internal TransformerDecoderConfig Layer => new()
    {
        VocabularySize = VocabularySize, Width = Width, Heads = Heads, FeedForwardWidth = FeedForwardWidth, Dropout = Dropout,
    };
}

/// <summary>
/// A contrastive captioner's text side (Yu et al. 2022): a causal text encoder, whose vectors stand for a text, and upon it a decoder that attends to a
/// sound and names the next token. Its steps keep the keys and values of both. Inference is safe for concurrent use.
/// </summary>
public sealed class CocaDecoder : IStepNetwork
{
    private readonly Tensor _words, _positions, _types;
    private readonly RowNorm _norm;
    private readonly DecoderLayer[] _textLayers, _layers;
    private readonly RowLinear _classifier;
    private readonly bool _hasRows;

    /// <summary>Loads or initialises the decoder.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="text">Where the text encoder's weights are.</param>
    /// <param name="decoder">Where the decoder's are.</param>
    /// <param name="storage">The element type in which steps of generation read the matrices: float32 or bfloat16.</param>
    public CocaDecoder(CocaConfig config, Weights text, Weights decoder, DType storage = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        var embeddings = text / "embeddings";
        var initial = Initialisers.Normal(0.02);
        _words = (embeddings / "word_embeddings").Get("weight", [config.VocabularySize, config.Width], initial);
        _positions = (embeddings / "position_embeddings").Get("weight", [config.Positions, config.Width], initial);
        _types = (embeddings / "token_type_embeddings").Get("weight", [config.TokenTypes, config.Width], initial);
        _norm = RowNorm.Layer(embeddings / "LayerNorm", config.Width);
        DecoderLayer[] Load(Weights place, int count, bool hasMemory) =>
            [.. Enumerable.Range(0, count).Select(i => new DecoderLayer(place / "encoder" / "layers" / i, config.Layer, storage, hasMemory))];
        _textLayers = Load(text, config.TextLayers, hasMemory: false);
        _layers = Load(decoder, config.Layers, hasMemory: true);
        _classifier = RowLinear.Load(decoder / "decoder_proj", config.Width, config.VocabularySize, storage);
        // The rows of a step are computed in whole vectors.
        _hasRows = RowLinear.CanPack(text) && config.Layer.HeadWidth % Vector<float>.Count == 0 && config.FeedForwardWidth % Vector<float>.Count == 0;
    }

    /// <summary>The numbers of the decoder.</summary>
    public CocaConfig Config { get; }

    int IStepNetwork.VocabularySize => Config.VocabularySize;

    bool IStepNetwork.HasRows => _hasRows;

    /// <summary>Encodes texts. A token's vector depends on those before it alone, so that padding behind a text changes nothing.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="mask">[batch, length], int64: 1 for a token, 0 for padding; without it every token counts.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <param name="observe">Called with −1 and the embeddings, then with each layer's number and output: [batch, length, width].</param>
    /// <returns>[batch, length, width], float32; vectors of padding have no meaning.</returns>
    /// <exception cref="ArgumentException">The texts have more tokens than the encoder has positions.</exception>
    public Tensor EncodeText(Tensor ids, Tensor? mask = null, bool training = false, Action<int, Tensor>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        CheckLength(ids.Size(1));
        using var scope = TensorScope.Begin();
        var x = _words.Embedding(ids).Add(_positions.Narrow(0, 0, ids.Size(1))).Add(_types.Select(0, 0));
        x = _norm.Forward(x).Dropout(Config.Dropout, training);
        observe?.Invoke(-1, x);
        var past = Past(mask, ids.Size(1), ids.Device);
        for (var i = 0; i < _textLayers.Length; i++)
        {
            x = _textLayers[i].Forward(x, past, null, null, training);
            observe?.Invoke(i, x);
        }
        return scope.Keep(x);
    }

    /// <summary>The logits of whole sequences.</summary>
    /// <param name="text">[batch, length, width], from <see cref="EncodeText"/>.</param>
    /// <param name="mask">As there.</param>
    /// <param name="memory">[batch, patches, width]: what is heard.</param>
    /// <param name="memoryPadding">[batch, patches], true where a patch is to be ignored; or none.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <param name="observe">Called with each layer's number and output [batch, length, width].</param>
    /// <returns>[batch, length, tokens]: what follows each token.</returns>
    public Tensor Forward(
        Tensor text, Tensor? mask, Tensor memory, Tensor? memoryPadding = null, bool training = false, Action<int, Tensor>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var scope = TensorScope.Begin();
        var past = Past(mask, text.Size(1), text.Device);
        var heard = memoryPadding is null ? null : TransformerDecoder.Additive(memoryPadding);
        var x = text;
        for (var i = 0; i < _layers.Length; i++)
        {
            x = _layers[i].Forward(x, past, memory, heard, training);
            observe?.Invoke(i, x);
        }
        return scope.Keep(_classifier.Forward(x));
    }

    /// <summary>Prepares generation: the keys and values of the memory are computed once.</summary>
    /// <param name="memory">[clips, patches, width].</param>
    /// <param name="memoryPadding">[clips, patches], true where a patch is to be ignored; or none.</param>
    public IStepModel Begin(Tensor memory, Tensor? memoryPadding = null)
    {
        ArgumentNullException.ThrowIfNull(memory);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var remembered = new KeyValueCache(_layers.Length, Config.Width, memory, memoryPadding);
        for (var i = 0; i < _layers.Length; i++)
            remembered.Write(i, _layers[i].Cross!.Remember(memory));
        return new DecoderSession(
            this, new KeyValueCache(_textLayers.Length + _layers.Length, Config.Width, (int)memory.Size(0), memory.Device), remembered);
    }

    Tensor IStepNetwork.Embed(Tensor ids) => _words.Embedding(ids);

    Tensor IStepNetwork.Step(Tensor x, KeyValueCache own, KeyValueCache? memory)
    {
        using var scope = TensorScope.Begin();
        var tokens = (int)x.Size(0);
        CheckLength(own.Position(tokens - 1) + 1);
        var places = Tensor.From<long>([.. Enumerable.Range(0, tokens).Select(token => (long)own.Position(token))], tokens).On(x.Device);
        x = _norm.Forward(x.Add(_positions.IndexSelect(0, places)).Add(_types.Select(0, 0)));
        for (var i = 0; i < _textLayers.Length + _layers.Length; i++)
        {
            var (layer, place, heard) = (Layer(i), i, i - _textLayers.Length);
            x = layer.Forward(
                x, input => layer.Self.Step(input, own, place, own.Fresh), input => layer.Cross!.Step(input, memory!, heard, own.Fresh), training: false);
        }
        return scope.Keep(_classifier.Forward(x.View(own.Rows, own.Fresh, -1).Select(1, own.Fresh - 1)));
    }

    void IStepNetwork.Step(Span<float> x, KeyValueCache own, KeyValueCache? memory, Span<float> logits)
    {
        var width = Config.Width;
        CheckLength(own.Position(x.Length / width - 1) + 1);
        var positions = _positions.Span<float>();
        for (var token = 0; token < x.Length / width; token++)
        {
            RowMath.Add(x.Slice(token * width, width), positions.Slice(own.Position(token) * width, width));
            RowMath.Add(x.Slice(token * width, width), _types.Span<float>()[..width]);
        }
        _norm.Step(x, x);
        for (var i = 0; i < _textLayers.Length + _layers.Length; i++)
            Layer(i).Step(x, own, i, memory, i - _textLayers.Length);
        _classifier.Step(RowMath.Last(x, own.Fresh, width), logits);
    }

    private DecoderLayer Layer(int index) => index < _textLayers.Length ? _textLayers[index] : _layers[index - _textLayers.Length];

    /// <summary>What is added to scores: minus infinity for what follows a token, and for padding.</summary>
    private static Tensor Past(Tensor? mask, long length, Device device)
    {
        var past = Tensor.Full([length, length], double.NegativeInfinity, DType.Float32, device).Triu(1);
        return mask is null ? past : past.Add(TransformerDecoder.Additive(mask.Eq(0)));                         // [batch, 1, length, length]
    }

    private void CheckLength(long length)
    {
        if (length > Config.Positions)
            throw new ArgumentException($"A text has {length} tokens, but the decoder takes at most {Config.Positions}; cut texts, or write shorter ones.");
    }
}
