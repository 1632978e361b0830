namespace Auricle.Evaluation;

/// <summary>
/// What corpus scores would be with other clips of the same kind: confidence intervals by the bootstrap over clips, and the comparison of
/// two systems on the same clips. Scores are computed anew from each clip's statistics, so that those that are no means come out right.
/// CIDEr-D's document frequencies stay those of the whole set.
/// </summary>
public static class Resampling
{
    // Sums in another order end in other last digits; equal differences must count as equal.
    private const double Slack = 1e-12;

    /// <summary>Percentile bootstrap intervals of corpus scores; all scores see the same draws.</summary>
    /// <returns>One interval for each score, <see langword="null"/> where it has none (see <see cref="MetricScores.Statistics"/>).</returns>
    public static IReadOnlyList<Interval?> Intervals(IReadOnlyList<MetricScores> scores, ResamplingOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scores);
        options ??= new();
        options.Check();
        var statistics = scores.Select(score => score.Statistics).ToArray();
        var drawn = Array.ConvertAll(statistics, item => item is null ? null : new double[options.Rounds]);
        Draw(CommonCount(statistics), options, (round, times) =>
        {
            for (var i = 0; i < statistics.Length; i++)
            {
                if (drawn[i] is { } values)
                    values[round] = statistics[i]!.Score(times);
            }
        }, cancellationToken);
        return Array.ConvertAll(drawn, values => values is null ? (Interval?)null : Percentiles(values, options.Level));
    }

    /// <summary>
    /// Compares two systems, score by score: a paired bootstrap gives the interval of the difference, approximate randomisation
    /// (each clip's outputs exchanged with probability one half) gives the p-value, in both directions.
    /// </summary>
    /// <param name="first">Scores of one system.</param>
    /// <param name="second">Scores of the other, on the same clips in the same order.</param>
    /// <param name="options">How clips are drawn.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>One difference for each score that both have and that can be drawn for.</returns>
    /// <exception cref="MetricInputException">The systems have different numbers of clips.</exception>
    public static IReadOnlyList<PairedDifference> Compare(
        IReadOnlyList<MetricScores> first, IReadOnlyList<MetricScores> second, ResamplingOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        options ??= new();
        options.Check();
        var pairs = first.Join(second, score => score.Name, score => score.Name, (one, other) => (First: one, Second: other))
            .Where(pair => pair.First.Statistics is not null && pair.Second.Statistics is not null).ToArray();
        if (pairs.Length == 0)
            return [];
        var clips = CommonCount([.. pairs.SelectMany(pair => new[] { pair.First.Statistics, pair.Second.Statistics })]);
        var drawn = Array.ConvertAll(pairs, _ => new double[options.Rounds]);
        Draw(clips, options, (round, times) =>
        {
            for (var i = 0; i < pairs.Length; i++)
                drawn[i][round] = pairs[i].Second.Statistics!.Score(times) - pairs[i].First.Statistics!.Score(times);
        }, cancellationToken);
        var asFar = CountAsFar(pairs, clips, options, cancellationToken);
        return [.. pairs.Select((pair, i) => new PairedDifference(
            pair.First.Name, pair.First.Corpus, pair.Second.Corpus, Percentiles(drawn[i], options.Level), (asFar[i] + 1.0) / (options.Rounds + 1)))];
    }

    /// <summary>How many random exchanges part the systems at least as far as they are parted.</summary>
    private static int[] CountAsFar((MetricScores First, MetricScores Second)[] pairs, int clips, ResamplingOptions options,
        CancellationToken cancellationToken)
    {
        var generator = new MersenneTwister(options.Seed);
        var exchange = new bool[clips];
        var asFar = new int[pairs.Length];
        for (var round = 0; round < options.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var clip = 0; clip < clips; clip++)
                exchange[clip] = generator.Next() >= 0x80000000u;
            for (var i = 0; i < pairs.Length; i++)
            {
                var (one, other) = ClipStatistics.ScoreExchanged(pairs[i].First.Statistics!, pairs[i].Second.Statistics!, exchange);
                if (Math.Abs(other - one) >= Math.Abs(pairs[i].Second.Corpus - pairs[i].First.Corpus) - Slack)
                    asFar[i]++;
            }
        }
        return asFar;
    }

    private static void Draw(int clips, ResamplingOptions options, Action<int, int[]> use, CancellationToken cancellationToken)
    {
        var generator = new MersenneTwister(options.Seed);
        var times = new int[clips];
        for (var round = 0; round < options.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Array.Clear(times);
            for (var i = 0; i < clips; i++)
                times[(int)(((ulong)generator.Next() * (ulong)clips) >> 32)]++;
            use(round, times);
        }
    }

    private static int CommonCount(ClipStatistics?[] statistics)
    {
        var counts = statistics.Where(item => item is not null).Select(item => item!.Count).Distinct().ToArray();
        return counts.Length <= 1
            ? counts.FirstOrDefault()
            : throw new MetricInputException($"The scores belong to sets of {string.Join(" and ", counts)} clips; give scores of the same clips.");
    }

    /// <summary>The middle of the values, between two percentiles with linear interpolation.</summary>
    private static Interval Percentiles(double[] values, double level)
    {
        Array.Sort(values);
        return new Interval(At((1 - level) / 2), At((1 + level) / 2));

        double At(double share)
        {
            var place = share * (values.Length - 1);
            var below = (int)place;
            return below + 1 < values.Length ? values[below] + ((place - below) * (values[below + 1] - values[below])) : values[below];
        }
    }
}

/// <summary>A confidence interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High);

/// <summary>How far two systems differ in one score on the same clips.</summary>
/// <param name="Name">Name of the score.</param>
/// <param name="First">Corpus score of the first system.</param>
/// <param name="Second">Corpus score of the second system.</param>
/// <param name="Interval">Confidence interval of <see cref="Difference"/>.</param>
/// <param name="PValue">How often a difference of this size, in either direction, comes about where each clip's outputs are exchanged at
/// random.</param>
public sealed record PairedDifference(string Name, double First, double Second, Interval Interval, double PValue)
{
    /// <summary>Second less first: positive where the second system scores higher.</summary>
    public double Difference => Second - First;
}
