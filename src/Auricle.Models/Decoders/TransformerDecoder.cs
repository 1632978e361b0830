using System.Numerics;
using Auricle.Models.Decoders.Rows;
using Auricle.Models.Decoding;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Decoders;

/// <summary>
/// A post-norm Transformer decoder (Vaswani et al. 2017, figure 1) with sinusoidal positions and an untied classifier. It computes
/// whole sequences for training, and single steps with kept keys and values for generation; both give the same logits up to rounding.
/// </summary>
public sealed class TransformerDecoder : IStepNetwork
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
            _layers[i] = new DecoderLayer(weights / "layers" / i, config, storage, hasMemory: true);
        _classifier = RowLinear.Load(weights / "classifier", config.Width, config.VocabularySize, storage);
        // The rows of a step are computed in whole vectors.
        _hasRows = RowLinear.CanPack(weights) && config.HeadWidth % Vector<float>.Count == 0 && config.FeedForwardWidth % Vector<float>.Count == 0;
        _positions = PositionTable(config.Width, _embeddings.Device).Own();
        weights.OnRelease(_positions.Dispose);
    }

    /// <summary>The numbers of the decoder.</summary>
    public TransformerDecoderConfig Config { get; }

    int IStepNetwork.VocabularySize => Config.VocabularySize;

    bool IStepNetwork.HasRows => _hasRows;

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
    /// <param name="attend">Called with each layer's number and the weights of its attention to the memory, [batch, heads, length, frames].</param>
    /// <returns>[batch, length, tokens].</returns>
    public Tensor Forward(
        Tensor embedded, Tensor? textPadding, Tensor memory, Tensor? memoryPadding, bool training, Action<int, Tensor>? observe = null,
        Action<int, Tensor>? attend = null)
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
            var (layer, place) = (_layers[i], i);
            Action<Tensor>? show = attend is null ? null : weights => attend(place, weights);
            x = layer.Forward(x, selfMask, memory, memoryMask, training, show);
            observe?.Invoke(i, x);
        }
        return scope.Keep(_classifier.Forward(x));
    }

    /// <summary>Prepares generation: the keys and values of the memory are computed once.</summary>
    /// <param name="memory">[clips, frames, width].</param>
    /// <param name="memoryPadding">[clips, frames], true where a frame is to be ignored; or none.</param>
    public IStepModel Begin(Tensor memory, Tensor? memoryPadding)
    {
        ArgumentNullException.ThrowIfNull(memory);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var remembered = new KeyValueCache(_layers.Length, Config.Width, memory, memoryPadding);
        for (var i = 0; i < _layers.Length; i++)
            remembered.Write(i, _layers[i].Cross!.Remember(memory));
        return new DecoderSession(this, new KeyValueCache(_layers.Length, Config.Width, (int)memory.Size(0), memory.Device), remembered);
    }

    Tensor IStepNetwork.Step(Tensor x, KeyValueCache own, KeyValueCache? memory)
    {
        using var scope = TensorScope.Begin();
        var tokens = own.Rows * own.Fresh;
        var places = Tensor.From<long>([.. Enumerable.Range(0, tokens).Select(token => (long)own.Position(token))], tokens).On(x.Device);
        x = x.Mul(_embeddingScale).Add(_positions.IndexSelect(0, places));
        for (var i = 0; i < _layers.Length; i++)
        {
            var (layer, place) = (_layers[i], i);
            x = layer.Forward(
                x, input => layer.Self.Step(input, own, place, own.Fresh), input => layer.Cross!.Step(input, memory!, place, own.Fresh), training: false);
        }
        return scope.Keep(_classifier.Forward(x.View(own.Rows, own.Fresh, -1).Select(1, own.Fresh - 1)));
    }

    void IStepNetwork.Step(Span<float> x, KeyValueCache own, KeyValueCache? memory, Span<float> logits)
    {
        var positions = _positions.Span<float>();
        for (var token = 0; token < x.Length / Config.Width; token++)
        {
            var row = x.Slice(token * Config.Width, Config.Width);
            var place = positions.Slice(own.Position(token) * Config.Width, Config.Width);
            for (var i = 0; i < row.Length; i++)
                row[i] = row[i] * (float)_embeddingScale + place[i];
        }
        for (var i = 0; i < _layers.Length; i++)
            _layers[i].Step(x, own, i, memory, i);
        _classifier.Step(RowMath.Last(x, own.Fresh, Config.Width), logits);
    }

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

    internal static Tensor Additive(Tensor padding) =>
        Tensor.Zeros([padding.Size(0), 1, 1, padding.Size(1)], DType.Float32, padding.Device)
            .MaskedFill(padding.Unsqueeze(1).Unsqueeze(1), double.NegativeInfinity);     // [batch, 1, 1, keys]

    private static void InitialiseEmbeddings(Tensor parameter)
    {
        parameter.NormalInPlace(0, 1);
        parameter.Select(0, 0).ZeroInPlace();
    }
}

/// <summary>Self-attention, cross-attention where there is a memory, and feed-forward, each followed by a norm of the sum.</summary>
internal sealed class DecoderLayer
{
    private readonly TransformerDecoderConfig _config;
    private readonly RowLinear _widen, _narrow;
    private readonly RowNorm _selfNorm, _feedForwardNorm;
    private readonly RowNorm? _crossNorm;

    public DecoderLayer(Weights weights, TransformerDecoderConfig config, DType storage, bool hasMemory)
    {
        _config = config;
        Self = new Attention(weights / "self_attn", config, isSelf: true, storage);
        Cross = hasMemory ? new Attention(weights / "multihead_attn", config, isSelf: false, storage) : null;
        _widen = RowLinear.Load(weights / "linear1", config.Width, config.FeedForwardWidth, storage);
        _narrow = RowLinear.Load(weights / "linear2", config.FeedForwardWidth, config.Width, storage);
        _selfNorm = RowNorm.Layer(weights / "norm1", config.Width);
        _crossNorm = hasMemory ? RowNorm.Layer(weights / "norm2", config.Width) : null;
        _feedForwardNorm = RowNorm.Layer(weights / "norm3", config.Width);
    }

    public Attention Self { get; }

    public Attention? Cross { get; }

    /// <summary>Whole sequences, for training.</summary>
    /// <param name="input">[batch, length, width].</param>
    /// <param name="selfMask">Added to the scores of self-attention, broadcast to [batch, heads, length, length].</param>
    /// <param name="memory">[batch, keys, width]; not used by a layer without.</param>
    /// <param name="memoryMask">Added to the scores of cross-attention, broadcast to [batch, heads, length, keys]; or none.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <param name="observe">Called with the weights of cross-attention, [batch, heads, length, keys].</param>
    public Tensor Forward(Tensor input, Tensor selfMask, Tensor? memory, Tensor? memoryMask, bool training, Action<Tensor>? observe = null)
    {
        Tensor Compute(Tensor x, Tensor own, Tensor? heard, Tensor? hidden) => Forward(
            x, text => Self.Forward(text, text, own, training), text => Cross!.Forward(text, heard!, hidden, training, observe), training);
        // What is observed has to outlive the block.
        return observe is null
            ? Checkpointing.Run(given => Compute(given[0]!, given[1]!, given[2], given[3]), [input, selfMask, memory, memoryMask])
            : Compute(input, selfMask, memory, memoryMask);
    }

    /// <param name="input">[batch, length, width], or [tokens, width] in a step.</param>
    /// <param name="attendToText">Self-attention of such an input.</param>
    /// <param name="attendToMemory">Cross-attention of such an input; not called by a layer without.</param>
    /// <param name="training">Whether values are dropped.</param>
    public Tensor Forward(Tensor input, Func<Tensor, Tensor> attendToText, Func<Tensor, Tensor> attendToMemory, bool training)
    {
        var x = _selfNorm.Forward(input.Add(Drop(attendToText(input), training)));
        if (_crossNorm is not null)
            x = _crossNorm.Forward(x.Add(Drop(attendToMemory(x), training)));
        var wide = _widen.Forward(x);
        wide = Drop(_config.UsesGelu ? wide.Gelu() : wide.Relu(), training);
        return _feedForwardNorm.Forward(x.Add(Drop(_narrow.Forward(wide), training)));
    }

    /// <param name="x">[tokens, width]; holds the result.</param>
    /// <param name="own">The tokens' own keys and values.</param>
    /// <param name="layer">This layer's number among them.</param>
    /// <param name="memory">Those of the memory; not used by a layer without.</param>
    /// <param name="memoryLayer">This layer's number among those.</param>
    public void Step(Span<float> x, KeyValueCache own, int layer, KeyValueCache? memory, int memoryLayer)
    {
        var tokens = x.Length / _config.Width;
        var branch = new float[x.Length];
        var packed = new float[3 * x.Length];
        Self.Step(x, own, layer, own.Fresh, packed, branch);
        RowMath.Add(x, branch);
        _selfNorm.Step(x, x);

        if (Cross is not null)
        {
            Cross.Step(x, memory!, memoryLayer, own.Fresh, packed.AsSpan(0, x.Length), branch);
            RowMath.Add(x, branch);
            _crossNorm!.Step(x, x);
        }

        var wide = new float[tokens * _config.FeedForwardWidth];
        _widen.Step(x, wide);
        if (_config.UsesGelu)
            RowMath.Gelu(wide);
        else
            RowMath.Relu(wide);
        _narrow.Step(wide, branch);
        RowMath.Add(x, branch);
        _feedForwardNorm.Step(x, x);
    }

    private Tensor Drop(Tensor values, bool training) => values.Dropout(_config.Dropout, training);
}

/// <summary>Multi-head attention with the packed weights of PyTorch: query, key and value rows of one matrix.</summary>
internal sealed class Attention
{
    private readonly int _width, _heads;
    private readonly double _dropout, _scale;
    private readonly bool _isSelf;
    private readonly Tensor _packedWeight, _packedBias;
    private readonly RowLinear _packed, _output;

    public Attention(Weights weights, TransformerDecoderConfig config, bool isSelf, DType storage)
    {
        _width = config.Width;
        _heads = config.Heads;
        _dropout = config.Dropout;
        _scale = 1 / Math.Sqrt(config.HeadWidth);
        _isSelf = isSelf;
        _packedWeight = weights.Get("in_proj_weight", [3 * _width, _width], Initialisers.XavierUniform);
        _packedBias = weights.Get("in_proj_bias", [3 * _width], Initialisers.Zeros);
        // A step of cross-attention needs new queries alone.
        _packed = new RowLinear(weights, _packedWeight, _packedBias, storage, used: isSelf ? null : _width);
        _output = RowLinear.Load(weights / "out_proj", _width, _width, storage, biasInitialiser: Initialisers.Zeros);
    }

    /// <summary>The attention of whole sequences, for teacher forcing.</summary>
    /// <param name="input">[batch, length, width], where queries come from.</param>
    /// <param name="memory">[batch, keys, width], where keys and values come from.</param>
    /// <param name="mask">Added to the scores: 0 or −∞, broadcast to [batch, heads, length, keys]; or none.</param>
    /// <param name="training">Whether attention weights are dropped.</param>
    /// <param name="observe">Called with the weights before any is dropped, [batch, heads, length, keys].</param>
    public Tensor Forward(Tensor input, Tensor memory, Tensor? mask, bool training, Action<Tensor>? observe = null)
    {
        var batch = input.Size(0);
        // One product for all that one input is multiplied by.
        var parts = _isSelf ? Part(input, 0, 3).Chunk(3, -1) : [Part(input, 0, 1), .. Part(memory, 1, 2).Chunk(2, -1)];
        var (queries, keys, values) = (Heads(parts[0]), Heads(parts[1]), Heads(parts[2]));
        var scores = queries.Mul(_scale).Matmul(keys.Transpose(-2, -1));                 // [batch, heads, length, keys]
        if (mask is not null)
            scores = scores.Add(mask);
        var weights = scores.Softmax(-1);
        observe?.Invoke(weights);
        var mixed = weights.Dropout(_dropout, training).Matmul(values).Transpose(1, 2).Reshape(batch, -1, _width);   // [batch, length, width]
        return _output.Forward(mixed);
    }

    /// <summary>The keys and values of a memory, once for all steps.</summary>
    /// <param name="memory">[clips, frames, width].</param>
    /// <returns>[clips, frames, 2 width].</returns>
    public Tensor Remember(Tensor memory) => Part(memory, 1, 2);

    /// <summary>One step through libtorch; in self-attention the new keys and values are kept.</summary>
    /// <param name="input">[tokens, width].</param>
    /// <param name="cache">What is attended to.</param>
    /// <param name="layer">The layer's number.</param>
    /// <param name="perRow">The tokens of each row in this step.</param>
    public Tensor Step(Tensor input, KeyValueCache cache, int layer, int perRow)
    {
        var packed = _packed.Forward(input);
        if (_isSelf)
            cache.Write(layer, packed.Narrow(1, _width, 2 * _width));
        var queries = packed.Narrow(1, 0, _width).Reshape(-1, _heads, _width / _heads);
        return _output.Forward(cache.Attend(queries, layer, perRow));
    }

    /// <summary>One step row by row; in self-attention the new keys and values are kept.</summary>
    /// <param name="x">[tokens, width].</param>
    /// <param name="cache">What is attended to.</param>
    /// <param name="layer">The layer's number.</param>
    /// <param name="perRow">The tokens of each row in this step.</param>
    /// <param name="packed">Room for [tokens, 3 width] in self-attention, [tokens, width] in cross-attention.</param>
    /// <param name="branch">[tokens, width]: the result.</param>
    public void Step(ReadOnlySpan<float> x, KeyValueCache cache, int layer, int perRow, Span<float> packed, Span<float> branch)
    {
        _packed.Step(x, packed);
        if (_isSelf)
            RowAttention.Keep(packed, cache, layer);
        var mixed = new float[x.Length];
        RowAttention.Attend(packed, _packed.Outputs, cache, layer, perRow, _heads, mixed);
        _output.Step(mixed, branch);
    }

    private Tensor Part(Tensor input, int first, int count) =>
        MatrixProduct.Linear(input, _packedWeight.Narrow(0, first * _width, count * _width), _packedBias.Narrow(0, first * _width, count * _width));

    private Tensor Heads(Tensor sequence) =>
        sequence.Reshape(sequence.Size(0), sequence.Size(1), _heads, _width / _heads).Transpose(1, 2); // [batch, heads, length, head width]
}
