using Auricle.Audio;
using Auricle.Torch;

namespace Auricle.Models.Roles;

/// <summary>Ranks the sentences of a captioner by how close they lie to the sound, in a space that both share.</summary>
public static class Reranking
{
    /// <summary>The captions with their different sentences ranked, the closest first.</summary>
    /// <param name="space">The space.</param>
    /// <param name="clips">The sounds.</param>
    /// <param name="captions">What was said of each.</param>
    public static IReadOnlyList<Captioned> Apply(IAudioTextModel space, IReadOnlyList<AudioClip> clips, IReadOnlyList<Captioned> captions)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(captions);
        if (clips.Count == 0)
            return [];
        using var scope = TensorScope.Begin();
        var texts = captions.Select(caption => caption.Texts.DistinctBy(text => text.Text, StringComparer.Ordinal).ToList()).ToList();
        var sounds = Normalised(space.EmbedAudio(clips));
        var sentences = Normalised(space.EmbedText([.. texts.SelectMany(some => some.Select(text => text.Text))]));
        var cosines = sentences.Matmul(sounds.Transpose(0, 1)).ToArray<float>();                     // [sentences, sounds]
        var first = 0;
        var ranked = new List<Captioned>(clips.Count);
        for (var i = 0; i < clips.Count; i++)
        {
            ranked.Add(captions[i] with
            {
                Texts = [.. texts[i].Select((text, j) => text with { Similarity = cosines[(first + j) * clips.Count + i] }).OrderByDescending(text => text.Similarity)],
            });
            first += texts[i].Count;
        }
        return ranked;
    }

    private static Tensor Normalised(Tensor vectors) => vectors.Div(vectors.Square().Sum([1], keepdim: true).Add(1e-12).Sqrt());
}
