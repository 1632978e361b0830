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
    private int[][] _prefixes = [.. Enumerable.Range(0, (int)memory.Size(0)).Select(_ => Array.Empty<int>())];
    private long[] _clips = [.. Enumerable.Range(0, (int)memory.Size(0)).Select(clip => (long)clip)];

    public int VocabularySize => decoder.Config.VocabularySize;

    public Span<float> Advance(scoped ReadOnlySpan<int> tokens)
    {
        for (var row = 0; row < _prefixes.Length; row++)
            _prefixes[row] = [.. _prefixes[row], tokens[row]];
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var length = _prefixes[0].Length;
        var ids = Tensor.From<int>(_prefixes.SelectMany(prefix => prefix).ToArray(), _prefixes.Length, length).To(DType.Int64);
        var selection = Tensor.From<long>(_clips, _clips.Length);
        var logits = decoder.Forward(
            decoder.Embed(ids), null, memory.IndexSelect(0, selection), padding?.IndexSelect(0, selection), training: false);
        return logits.Select(1, length - 1).ToArray<float>();
    }

    public void Rearrange(ReadOnlySpan<int> parents)
    {
        var (prefixes, clips) = (_prefixes, _clips);
        _prefixes = [.. parents.ToArray().Select(parent => prefixes[parent])];
        _clips = [.. parents.ToArray().Select(parent => clips[parent])];
    }

    public void Dispose()
    {
    }
}
