namespace Auricle.Evaluation;

/// <summary>The SPIDEr family: combinations of CIDEr-D and SPICE, made from the scores of each clip. Scores lie in [0, 5.5].</summary>
public static class Spider
{
    /// <summary>Name of SPIDEr in the reference package.</summary>
    public const string Name = "spider";

    /// <summary>Name of SPIDEr with a penalty for broken sentences.</summary>
    public const string FluencyName = "spider_fl";

    /// <summary>Name of SPIDEr of the best of several candidates.</summary>
    public const string MaxName = "spider_max";

    /// <summary>SPIDEr: the mean of CIDEr-D and SPICE of each clip.</summary>
    public static MetricScores Combine(MetricScores ciderD, MetricScores spice)
    {
        ArgumentNullException.ThrowIfNull(ciderD);
        ArgumentNullException.ThrowIfNull(spice);
        return MetricScores.Mean(Name, [.. ciderD.Sentences.Zip(spice.Sentences, (first, second) => (first + second) / 2)]);
    }

    /// <summary>SPIDEr-FL: SPIDEr, of which a clip whose candidate is no fluent sentence keeps a tenth.</summary>
    /// <param name="spider">Scores of <see cref="Combine"/>.</param>
    /// <param name="errors">For each clip 1 where the candidate has a fluency error, else 0 (<c>fer</c>).</param>
    public static MetricScores WithFluency(MetricScores spider, MetricScores errors) => FluencyPenalty.Apply(FluencyName, spider, errors);

    /// <summary>SPIDEr-max: for each clip the candidate with the highest SPIDEr, the first of equals.</summary>
    /// <param name="candidates">CIDEr-D and SPICE of all clips' first candidates, of their second ones, and so on.</param>
    /// <returns><c>cider_d_max</c>, <c>spice_max</c> and <c>spider_max</c> of the chosen candidates.</returns>
    /// <exception cref="MetricInputException">There is no candidate.</exception>
    public static IReadOnlyList<MetricScores> Max(IReadOnlyList<(MetricScores CiderD, MetricScores Spice)> candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        if (candidates.Count == 0)
            throw new MetricInputException("SPIDEr-max needs the scores of at least one candidate for each clip.");
        var spider = candidates.Select(item => Combine(item.CiderD, item.Spice).Sentences).ToArray();
        var best = Enumerable.Range(0, spider[0].Count).Select(clip => Enumerable.Range(0, spider.Length).MaxBy(rank => spider[rank][clip]))
            .ToArray();
        return
        [
            MetricScores.Mean("cider_d_max", [.. best.Select((rank, clip) => candidates[rank].CiderD.Sentences[clip])]),
            MetricScores.Mean("spice_max", [.. best.Select((rank, clip) => candidates[rank].Spice.Sentences[clip])]),
            MetricScores.Mean(MaxName, [.. best.Select((rank, clip) => spider[rank][clip])]),
        ];
    }
}
