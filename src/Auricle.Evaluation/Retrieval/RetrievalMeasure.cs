namespace Auricle.Evaluation;

/// <summary>What is said of one query by the ranks of what belongs to it; over queries it is averaged.</summary>
public sealed class RetrievalMeasure
{
    private readonly Func<IReadOnlyList<int>, double> _of;

    private RetrievalMeasure(string name, Func<IReadOnlyList<int>, double> of) => (Name, _of) = (name, of);

    /// <summary>Its name, for example <c>map@10</c>.</summary>
    public string Name { get; }

    /// <summary>R@k: the share of what belongs to a query among its first <paramref name="k"/>.</summary>
    public static RetrievalMeasure Recall(int k) => new($"r@{k}", ranks => (double)Found(ranks, k) / ranks.Count);

    /// <summary>Whether anything that belongs to a query is among its first <paramref name="k"/>.</summary>
    public static RetrievalMeasure HitRate(int k) => new($"hit@{k}", ranks => ranks[0] <= k ? 1 : 0);

    /// <summary>AP@k: for each item found among the first <paramref name="k"/> the share of relevant ones up to it, summed over all that belong to the query.</summary>
    public static RetrievalMeasure AveragePrecision(int k) => new($"map@{k}", ranks => Precisions(ranks, k) / ranks.Count);

    /// <summary>
    /// The same, divided by how many were found instead of how many there are, and 0 where none was: some evaluations call this mAP too. It forgives
    /// what was not found.
    /// </summary>
    public static RetrievalMeasure AveragePrecisionOfFound(int k) => new($"map_of_found@{k}", ranks => Precisions(ranks, k) / Math.Max(1, Found(ranks, k)));

    /// <summary>The measure of one query.</summary>
    /// <param name="ranks">The ranks of what belongs to it, ascending, from 1; at least one.</param>
    public double Of(IReadOnlyList<int> ranks) => _of(ranks);

    private static int Found(IReadOnlyList<int> ranks, int k) => ranks.TakeWhile(rank => rank <= k).Count();

    private static double Precisions(IReadOnlyList<int> ranks, int k)
    {
        var sum = 0.0;
        for (var i = 0; i < ranks.Count && ranks[i] <= k; i++)
            sum += (i + 1.0) / ranks[i];
        return sum;
    }
}
