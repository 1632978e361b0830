namespace Auricle.Evaluation;

/// <summary>Scores that were computed elsewhere, for example with the original SPICE, as metrics.</summary>
public static class GivenScores
{
    /// <summary>
    /// The metrics that may be given: those that models or other programs compute, and whose corpus score is the mean of the clips.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } = [Spice.Name, "fer", "sbert_sim", "fense", "clap_sim", "mace"];

    /// <summary>Registers a metric that tells what it was given, so that what is made of it can be computed.</summary>
    /// <param name="registry">Where it takes the place of a metric of the same name.</param>
    /// <param name="name">Name of the metric, for example <c>spice</c>.</param>
    /// <param name="values">The score of each clip's candidate, in clip order.</param>
    public static void Add(MetricRegistry registry, string name, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(values);
        registry.Add(new CaptionMetric(name, set => set.Count == values.Count
            ? MetricScores.Mean(name, values)
            : throw new MetricInputException($"There are {values.Count} values of {name} for {set.Count} clips; give one for each clip.")));
        if (name == Spice.Name)
        {
            registry.Add(CaptionMetric.Missing(
                Spider.MaxName, ["cider_d_max", "spice_max", Spider.MaxName],
                $"chooses among several candidates of a clip, but {name} was given for one; leave it out of --given-scores"));
        }
    }
}
