using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>A decoder as a <see cref="DecoderSession"/> runs it.</summary>
internal interface IStepNetwork
{
    /// <summary>The tokens it can name.</summary>
    int VocabularySize { get; }

    /// <summary>Whether its steps are computed row by row on the processor; through libtorch otherwise.</summary>
    bool HasRows { get; }

    /// <summary>The vectors of tokens, before positions.</summary>
    /// <param name="ids">[…], int64.</param>
    /// <returns>[…, width].</returns>
    Tensor Embed(Tensor ids);

    /// <summary>One step on the processor.</summary>
    /// <param name="x">[tokens, width], row by row; overwritten.</param>
    /// <param name="own">The tokens' own keys and values; has room for these.</param>
    /// <param name="memory">What they attend to besides; or none.</param>
    /// <param name="logits">[rows, vocabulary]: what follows each row's last token.</param>
    void Step(Span<float> x, KeyValueCache own, KeyValueCache? memory, Span<float> logits);

    /// <summary>The same through libtorch.</summary>
    /// <returns>[rows, vocabulary].</returns>
    Tensor Step(Tensor x, KeyValueCache own, KeyValueCache? memory);
}

/// <summary>One generation with a decoder. Between steps it keeps the keys and values of what was fed.</summary>
internal sealed class DecoderSession : IStepModel
{
    private readonly IStepNetwork _network;
    private readonly KeyValueCache _own;
    private readonly KeyValueCache? _memory;
    private Tensor? _prefix;
    private float[] _logits = [];

    /// <param name="network">The decoder.</param>
    /// <param name="own">Its empty cache; the session owns it.</param>
    /// <param name="memory">What it attends to besides, owned too; or none.</param>
    /// <param name="prefix">[rows, length, width]: vectors that stand before the first tokens; or none.</param>
    public DecoderSession(IStepNetwork network, KeyValueCache own, KeyValueCache? memory = null, Tensor? prefix = null)
    {
        (_network, _own, _memory) = (network, own, memory);
        _prefix = prefix?.Clone().Own();
    }

    /// <inheritdoc/>
    public int VocabularySize => _network.VocabularySize;

    /// <inheritdoc/>
    public Span<float> Advance(scoped ReadOnlySpan<int> tokens)
    {
        var rows = _own.Rows;
        if (tokens.Length != rows && !(tokens.IsEmpty && _prefix is not null))
            throw new ArgumentException($"There are {tokens.Length} tokens for {rows} rows; give one for each.", nameof(tokens));
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var x = Embed(tokens, rows);                                                     // [rows, tokens, width]
        ReleasePrefix();
        _own.Append((int)x.Size(1));
        if (_logits.Length < rows * VocabularySize)
            _logits = new float[rows * VocabularySize];
        var logits = _logits.AsSpan(0, rows * VocabularySize);
        if (_network.HasRows)
            _network.Step(x.Span<float>(), _own, _memory, logits);
        else
            _network.Step(x.View(-1, x.Size(2)), _own, _memory).CopyTo(logits);
        return logits;
    }

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<int> parents)
    {
        _own.Rearrange(parents);
        _memory?.Rearrange(parents);
    }

    /// <summary>Releases everything kept.</summary>
    public void Dispose()
    {
        ReleasePrefix();
        _own.Dispose();
        _memory?.Dispose();
    }

    private Tensor Embed(scoped ReadOnlySpan<int> tokens, int rows)
    {
        if (tokens.IsEmpty)
            return _prefix!.Clone();
        var ids = Tensor.From(tokens, rows, 1).On(_own.Device).To(DType.Int64);
        var embedded = _network.Embed(ids);
        return _prefix is null ? embedded : Tensor.Cat([_prefix, embedded], 1);
    }

    private void ReleasePrefix()
    {
        _prefix?.Dispose();
        _prefix = null;
    }
}
