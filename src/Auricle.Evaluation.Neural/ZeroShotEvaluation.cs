using Auricle.Audio;
using Auricle.Models.Roles;

namespace Auricle.Evaluation.Neural;

/// <summary>How often an audio-text model names the right label of a sound, without having been trained for the labels.</summary>
/// <param name="Scores">Accuracy over all clips and of each fold, and the number of the label that each clip's nearest text has.</param>
/// <param name="Labels">The labels, in the order of their numbers.</param>
public sealed record ZeroShotEvaluation(ZeroShotScores Scores, IReadOnlyList<string> Labels)
{
    /// <summary>What stands for the label in a template.</summary>
    public const string Placeholder = ZeroShotOptions.Placeholder;

    /// <summary>The clips that were heard, in the order of the scores.</summary>
    public IReadOnlyList<LabelledClip> Clips { get; init; } = [];

    /// <summary>Whether each clip's nearest text has its label, with what intervals need.</summary>
    public MetricScores Accuracy => MetricScores.Mean("accuracy", [.. Clips.Select((clip, place) => Labels[Scores.Predictions[place]] == clip.Label ? 1.0 : 0)]);

    /// <summary>The template that LAION-CLAP's authors use.</summary>
    public const string DefaultTemplate = "This is a sound of " + Placeholder;

    /// <summary>Compares every sound with a text for each label, by the cosine of their vectors.</summary>
    /// <param name="model">The model.</param>
    /// <param name="clips">The right label of each clip and its fold, where there are folds.</param>
    /// <param name="sounds">The sound of each clip, in clip order, read a few at a time.</param>
    /// <param name="template">The text, with <see cref="Placeholder"/> for the label; underscores of labels become blanks.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <exception cref="MetricInputException">There are no clips, not as many sounds as clips, or the template lacks the placeholder.</exception>
    public static ZeroShotEvaluation Run(
        IAudioTextModel model, IReadOnlyList<LabelledClip> clips, IEnumerable<AudioClip> sounds, string template = DefaultTemplate,
        CancellationToken cancellationToken = default) => Run(model, clips, sounds, new ZeroShotOptions { Templates = [template] }, cancellationToken);

    /// <summary>As with one template.</summary>
    /// <param name="model">The model.</param>
    /// <param name="clips">The right label of each clip and its fold, where there are folds.</param>
    /// <param name="sounds">The sound of each clip, in clip order, read a few at a time.</param>
    /// <param name="options">What is said of each label.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <exception cref="MetricInputException">There are no clips, not as many sounds as clips, or the options do not fit the labels.</exception>
    public static ZeroShotEvaluation Run(
        IAudioTextModel model, IReadOnlyList<LabelledClip> clips, IEnumerable<AudioClip> sounds, ZeroShotOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(sounds);
        if (clips.Count == 0)
            throw new MetricInputException("There is no clip; give at least one.");
        var heard = 0;
        var result = Run(model, clips.Select(clip => clip.Label), sounds.Select(sound => (clips[Math.Min(heard++, clips.Count - 1)], sound)), options, cancellationToken);
        return heard == clips.Count ? result : throw new MetricInputException($"There are {heard} sounds for {clips.Count} clips; give one for each clip, in clip order.");
    }

    /// <summary>The same of clips that come with their sounds, so that what cannot be heard is left out.</summary>
    /// <param name="model">The model.</param>
    /// <param name="labels">All labels that a sound may be given; repetitions do not count.</param>
    /// <param name="heard">The clips and their sounds, read a few at a time.</param>
    /// <param name="options">What is said of each label.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <exception cref="MetricInputException">There are no clips, a clip's label is not among <paramref name="labels"/>, or the options do not fit the labels.</exception>
    public static ZeroShotEvaluation Run(
        IAudioTextModel model, IEnumerable<string> labels, IEnumerable<(LabelledClip Clip, AudioClip Sound)> heard, ZeroShotOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(heard);
        ArgumentNullException.ThrowIfNull(options);
        string[] known = [.. labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var texts = Array.ConvertAll(known, options.TextsOf);
        var space = new JointSpace(model);
        var ofText = space.Texts(texts.SelectMany(own => own), cancellationToken);
        var ofLabel = Array.ConvertAll(texts, own => JointVector.Mean([.. own.Select(text => ofText[text])]));
        var clips = new List<LabelledClip>();
        var cosines = new List<float>();
        foreach (var sound in space.Sounds(Noted(), cancellationToken))
            cosines.AddRange(ofLabel.Select(label => (float)label.Cosine(sound)));
        if (clips.Count == 0)
            throw new MetricInputException("There is no clip; give at least one.");
        if (clips.Find(clip => Array.BinarySearch(known, clip.Label, StringComparer.Ordinal) < 0) is { } stranger)
            throw new MetricInputException($"The clip '{stranger.Clip}' has the label '{stranger.Label}', which is not among the {known.Length} that were given.");
        var folds = clips.TrueForAll(clip => clip.Fold is not null) ? clips.ConvertAll(clip => clip.Fold!.Value) : null;
        return new ZeroShotEvaluation(
            ZeroShotScores.Of(cosines.ToArray(), known.Length, clips.ConvertAll(clip => Array.BinarySearch(known, clip.Label, StringComparer.Ordinal)), folds), known)
        {
            Clips = clips,
        };

        IEnumerable<AudioClip> Noted()
        {
            foreach (var (clip, sound) in heard)
            {
                clips.Add(clip);
                yield return sound;
            }
        }
    }
}
