using Auricle.Audio;
using Auricle.Models.Roles;

namespace Auricle.Evaluation.Neural;

/// <summary>Sounds that a model has heard, ready to be compared with any number of texts.</summary>
public sealed class EmbeddedClips
{
    private readonly JointSpace _space;
    private readonly JointVector[] _vectors;

    private EmbeddedClips(JointSpace space, IReadOnlyList<RetrievalClip> clips, JointVector[] vectors) => (_space, Clips, _vectors) = (space, clips, vectors);

    /// <summary>The clips that were heard, in order.</summary>
    public IReadOnlyList<RetrievalClip> Clips { get; }

    /// <summary>Hears sounds.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sounds">The clips, read a few at a time.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    public static EmbeddedClips Hear(IAudioTextModel model, IEnumerable<(RetrievalClip Clip, AudioClip Sound)> sounds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sounds);
        var space = new JointSpace(model);
        var clips = new List<RetrievalClip>();
        JointVector[] vectors = [.. space.Sounds(Noted(), cancellationToken)];
        return new EmbeddedClips(space, clips, vectors);

        IEnumerable<AudioClip> Noted()
        {
            foreach (var (clip, sound) in sounds)
            {
                clips.Add(clip);
                yield return sound;
            }
        }
    }

    /// <summary>The cosine of every text with every clip.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <returns><c>[texts, clips]</c> in row-major order.</returns>
    public float[] Compare(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var vectors = _space.Texts(texts, cancellationToken);
        var scores = new float[texts.Count * _vectors.Length];
        Parallel.For(0, texts.Count, text =>
        {
            var vector = vectors[texts[text]];
            for (var clip = 0; clip < _vectors.Length; clip++)
                scores[text * _vectors.Length + clip] = (float)vector.Cosine(_vectors[clip]);
        });
        return scores;
    }

    /// <summary>The scores of captions.</summary>
    /// <param name="captions">The captions of each clip, at least one.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <exception cref="MetricInputException">A clip has no caption, or there are not captions of every clip.</exception>
    public RetrievalTable Score(IReadOnlyList<IReadOnlyList<string>> captions, CancellationToken cancellationToken = default)
    {
        var texts = RetrievalTable.TextsOf(Clips, captions);
        return new RetrievalTable(Clips, texts, Compare([.. texts.Select(text => text.Text)], cancellationToken));
    }
}
