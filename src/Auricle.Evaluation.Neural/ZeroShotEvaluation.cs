using Auricle.Audio;
using Auricle.Models.Roles;

namespace Auricle.Evaluation.Neural;

/// <summary>How often an audio-text model names the right label of a sound, without having been trained for the labels.</summary>
/// <param name="Scores">Accuracy over all clips and of each fold, and the number of the label that each clip's nearest text has.</param>
/// <param name="Labels">The labels, in the order of their numbers.</param>
public sealed record ZeroShotEvaluation(ZeroShotScores Scores, IReadOnlyList<string> Labels)
{
    /// <summary>What stands for the label in a template.</summary>
    public const string Placeholder = "{}";

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
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(sounds);
        ArgumentNullException.ThrowIfNull(template);
        if (!template.Contains(Placeholder, StringComparison.Ordinal))
            throw new MetricInputException($"The template '{template}' lacks {Placeholder}, which stands for the label; an example is '{DefaultTemplate}'.");
        if (clips.Count == 0)
            throw new MetricInputException("There is no clip; give at least one.");
        var labels = clips.Select(clip => clip.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var texts = Array.ConvertAll(labels, label => template.Replace(Placeholder, label.Replace('_', ' '), StringComparison.Ordinal));
        var space = new JointSpace(model);
        var ofText = space.Texts(texts, cancellationToken);
        var cosines = new List<float>(clips.Count * labels.Length);
        foreach (var sound in space.Sounds(sounds, cancellationToken))
            cosines.AddRange(texts.Select(text => (float)ofText[text].Cosine(sound)));
        if (cosines.Count != clips.Count * labels.Length)
            throw new MetricInputException($"There are {cosines.Count / labels.Length} sounds for {clips.Count} clips; give one for each clip, in clip order.");
        var folds = clips.All(clip => clip.Fold is not null) ? clips.Select(clip => clip.Fold!.Value).ToArray() : null;
        return new ZeroShotEvaluation(
            ZeroShotScores.Of(cosines.ToArray(), labels.Length, [.. clips.Select(clip => Array.IndexOf(labels, clip.Label))], folds), labels);
    }
}
