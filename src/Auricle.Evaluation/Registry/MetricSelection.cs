namespace Auricle.Evaluation;

/// <summary>The metrics that were asked for and can run on a set, with those they are made of.</summary>
public sealed class MetricSelection
{
    private readonly IReadOnlyDictionary<string, ICaptionMetric> _byScore;

    internal MetricSelection(IReadOnlyList<ICaptionMetric> metrics, IReadOnlyList<LeftOutMetrics> leftOut,
        IReadOnlyDictionary<string, ICaptionMetric> byScore) =>
        (Metrics, LeftOut, _byScore) = (metrics, leftOut, byScore);

    /// <summary>The metrics that run, in the order of the registry.</summary>
    public IReadOnlyList<ICaptionMetric> Metrics { get; }

    /// <summary>What cannot run, by reason.</summary>
    public IReadOnlyList<LeftOutMetrics> LeftOut { get; }

    /// <summary>Scores a set with every metric.</summary>
    /// <returns>All scores, in the order of the registry.</returns>
    /// <exception cref="MetricInputException">The captions cannot be scored.</exception>
    public IReadOnlyList<MetricScores> Evaluate(CaptionSet set, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        var parts = new MetricParts(set, _byScore);
        var scores = new List<MetricScores>();
        foreach (var name in Metrics.SelectMany(metric => metric.Scores))
        {
            cancellationToken.ThrowIfCancellationRequested();
            scores.Add(parts[name]);
        }
        return scores;
    }
}

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
