namespace Auricle.Evaluation;

/// <summary>How well queries find what belongs to them.</summary>
public sealed class RetrievalScores
{
    private readonly int[][] _ranks; // [query][relevant item], ascending, from 1

    private RetrievalScores(int[][] ranks) => _ranks = ranks;

    /// <summary>Number of queries.</summary>
    public int Queries => _ranks.Length;

    /// <summary>The median over the queries of the rank of the best relevant item, from 1; the mean of the middle two for an even number.</summary>
    public double MedianRank
    {
        get
        {
            var best = Array.ConvertAll(_ranks, ranks => ranks[0]);
            Array.Sort(best);
            return (best[(best.Length - 1) / 2] + best[best.Length / 2]) / 2.0;
        }
    }

    /// <summary>Ranks every item for every query.</summary>
    /// <param name="similarities"><c>[queries, items]</c> in row-major order, larger is closer.</param>
    /// <param name="items">Number of items.</param>
    /// <param name="relevant">For each query the indices of the items that belong to it, at least one.</param>
    /// <param name="ties">The order of items of equal similarity.</param>
    /// <param name="kinds">For each item what it is an instance of, where several may be: of those a query has found, only the first counts, as
    /// in evaluations that know captions by their words; <see langword="null"/> counts every item.</param>
    /// <exception cref="MetricInputException">Sizes do not fit, a query has no relevant item or an unknown one, or a similarity is not a
    /// number.</exception>
    public static RetrievalScores Of(ReadOnlySpan<float> similarities, int items, IReadOnlyList<IReadOnlyList<int>> relevant,
        TieRule ties = TieRule.LowestIndexFirst, IReadOnlyList<int>? kinds = null)
    {
        ArgumentNullException.ThrowIfNull(relevant);
        ArgumentOutOfRangeException.ThrowIfLessThan(items, 1);
        if (relevant.Count == 0)
            throw new MetricInputException("There is no query; give at least one.");
        if (similarities.Length != (long)items * relevant.Count)
            throw new MetricInputException(
                $"There are {similarities.Length} similarities for {relevant.Count} queries and {items} items; give one for each pair.");
        if (kinds is not null && kinds.Count != items)
            throw new MetricInputException($"There are kinds of {kinds.Count} items, but {items} items; give one for each.");
        var ranks = new int[relevant.Count][];
        for (var query = 0; query < ranks.Length; query++)
            ranks[query] = Rank(similarities.Slice(query * items, items), relevant[query], ties, kinds, query);
        return new RetrievalScores(ranks);
    }

    /// <summary>
    /// R@k: the share of its relevant items that a query finds among its first <paramref name="k"/>, averaged over the queries. With five
    /// relevant items R@1 is at most 0.2.
    /// </summary>
    public double Recall(int k) => Mean(RetrievalMeasure.Recall(k));

    /// <summary>
    /// The share of the queries that find a relevant item among their first <paramref name="k"/>; equals <see cref="Recall"/> with one
    /// relevant item.
    /// </summary>
    public double HitRate(int k) => Mean(RetrievalMeasure.HitRate(k));

    /// <summary>
    /// mAP@k: for each relevant item among the first <paramref name="k"/> the share of relevant items up to it, summed over all relevant
    /// items and averaged over the queries.
    /// </summary>
    public double MeanAveragePrecision(int k) => Mean(RetrievalMeasure.AveragePrecision(k));

    /// <summary>The ranks of a query's relevant items, ascending, from 1.</summary>
    public IReadOnlyList<int> RanksOf(int query) => _ranks[query];

    /// <summary><see cref="MeanAveragePrecision"/> of one query.</summary>
    public double AveragePrecision(int query, int k) => RetrievalMeasure.AveragePrecision(k).Of(_ranks[query]);

    /// <summary>A measure of each query.</summary>
    public double[] PerQuery(RetrievalMeasure measure)
    {
        ArgumentNullException.ThrowIfNull(measure);
        return Array.ConvertAll(_ranks, ranks => measure.Of(ranks));
    }

    /// <summary>A measure, averaged over the queries.</summary>
    public double Mean(RetrievalMeasure measure)
    {
        ArgumentNullException.ThrowIfNull(measure);
        return _ranks.Average(measure.Of);
    }

    /// <summary>A measure with what intervals and comparisons need.</summary>
    /// <param name="measure">The measure.</param>
    /// <param name="groups">
    /// For each query the clip it is about, from 0: then clips are drawn, with all their queries, since captions of one clip are found or missed together.
    /// </param>
    public MetricScores Score(RetrievalMeasure measure, IReadOnlyList<int>? groups = null)
    {
        var values = PerQuery(measure);
        if (groups is null)
            return MetricScores.Mean(measure.Name, values);
        if (groups.Count != values.Length)
            throw new MetricInputException($"There are clips of {groups.Count} queries, but {values.Length} queries; give one for each.");
        var sums = new double[2 * (groups.Max() + 1)];
        for (var query = 0; query < values.Length; query++)
        {
            sums[2 * groups[query]] += values[query];
            sums[2 * groups[query] + 1]++;
        }
        return new MetricScores(measure.Name, values.Average(), values)
        {
            Statistics = new ClipStatistics(sums, 2, (total, _) => total[1] == 0 ? 0 : total[0] / total[1]),
        };
    }

    /// <summary>
    /// The standard error of a measure's mean: the sample deviation over the queries divided by the root of their number, which for a mean the jackknife
    /// gives as well. 0 for one query.
    /// </summary>
    public double StandardError(RetrievalMeasure measure)
    {
        var values = PerQuery(measure);
        var mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1.0) / values.Length);
    }

    private static int[] Rank(ReadOnlySpan<float> row, IReadOnlyList<int> relevant, TieRule ties, IReadOnlyList<int>? kinds, int query)
    {
        if (relevant.Count == 0)
            throw new MetricInputException($"Query {query} has no relevant item; give it at least one or leave it out.");
        var isRelevant = new bool[row.Length];
        foreach (var item in relevant)
        {
            if (item < 0 || item >= row.Length)
                throw new MetricInputException($"Query {query} names item {item}, but there are {row.Length} items, from 0.");
            isRelevant[item] = true;
        }
        var ranks = new List<(int Rank, int Kind)>(relevant.Count);
        for (var item = 0; item < row.Length; item++)
        {
            if (float.IsNaN(row[item]))
                throw new MetricInputException($"The similarity of query {query} and item {item} is not a number.");
            if (isRelevant[item])
                ranks.Add((RankOf(item, row, isRelevant, ties), kinds?[item] ?? item));
        }
        ranks.Sort();
        return [.. ranks.DistinctBy(item => item.Kind).Select(item => item.Rank)];
    }

    private static int RankOf(int item, ReadOnlySpan<float> row, bool[] isRelevant, TieRule ties)
    {
        var rank = 1;
        for (var other = 0; other < row.Length; other++)
        {
            if (row[other] > row[item] || (row[other] == row[item] && other != item && IsBefore(other)))
                rank++;
        }
        return rank;

        bool IsBefore(int other) => ties switch
        {
            TieRule.HighestIndexFirst => other > item,
            TieRule.WorstCase => !isRelevant[other] || other < item,
            TieRule.BestCase => isRelevant[other] && other < item,
            _ => other < item,
        };
    }
}

/// <summary>How items of equal similarity are ordered.</summary>
public enum TieRule
{
    /// <summary>The item that comes first in the list.</summary>
    LowestIndexFirst,

    /// <summary>The item that comes last in the list.</summary>
    HighestIndexFirst,

    /// <summary>Relevant items last: what a system can be sure of.</summary>
    WorstCase,

    /// <summary>Relevant items first.</summary>
    BestCase,
}
