using Auricle.Audio;
using Auricle.Models.Encoders;

namespace Auricle.Evaluation.Neural;

/// <summary>How well an audio-text model finds the sound to a caption, and the captions to a sound.</summary>
/// <param name="TextToAudio">Every caption is a query, to which one sound belongs.</param>
/// <param name="AudioToText">Every sound is a query, to which all its captions belong.</param>
public sealed record RetrievalEvaluation(RetrievalScores TextToAudio, RetrievalScores AudioToText)
{
    /// <summary>Ranks all sounds for every caption and all captions for every sound, by the cosine of their vectors.</summary>
    /// <param name="model">The model.</param>
    /// <param name="captions">The captions of each clip, at least one.</param>
    /// <param name="sounds">The sound of each clip, in clip order, read a few at a time.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <exception cref="MetricInputException">There are no clips, a clip has no caption, or there are not as many sounds as clips.</exception>
    public static RetrievalEvaluation Run(
        IAudioTextModel model, IReadOnlyList<IReadOnlyList<string>> captions, IEnumerable<AudioClip> sounds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentNullException.ThrowIfNull(sounds);
        if (captions.Count == 0)
            throw new MetricInputException("There is no clip; give at least one.");
        for (var clip = 0; clip < captions.Count; clip++)
        {
            if (captions[clip].Count == 0)
                throw new MetricInputException($"Clip {clip} has no caption; give it at least one or leave the clip out.", clip);
        }
        var space = new JointSpace(model);
        var texts = captions.SelectMany((own, clip) => own.Select(text => (clip, text))).ToArray();
        var ofText = space.Texts(texts.Select(item => item.text), cancellationToken);
        var ofClip = space.Sounds(sounds, cancellationToken).ToArray();
        if (ofClip.Length != captions.Count)
            throw new MetricInputException($"There are {ofClip.Length} sounds for {captions.Count} clips; give one for each clip, in clip order.");
        var byText = new float[texts.Length * ofClip.Length];
        var byClip = new float[byText.Length];
        Parallel.For(0, texts.Length, text =>
        {
            for (var clip = 0; clip < ofClip.Length; clip++)
            {
                var cosine = (float)ofText[texts[text].text].Cosine(ofClip[clip]);
                byText[text * ofClip.Length + clip] = cosine;
                byClip[clip * texts.Length + text] = cosine;
            }
        });
        var captionsOf = texts.Select((item, place) => (item.clip, place)).ToLookup(item => item.clip, item => item.place);
        return new RetrievalEvaluation(
            RetrievalScores.Of(byText, ofClip.Length, Array.ConvertAll(texts, item => new[] { item.clip })),
            RetrievalScores.Of(byClip, texts.Length, [.. Enumerable.Range(0, ofClip.Length).Select(clip => captionsOf[clip].ToArray())]));
    }
}
