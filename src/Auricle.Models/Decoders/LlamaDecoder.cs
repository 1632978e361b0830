using System.Numerics;
using Auricle.Models.Decoders.Rows;
using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>The numbers of a <see cref="LlamaDecoder"/>; the defaults are those of mini audio caption, 135 million parameters.</summary>
public sealed record LlamaConfig
{
    /// <summary>Tokens in the vocabulary.</summary>
    public int VocabularySize { get; init; } = 30522;

    /// <summary>The size of an audio vector.</summary>
    public int LatentWidth { get; init; } = 2048;

    /// <summary>The width of the model.</summary>
    public int Width { get; init; } = 768;

    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>The most vectors of a sequence, audio and text together.</summary>
    public int Positions { get; init; } = 1024;

    /// <summary>The width within a feed-forward layer.</summary>
    internal int HiddenWidth => 2 * 4 * Width / 3;

    /// <summary>Values of each head.</summary>
    internal int HeadWidth => Width / Heads;
}

/// <summary>
/// A decoder in the manner of Llama (Touvron et al. 2023): norms before the branches, rotary positions, SwiGLU, no biases. Audio vectors
/// stand before the text and are attended to like words. Inference is safe for concurrent use.
/// </summary>
public sealed class LlamaDecoder : IStepNetwork
{
    private readonly LlamaBlock[] _blocks;
    private readonly Tensor _words, _cosines, _sines;
    private readonly RowLinear _audioIn, _audioHead, _textHead;
    private readonly RowNorm _norm;
    private readonly bool _hasRows;

    /// <summary>Loads or initialises the decoder.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="weights">Where its weights are.</param>
    /// <param name="compute">The element type of matrix products, and of the matrices that steps of generation read: float32 or bfloat16.</param>
    public LlamaDecoder(LlamaConfig config, Weights weights, DType compute = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _audioIn = RowLinear.Load(weights / "a2e", config.LatentWidth, config.Width, storage: null);
        _words = (weights / "wte").Get("weight", [config.VocabularySize, config.Width], Initialisers.Normal(1));
        _blocks = new LlamaBlock[config.Layers];
        for (var i = 0; i < _blocks.Length; i++)
            _blocks[i] = new LlamaBlock(weights / "blocks" / i, config, compute);
        _norm = RowNorm.RootMeanSquare(weights / "ln_f", config.Width);
        _audioHead = RowLinear.Load(weights / "audio_head", config.Width, config.LatentWidth, storage: null, hasBias: false);
        _textHead = RowLinear.Load(weights / "text_head", config.Width, config.VocabularySize, compute, hasBias: false);
        (_cosines, _sines) = RotaryTable(config, weights.Device);
        weights.OnRelease(_cosines.Dispose);
        weights.OnRelease(_sines.Dispose);
        // The rows of a step are computed in whole vectors.
        _hasRows = RowLinear.CanPack(weights) && config.HeadWidth % Vector<float>.Count == 0 && config.HiddenWidth % Vector<float>.Count == 0;
    }

    /// <summary>The numbers of the decoder.</summary>
    public LlamaConfig Config { get; }

    int IStepNetwork.VocabularySize => Config.VocabularySize;

    bool IStepNetwork.HasRows => _hasRows;

    /// <summary>The cosines and sines that turn the channels of a head, [positions, head width / 2] each.</summary>
    internal (Tensor Cosines, Tensor Sines) Rotation => (_cosines, _sines);

    /// <summary>Computes whole sequences: the audio vectors, then the text.</summary>
    /// <param name="latents">[batch, steps, latent width].</param>
    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="observe">Called with the name and values [batch, steps + length, width] of what is inside: <c>input</c>; for each block
    /// <c>0.att_norm</c>, <c>0.att</c>, <c>0.mlp</c> and <c>0.out</c>; <c>ln_f</c>.</param>
    /// <returns>[batch, steps, latent width], which training does not use, and the logits of what follows each token: [batch, length, vocabulary].</returns>
    /// <exception cref="ArgumentException">The sequences are longer than the decoder's positions.</exception>
    public (Tensor Audio, Tensor Text) Forward(Tensor latents, Tensor ids, Action<string, Tensor>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(ids);
        using var scope = TensorScope.Begin();
        var (steps, length) = (latents.Size(1), ids.Size(1));
        var x = Tensor.Cat([_audioIn.Forward(latents), Embed(ids)], 1);                        // [batch, steps + length, width]
        CheckLength(x.Size(1));
        observe?.Invoke("input", x);
        var rotation = new Rotary(_cosines.Narrow(0, 0, x.Size(1)), _sines.Narrow(0, 0, x.Size(1)));
        var future = Tensor.Full([x.Size(1), x.Size(1)], double.NegativeInfinity, DType.Float32, x.Device).Triu(1);
        for (var i = 0; i < _blocks.Length; i++)
        {
            var (block, name) = (_blocks[i], $"{i}.");
            Tensor Compute(Tensor input, Rotary turned, Tensor mask) =>
                block.Forward(input, turned, (queries, keys, values) => AttendToPast(queries, keys, values, mask), name, observe);
            // What is observed has to outlive the block.
            x = observe is null
                ? Checkpointing.Run(given => Compute(given[0]!, new Rotary(given[1]!, given[2]!), given[3]!), [x, rotation.Cosines, rotation.Sines, future])
                : Compute(x, rotation, future);
            observe?.Invoke($"{i}.out", x);
        }
        x = _norm.Forward(x);
        observe?.Invoke("ln_f", x);
        return (scope.Keep(_audioHead.Forward(x.Narrow(1, 0, steps))), scope.Keep(_textHead.Forward(x.Narrow(1, steps, length))));
    }

    /// <summary>Prepares generation.</summary>
    /// <param name="latents">[clips, steps, latent width]: the audio vectors that stand before each text.</param>
    public IStepModel Begin(Tensor latents)
    {
        ArgumentNullException.ThrowIfNull(latents);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return new DecoderSession(
            this, new KeyValueCache(_blocks.Length, Config.Width, (int)latents.Size(0), latents.Device), prefix: _audioIn.Forward(latents));
    }

    /// <summary>The vectors of tokens.</summary>
    /// <param name="ids">[…], int64.</param>
    /// <returns>[…, width].</returns>
    public Tensor Embed(Tensor ids) => _words.Embedding(ids);

    Tensor IStepNetwork.Step(Tensor x, KeyValueCache own, KeyValueCache? memory)
    {
        using var scope = TensorScope.Begin();
        var tokens = (int)x.Size(0);
        CheckLength(own.Position(tokens - 1) + 1);
        var places = Tensor.From<long>([.. Enumerable.Range(0, tokens).Select(token => (long)own.Position(token))], tokens).On(x.Device);
        var rotation = new Rotary(_cosines.IndexSelect(0, places), _sines.IndexSelect(0, places));
        for (var i = 0; i < _blocks.Length; i++)
        {
            var layer = i;
            x = _blocks[i].Forward(x, rotation, (queries, keys, values) =>
            {
                own.Write(layer, Tensor.Stack([keys, values], 1));
                return own.Attend(queries, layer, own.Fresh);
            });
        }
        return scope.Keep(_textHead.Forward(_norm.Forward(x.View(own.Rows, own.Fresh, -1).Select(1, own.Fresh - 1))));
    }

    void IStepNetwork.Step(Span<float> x, KeyValueCache own, KeyValueCache? memory, Span<float> logits)
    {
        CheckLength(own.Position(x.Length / Config.Width - 1) + 1);
        for (var i = 0; i < _blocks.Length; i++)
            _blocks[i].Step(x, own, i, _cosines.Span<float>(), _sines.Span<float>());
        var last = RowMath.Last(x, own.Fresh, Config.Width);
        var normed = new float[last.Length];
        _norm.Step(last, normed);
        _textHead.Step(normed, logits);
    }

    /// <returns>[batch, length, width].</returns>
    private static Tensor AttendToPast(Tensor queries, Tensor keys, Tensor values, Tensor future)
    {
        var (batch, length, headWidth) = (queries.Size(0), queries.Size(1), queries.Size(3));
        var scores = queries.Transpose(1, 2).Matmul(keys.Permute(0, 2, 3, 1)).Div(Math.Sqrt(headWidth));    // [batch, heads, length, length]
        var mixed = scores.Add(future).Softmax(-1).Matmul(values.Transpose(1, 2));                          // [batch, heads, length, head width]
        return mixed.Transpose(1, 2).Reshape(batch, length, -1);
    }

    /// <summary>Su et al. 2021: position t turns the i-th pair of channels by t · 10000^(−2i / head width).</summary>
    private static (Tensor Cosines, Tensor Sines) RotaryTable(LlamaConfig config, Device device)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        // In float32 as the reference computes it: a rate off by one unit in the last place would turn the last positions by 1e-4.
        var rates = Tensor.Arange(0, config.HeadWidth, 2, DType.Float32).Div(config.HeadWidth).Mul(-Math.Log(10000)).Exp();
        var angles = Tensor.Arange(0, config.Positions, 1, DType.Float32).Unsqueeze(1).Mul(rates);
        return (angles.Cos().On(device).Own(), angles.Sin().On(device).Own());
    }

    private void CheckLength(long length)
    {
        if (length > Config.Positions)
            throw new ArgumentException($"A sequence of {length} audio vectors and tokens is longer than the decoder's {Config.Positions} positions; give less sound at a time or a smaller length.");
    }
}

/// <summary>Norm → self-attention → add → norm → SwiGLU → add.</summary>
internal sealed class LlamaBlock
{
    private readonly LlamaConfig _config;
    private readonly DType _compute;
    private readonly RowNorm _attentionNorm, _hiddenNorm;
    private readonly RowLinear _mix, _output, _gate, _widen, _narrow;

    public LlamaBlock(Weights weights, LlamaConfig config, DType compute)
    {
        (_config, _compute) = (config, compute);
        RowLinear Load(Weights place, int inputs, int outputs) => RowLinear.Load(place, inputs, outputs, compute, hasBias: false);
        _attentionNorm = RowNorm.RootMeanSquare(weights / "att_norm", config.Width);
        _mix = Load(weights / "att" / "c_attn", config.Width, 3 * config.Width);
        _output = Load(weights / "att" / "c_proj", config.Width, config.Width);
        _hiddenNorm = RowNorm.RootMeanSquare(weights / "ffn_norm", config.Width);
        _gate = Load(weights / "mlp" / "c_fc1", config.Width, config.HiddenWidth);
        _widen = Load(weights / "mlp" / "c_fc2", config.Width, config.HiddenWidth);
        _narrow = Load(weights / "mlp" / "c_proj", config.HiddenWidth, config.Width);
    }

    /// <param name="input">[…, width], float32.</param>
    /// <param name="rotation">The positions of the tokens.</param>
    /// <param name="attend">From rotated queries and keys and from values, each […, heads, head width], to what is found: […, width].</param>
    /// <param name="name">What stands before the names of what is observed.</param>
    /// <param name="observe">Called with what is inside.</param>
    /// <returns>The same shape as the input.</returns>
    public Tensor Forward(Tensor input, Rotary rotation, Func<Tensor, Tensor, Tensor, Tensor> attend, string name = "", Action<string, Tensor>? observe = null)
    {
        using var scope = TensorScope.Begin();
        var normed = _attentionNorm.Forward(input);
        observe?.Invoke(name + "att_norm", normed);
        long[] heads = [.. normed.Shape[..^1], 3, _config.Heads, _config.HeadWidth];
        var parts = _mix.Forward(normed.To(_compute)).To(DType.Float32).View(heads).Unbind(heads.Length - 3);
        var branch = _output.Forward(attend(rotation.Turn(parts[0]), rotation.Turn(parts[1]), parts[2]).To(_compute)).To(DType.Float32);
        observe?.Invoke(name + "att", branch);
        var x = input.Add(branch);
        normed = _hiddenNorm.Forward(x).To(_compute);
        var gate = _gate.Forward(normed);
        branch = _narrow.Forward(gate.Mul(gate.Sigmoid()).Mul(_widen.Forward(normed))).To(DType.Float32);
        observe?.Invoke(name + "mlp", branch);
        return scope.Keep(x.Add(branch));
    }

    /// <param name="x">[tokens, width]; holds the result.</param>
    /// <param name="own">The tokens' keys and values.</param>
    /// <param name="layer">This block's number.</param>
    /// <param name="cosines">[positions, head width / 2].</param>
    /// <param name="sines">The same.</param>
    public void Step(Span<float> x, KeyValueCache own, int layer, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines)
    {
        var (width, pairs) = (_config.Width, _config.HeadWidth / 2);
        var tokens = x.Length / width;
        var branch = new float[x.Length];
        var packed = new float[3 * x.Length];
        _attentionNorm.Step(x, branch);
        _mix.Step(branch, packed);
        for (var token = 0; token < tokens; token++)
        {
            var place = own.Position(token) * pairs;
            RowMath.Rotate(packed.AsSpan(3 * token * width, 2 * width), cosines.Slice(place, pairs), sines.Slice(place, pairs));
        }
        RowAttention.Keep(packed, own, layer);
        RowAttention.Attend(packed, 3 * width, own, layer, own.Fresh, _config.Heads, branch);
        _output.Step(branch, packed.AsSpan(0, x.Length));
        RowMath.Add(x, packed.AsSpan(0, x.Length));

        var gate = new float[tokens * _config.HiddenWidth];
        var wide = new float[gate.Length];
        _hiddenNorm.Step(x, branch);
        _gate.Step(branch, gate);
        _widen.Step(branch, wide);
        RowMath.SwiGlu(gate, wide);
        _narrow.Step(gate, branch);
        RowMath.Add(x, branch);
    }
}

/// <summary>Rotary positions: neighbouring channels of a head are turned by an angle that grows with the place.</summary>
/// <param name="Cosines">[…, head width / 2], one row for each token.</param>
/// <param name="Sines">The same.</param>
internal sealed record Rotary(Tensor Cosines, Tensor Sines)
{
    /// <param name="heads">[…, tokens, heads, head width].</param>
    public Tensor Turn(Tensor heads)
    {
        using var scope = TensorScope.Begin();
        var pairs = heads.View([.. heads.Shape[..^1], heads.Size(-1) / 2, 2]).Unbind(-1);
        var (cosines, sines) = (Cosines.Unsqueeze(-2), Sines.Unsqueeze(-2));
        var turned = Tensor.Stack([pairs[0].Mul(cosines).Sub(pairs[1].Mul(sines)), pairs[1].Mul(cosines).Add(pairs[0].Mul(sines))], -1);
        return scope.Keep(turned.View(heads.Shape));
    }
}
