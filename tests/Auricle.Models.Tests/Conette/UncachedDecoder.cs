using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Models.Tests.Conette;

/// <summary>Computes every prefix anew in every step: slow, and the reference for every cache.</summary>
/// <param name="decoder">The decoder.</param>
/// <param name="memory">[clips, frames, width].</param>
/// <param name="padding">[clips, frames], true where a frame is to be ignored; or none.</param>
internal sealed class UncachedDecoder(TransformerDecoder decoder, Tensor memory, Tensor? padding) : IStepModel
{
    private long[][] _prefixes = [.. Enumerable.Range(0, (int)memory.Size(0)).Select(_ => Array.Empty<long>())];
    private long[] _clips = [.. Enumerable.Range(0, (int)memory.Size(0)).Select(clip => (long)clip)];

    public Tensor Advance(ReadOnlySpan<long> tokens)
    {
        for (var row = 0; row < _prefixes.Length; row++)
            _prefixes[row] = [.. _prefixes[row], tokens[row]];
        using var scope = TensorScope.Begin();
        var length = _prefixes[0].Length;
        var ids = Tensor.From<long>(_prefixes.SelectMany(prefix => prefix).ToArray(), _prefixes.Length, length);
        var selection = Tensor.From<long>(_clips, _clips.Length);
        var logits = decoder.Forward(
            decoder.Embed(ids), null, memory.IndexSelect(0, selection), padding?.IndexSelect(0, selection), training: false);
        return scope.Keep(logits.Select(1, length - 1).Contiguous());
    }

    public void Rearrange(ReadOnlySpan<long> parents, ReadOnlySpan<long> clips)
    {
        var before = _prefixes;
        _prefixes = [.. parents.ToArray().Select(parent => before[parent])];
        _clips = clips.ToArray();
    }

    public void Dispose()
    {
    }
}
