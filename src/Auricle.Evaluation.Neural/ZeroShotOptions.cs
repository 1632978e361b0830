namespace Auricle.Evaluation.Neural;

/// <summary>What is said of each label when sounds are classified by text.</summary>
public sealed record ZeroShotOptions
{
    /// <summary>What stands for the label in a template.</summary>
    public const string Placeholder = "{}";

    /// <summary>The texts of a label, with <see cref="Placeholder"/> for it. Of several the vectors are averaged, each at length 1, which raises accuracy.</summary>
    public IReadOnlyList<string> Templates { get; init; } = [ZeroShotEvaluation.DefaultTemplate];

    /// <summary>Descriptions that stand in the templates instead of labels, by label; a label has one or several.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Descriptions { get; init; }

    /// <summary>Whether underscores of labels stay, as in some published evaluations; else they become blanks.</summary>
    public bool KeepsUnderscores { get; init; }

    /// <summary>The texts of a label.</summary>
    /// <exception cref="MetricInputException">There is no template, one lacks the placeholder, or the label has no description.</exception>
    internal string[] TextsOf(string label)
    {
        if (Templates.Count == 0)
            throw new MetricInputException("There is no template; give at least one.");
        if (Templates.FirstOrDefault(template => !template.Contains(Placeholder, StringComparison.Ordinal)) is { } bad)
            throw new MetricInputException($"The template '{bad}' lacks {Placeholder}, which stands for the label; an example is '{ZeroShotEvaluation.DefaultTemplate}'.");
        IReadOnlyList<string> names = [KeepsUnderscores ? label : label.Replace('_', ' ')];
        if (Descriptions is not null && !(Descriptions.TryGetValue(label, out names!) && names.Count > 0))
            throw new MetricInputException($"The label '{label}' has no description; describe every label, or leave descriptions out.");
        return [.. names.SelectMany(name => Templates.Select(template => template.Replace(Placeholder, name, StringComparison.Ordinal))).Distinct(StringComparer.Ordinal)];
    }
}
