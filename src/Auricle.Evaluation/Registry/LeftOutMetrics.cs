namespace Auricle.Evaluation;

/// <summary>Metrics that cannot run, for one reason.</summary>
/// <param name="Names">The metrics: the one at fault first, then those that are made of it.</param>
/// <param name="Reason">Why, and how to enable them, as the end of a sentence that begins with the first name.</param>
public sealed record LeftOutMetrics(IReadOnlyList<string> Names, string Reason)
{
    /// <summary>The whole sentence.</summary>
    public string Sentence => Names.Count == 1
        ? $"{Names[0]} is left out: it {Reason}."
        : $"{string.Join(", ", Names.SkipLast(1))} and {Names[^1]} are left out: {Names[0]} {Reason}.";
}
