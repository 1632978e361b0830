using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Models.Tests.MiniAudioCaption;

/// <summary>Computes every prefix anew in every step: slow, and the reference for the cache.</summary>
/// <param name="decoder">The decoder.</param>
/// <param name="latents">[clips, steps, latent width].</param>
internal sealed class UncachedLlama(LlamaDecoder decoder, Tensor latents) : IStepModel
{
    private (int[] Tokens, long Clip)[] _rows = [.. Enumerable.Range(0, (int)latents.Size(0)).Select(clip => (Array.Empty<int>(), (long)clip))];

    public int VocabularySize => decoder.Config.VocabularySize;

    public Span<float> Advance(scoped ReadOnlySpan<int> tokens)
    {
        for (var row = 0; row < _rows.Length; row++)
            _rows[row].Tokens = [.. _rows[row].Tokens, tokens[row]];
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var ids = Tensor.From<long>([.. _rows.SelectMany(row => row.Tokens).Select(token => (long)token)], _rows.Length, _rows[0].Tokens.Length);
        var clips = Tensor.From<long>([.. _rows.Select(row => row.Clip)], _rows.Length);
        return decoder.Forward(latents.IndexSelect(0, clips), ids).Text.Select(1, ids.Size(1) - 1).ToArray<float>();
    }

    public void Rearrange(ReadOnlySpan<int> parents)
    {
        var before = _rows;
        _rows = [.. parents.ToArray().Select(parent => before[parent])];
    }

    public void Dispose()
    {
    }
}
