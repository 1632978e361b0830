using Auricle.Audio;
using Auricle.Models.Roles;

namespace Auricle.Evaluation.Neural;

/// <summary>A clip that may be found.</summary>
/// <param name="Id">What stands for it, different from all others.</param>
/// <param name="FileName">Its file.</param>
public sealed record RetrievalClip(string Id, string FileName);

/// <summary>A caption that may be found.</summary>
/// <param name="Id">What stands for it, different from all others.</param>
/// <param name="Clip">The place of the clip it belongs to.</param>
/// <param name="Text">The caption.</param>
public sealed record RetrievalText(string Id, int Clip, string Text);

/// <summary>How close every caption is to every clip, and which belong together: all that retrieval is scored by.</summary>
public sealed partial class RetrievalTable
{
    private readonly float[] _scores;

    /// <summary>Puts a table together.</summary>
    /// <param name="clips">The clips.</param>
    /// <param name="texts">The captions.</param>
    /// <param name="scores"><c>[texts, clips]</c> in row-major order, larger is closer.</param>
    /// <exception cref="MetricInputException">There is no clip or no caption, a caption belongs to no clip, a clip has none, two have one id, or
    /// there is not one score for each pair.</exception>
    public RetrievalTable(IReadOnlyList<RetrievalClip> clips, IReadOnlyList<RetrievalText> texts, float[] scores)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(scores);
        if (clips.Count == 0)
            throw new MetricInputException("There is no clip; give at least one.");
        var captioned = new bool[clips.Count];
        foreach (var text in texts)
        {
            if (text.Clip < 0 || text.Clip >= clips.Count)
                throw new MetricInputException($"The caption '{text.Id}' belongs to clip {text.Clip}, but there are {clips.Count} clips; number them from 0.");
            captioned[text.Clip] = true;
        }
        if (Array.IndexOf(captioned, false) is >= 0 and var bare)
            throw new MetricInputException($"Clip {bare} has no caption; give it at least one or leave the clip out.", bare);
        if (scores.Length != (long)clips.Count * texts.Count)
            throw new MetricInputException($"There are {scores.Length} scores for {texts.Count} captions and {clips.Count} clips; give one for each pair.");
        ThrowIfTwice(clips.Select(clip => clip.Id), "clips");
        ThrowIfTwice(texts.Select(text => text.Id), "captions");
        (Clips, Texts, _scores) = (clips, texts, scores);
    }

    /// <summary>The clips.</summary>
    public IReadOnlyList<RetrievalClip> Clips { get; }

    /// <summary>The captions.</summary>
    public IReadOnlyList<RetrievalText> Texts { get; }

    /// <summary><c>[texts, clips]</c> in row-major order, larger is closer.</summary>
    public ReadOnlySpan<float> Scores => _scores;

    /// <summary>Scores every caption with every clip by the cosine of their vectors.</summary>
    /// <param name="model">The model.</param>
    /// <param name="clips">The clips.</param>
    /// <param name="captions">The captions of each clip, at least one.</param>
    /// <param name="sounds">The sound of each clip, in clip order, read a few at a time.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <exception cref="MetricInputException">There are no clips, a clip has no caption, or there are not as many sounds as clips.</exception>
    public static RetrievalTable Score(
        IAudioTextModel model, IReadOnlyList<RetrievalClip> clips, IReadOnlyList<IReadOnlyList<string>> captions, IEnumerable<AudioClip> sounds,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentNullException.ThrowIfNull(sounds);
        // What is wrong with the captions is said before the sounds are heard.
        var texts = TextsOf(clips, captions);
        _ = new RetrievalTable(clips, texts, new float[clips.Count * texts.Length]);
        var heard = 0;
        var embedded = EmbeddedClips.Hear(model, sounds.Select(sound => (clips[Math.Min(heard++, clips.Count - 1)], sound)), cancellationToken);
        return heard == clips.Count
            ? embedded.Score(captions, cancellationToken)
            : throw new MetricInputException($"There are {heard} sounds for {clips.Count} clips; give one for each clip, in clip order.");
    }

    /// <summary>The captions of clips as texts with ids.</summary>
    internal static RetrievalText[] TextsOf(IReadOnlyList<RetrievalClip> clips, IReadOnlyList<IReadOnlyList<string>> captions) => captions.Count == clips.Count
        ? [.. captions.SelectMany((own, clip) => own.Select((text, place) => new RetrievalText($"{clips[clip].Id}#{place}", clip, text)))]
        : throw new MetricInputException($"There are captions of {captions.Count} clips for {clips.Count} clips; give those of each.");

    /// <summary>How well what belongs together is found from either side.</summary>
    /// <param name="ties">The order of equal scores.</param>
    public RetrievalEvaluation Evaluate(TieRule ties = TieRule.LowestIndexFirst)
    {
        var byClip = new float[_scores.Length];
        for (var text = 0; text < Texts.Count; text++)
        {
            for (var clip = 0; clip < Clips.Count; clip++)
                byClip[clip * Texts.Count + text] = _scores[text * Clips.Count + clip];
        }
        var captionsOf = Texts.Select((text, place) => (text.Clip, place)).ToLookup(item => item.Clip, item => item.place);
        return new RetrievalEvaluation(
            RetrievalScores.Of(_scores, Clips.Count, [.. Texts.Select(text => new[] { text.Clip })], ties),
            RetrievalScores.Of(byClip, Texts.Count, [.. Enumerable.Range(0, Clips.Count).Select(clip => captionsOf[clip].ToArray())], ties));
    }

    private static void ThrowIfTwice(IEnumerable<string> ids, string what)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        if (ids.FirstOrDefault(id => !known.Add(id)) is { } twice)
            throw new MetricInputException($"Two {what} have the id '{twice}'; give each its own.");
    }
}
