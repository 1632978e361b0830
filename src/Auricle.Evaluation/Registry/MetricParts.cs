namespace Auricle.Evaluation;

/// <summary>Scores of other metrics, computed when they are first asked for and then kept.</summary>
public sealed class MetricParts
{
    private readonly CaptionSet _set;
    private readonly IReadOnlyDictionary<string, ICaptionMetric> _metrics; // by the name of a score
    private readonly Dictionary<(CaptionSet, string), MetricScores> _known;

    internal MetricParts(CaptionSet set, IReadOnlyDictionary<string, ICaptionMetric> metrics)
        : this(set, metrics, [])
    {
    }

    private MetricParts(CaptionSet set, IReadOnlyDictionary<string, ICaptionMetric> metrics, Dictionary<(CaptionSet, string), MetricScores> known) =>
        (_set, _metrics, _known) = (set, metrics, known);

    /// <summary>A score of the set that is being evaluated.</summary>
    public MetricScores this[string score] => Of(_set, score);

    /// <summary>A score of another set, for example of the clips' second candidates.</summary>
    /// <exception cref="ArgumentException">No metric gives a score of this name.</exception>
    public MetricScores Of(CaptionSet set, string score)
    {
        if (_known.TryGetValue((set, score), out var known))
            return known;
        if (!_metrics.TryGetValue(score, out var metric))
            throw new ArgumentException($"No metric gives the score '{score}'.", nameof(score));
        foreach (var item in metric.Score(set, new MetricParts(set, _metrics, _known)))
            _known[(set, item.Name)] = item;
        return _known[(set, score)];
    }
}
