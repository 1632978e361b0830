using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>
/// One generation with a <see cref="TransformerDecoder"/>. Between steps it keeps the keys and values of the memory and of
/// the tokens fed so far.
/// </summary>
public sealed class DecoderSession : IStepModel
{
    private readonly TransformerDecoder _decoder;
    private readonly int _maximumLength;
    private readonly Tensor _clipMemory;
    private readonly Tensor? _clipMask;
    private Tensor _cache;
    private Tensor _memory;
    private Tensor? _mask;

    internal DecoderSession(TransformerDecoder decoder, Tensor clipMemory, Tensor? clipMask, int maximumLength)
    {
        _decoder = decoder;
        _maximumLength = maximumLength;
        _clipMemory = clipMemory;                                                    // [layers, clips, 2, heads, frames, head width]
        _clipMask = clipMask;                                                        // [clips, 1, frames]
        _memory = clipMemory;
        _mask = clipMask;
        _cache = Tensor.Zeros(CacheShape(clipMemory.Size(1)), DType.Float32, clipMemory.Device).Own();
    }

    /// <summary>The tokens fed to each row so far.</summary>
    public int Length { get; private set; }

    internal Tensor? MemoryMask => _mask;

    /// <inheritdoc/>
    public Tensor Advance(ReadOnlySpan<long> tokens)
    {
        var logits = _decoder.Step(tokens, this);
        Length++;
        return logits;
    }

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<long> parents, ReadOnlySpan<long> clips)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var next = Tensor.Zeros(CacheShape(parents.Length), DType.Float32, _cache.Device);
        if (Length > 0)
            next.Narrow(4, 0, Length).CopyInPlace(_cache.Narrow(4, 0, Length).IndexSelect(1, Index(parents)));
        _cache.Dispose();
        _cache = next.Own();
        if (_clipMemory.Size(1) == 1)
            return; // The memory of a single clip serves all rows by broadcasting.
        var selection = Index(clips);
        ReleaseSelected();
        _memory = _clipMemory.IndexSelect(1, selection).Own();
        _mask = _clipMask?.IndexSelect(0, selection).Own();
    }

    /// <summary>Releases everything kept.</summary>
    public void Dispose()
    {
        _cache.Dispose();
        ReleaseSelected();
        _clipMemory.Dispose();
        _clipMask?.Dispose();
    }

    internal Tensor CacheOf(int layer) => _cache.Select(0, layer);

    internal Tensor MemoryOf(int layer) => _memory.Select(0, layer);

    private long[] CacheShape(long rows) =>
        [_decoder.Config.Layers, rows, 2, _decoder.Config.Heads, _maximumLength, _decoder.Config.HeadWidth];

    private Tensor Index(ReadOnlySpan<long> rows) => Tensor.From(rows, rows.Length).On(_cache.Device);

    private void ReleaseSelected()
    {
        if (!ReferenceEquals(_memory, _clipMemory))
            _memory.Dispose();
        if (!ReferenceEquals(_mask, _clipMask))
            _mask?.Dispose();
    }
}
