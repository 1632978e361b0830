namespace Auricle.Evaluation;

/// <summary>
/// The caption metrics by name, and the sets of the reference package. A metric that is registered once more takes the place of the earlier one.
/// </summary>
public sealed class MetricRegistry
{
    private static readonly string[] Classic = ["bleu", "meteor", "rouge_l", "spider"];
    private static readonly string[] OfChallenge2023 = ["meteor", "spider_fl"];
    private static readonly string[] OfChallenge2024 = ["meteor", "spider_fl", "fense", "vocab"];

    // No later challenge had a captioning task with a set of its own.
    private static readonly Dictionary<string, string[]> Sets = new(StringComparer.OrdinalIgnoreCase)
    {
        ["default"] = Classic,
        ["dcase2020"] = Classic,
        ["dcase2021"] = Classic,
        ["dcase2022"] = Classic,
        ["dcase2023"] = OfChallenge2023,
        ["dcase2024"] = OfChallenge2024,
        ["dcase2025"] = OfChallenge2024,
    };

    private readonly List<ICaptionMetric> _metrics = [];

    /// <summary>Name of the set that holds every metric.</summary>
    public const string All = "all";

    /// <summary>Names of the sets.</summary>
    public static IReadOnlyList<string> Presets { get; } = [.. Sets.Keys, All];

    /// <summary>The metrics, in the order in which their scores are reported.</summary>
    public IReadOnlyList<ICaptionMetric> Metrics => _metrics;

    /// <summary>Adds a metric, or puts it in the place of the one of the same name.</summary>
    public MetricRegistry Add(ICaptionMetric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        var place = _metrics.FindIndex(other => other.Name == metric.Name);
        if (place < 0)
            _metrics.Add(metric);
        else
            _metrics[place] = metric;
        return this;
    }

    /// <summary>The names of the metrics of a set, in any case.</summary>
    /// <exception cref="UnknownMetricException">There is no such set.</exception>
    public IReadOnlyList<string> Preset(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Equals(All, StringComparison.OrdinalIgnoreCase) ? [.. _metrics.Select(metric => metric.Name)]
            : Sets.TryGetValue(name, out var names) ? names
            : throw new UnknownMetricException(name, "preset", Presets);
    }

    /// <summary>Picks metrics for a set of clips, with all they are made of.</summary>
    /// <param name="names">Names of metrics or of scores, for example <c>bleu</c> or <c>bleu_4</c>, in any case.</param>
    /// <param name="set">The clips.</param>
    /// <exception cref="UnknownMetricException">A name is not known.</exception>
    public MetricSelection Select(IEnumerable<string> names, CaptionSet set)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(set);
        var byScore = _metrics.SelectMany(metric => metric.Scores.Select(score => (score, metric))).ToDictionary(StringComparer.Ordinal);
        var asked = new HashSet<ICaptionMetric>();
        foreach (var name in names)
            Require(Find(name, byScore));
        var faults = asked.ToDictionary(metric => metric, Fault);
        var leftOut = asked.Where(metric => faults[metric] is not null)
            .GroupBy(metric => faults[metric]!)
            .Select(group => new LeftOutMetrics(
                [.. group.OrderBy(metric => metric == group.Key ? -1 : _metrics.IndexOf(metric)).Select(metric => metric.Name)],
                group.Key.ObstacleTo(set)!));
        return new MetricSelection([.. _metrics.Where(metric => asked.Contains(metric) && faults[metric] is null)], [.. leftOut], byScore);

        void Require(ICaptionMetric metric)
        {
            if (asked.Add(metric))
                Parts(metric).ForEach(Require);
        }

        // The metric that stands in the way, which may be one that this one is made of.
        ICaptionMetric? Fault(ICaptionMetric metric) => Parts(metric).Select(Fault).FirstOrDefault(fault => fault is not null)
            ?? (metric.ObstacleTo(set) is null ? null : metric);

        List<ICaptionMetric> Parts(ICaptionMetric metric) => [.. metric.Needs.Select(need => Find(need, byScore))];
    }

    private ICaptionMetric Find(string name, Dictionary<string, ICaptionMetric> byScore)
    {
        var text = name.Trim().ToLowerInvariant();
        return _metrics.Find(metric => metric.Name == text) ?? byScore.GetValueOrDefault(text)
            ?? throw new UnknownMetricException(name, "metric", [.. _metrics.Select(metric => metric.Name)]);
    }
}

/// <summary>There is no metric, or no set of metrics, of this name.</summary>
public sealed class UnknownMetricException : DataException
{
    internal UnknownMetricException(string name, string kind, IReadOnlyList<string> known)
        : base($"There is no {kind} '{name}'; choose {string.Join(", ", known)}.") => (Name, Known) = (name, known);

    /// <inheritdoc/>
    public override bool IsRequest => true;

    /// <summary>The name that was asked for.</summary>
    public string Name { get; }

    /// <summary>The names there are.</summary>
    public IReadOnlyList<string> Known { get; }
}
