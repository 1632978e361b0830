using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>
/// One generation with a <see cref="TransformerDecoder"/>. Between steps it keeps the keys and values of the memory and of
/// the tokens fed so far.
/// </summary>
public sealed class DecoderSession : IStepModel
{
    private readonly TransformerDecoder decoder;
    private readonly int maximumLength;
    private readonly Tensor clipMemory;
    private readonly Tensor? clipMask;
    private Tensor cache;
    private Tensor memory;
    private Tensor? mask;

    internal DecoderSession(TransformerDecoder decoder, Tensor clipMemory, Tensor? clipMask, int maximumLength)
    {
        this.decoder = decoder;
        this.maximumLength = maximumLength;
        this.clipMemory = clipMemory;                                                    // [layers, clips, 2, heads, frames, head width]
        this.clipMask = clipMask;                                                        // [clips, 1, frames]
        memory = clipMemory;
        mask = clipMask;
        cache = Tensor.Zeros(CacheShape(clipMemory.Size(1)), DType.Float32, clipMemory.Device).Own();
    }

    /// <summary>The tokens fed to each row so far.</summary>
    public int Length { get; private set; }

    internal Tensor? MemoryMask => mask;

    /// <inheritdoc/>
    public Tensor Advance(ReadOnlySpan<long> tokens)
    {
        var logits = decoder.Step(tokens, this);
        Length++;
        return logits;
    }

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<long> parents, ReadOnlySpan<long> clips)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var next = Tensor.Zeros(CacheShape(parents.Length), DType.Float32, cache.Device);
        if (Length > 0)
            next.Narrow(4, 0, Length).CopyInPlace(cache.Narrow(4, 0, Length).IndexSelect(1, Index(parents)));
        cache.Dispose();
        cache = next.Own();
        if (clipMemory.Size(1) == 1)
            return; // The memory of a single clip serves all rows by broadcasting.
        var selection = Index(clips);
        ReleaseSelected();
        memory = clipMemory.IndexSelect(1, selection).Own();
        mask = clipMask?.IndexSelect(0, selection).Own();
    }

    /// <summary>Releases everything kept.</summary>
    public void Dispose()
    {
        cache.Dispose();
        ReleaseSelected();
        clipMemory.Dispose();
        clipMask?.Dispose();
    }

    internal Tensor CacheOf(int layer) => cache.Select(0, layer);

    internal Tensor MemoryOf(int layer) => memory.Select(0, layer);

    private long[] CacheShape(long rows) =>
        [decoder.Config.Layers, rows, 2, decoder.Config.Heads, maximumLength, decoder.Config.HeadWidth];

    private Tensor Index(ReadOnlySpan<long> rows) => Tensor.From(rows, rows.Length).On(cache.Device);

    private void ReleaseSelected()
    {
        if (!ReferenceEquals(memory, clipMemory))
            memory.Dispose();
        if (!ReferenceEquals(mask, clipMask))
            mask?.Dispose();
    }
}
