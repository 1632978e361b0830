using Auricle.Audio;
using Auricle.Models.Roles;

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
        ArgumentNullException.ThrowIfNull(captions);
        RetrievalClip[] clips = [.. Enumerable.Range(0, captions.Count).Select(clip => $"{clip}").Select(name => new RetrievalClip(name, name))];
        return RetrievalTable.Score(model, clips, captions, sounds, cancellationToken).Evaluate();
    }
}
