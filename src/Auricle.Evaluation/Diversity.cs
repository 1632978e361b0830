namespace Auricle.Evaluation;

/// <summary>How little captions repeat themselves: distinct n-grams over all n-grams.</summary>
public sealed record Diversity
{
    /// <summary>Words in an n-gram.</summary>
    public required int Order { get; init; }

    /// <summary>Diversity of each candidate (<c>sents_divN.cands</c>); 0 where it is too short for an n-gram.</summary>
    public required IReadOnlyList<double> Candidates { get; init; }

    /// <summary>Mean diversity of each clip's references (<c>sents_divN.mrefs</c>).</summary>
    public required IReadOnlyList<double> References { get; init; }

    /// <summary>Diversity of all candidates together (<c>corpus_divN.cands</c>).</summary>
    public required double CandidateCorpus { get; init; }

    /// <summary>Candidate over references for each clip (<c>sents_divN.ratio</c>); 0 where the references have none.</summary>
    public IReadOnlyList<double> Ratio => [.. Candidates.Zip(References, (candidate, reference) => reference == 0 ? 0 : candidate / reference)];

    /// <summary>Measures a set.</summary>
    /// <param name="set">The captions.</param>
    /// <param name="order">Words in an n-gram, 1 to 4.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is outside 1 to 4.</exception>
    public static Diversity Of(CaptionSet set, int order)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, NGram.MaxOrder);
        var all = new HashSet<NGram>();
        long total = 0;
        foreach (var words in set.CandidateIds)
        {
            all.UnionWith(NGram.Count(words, order).Keys);
            total += Math.Max(0, words.Length - order + 1);
        }
        return new Diversity
        {
            Order = order,
            Candidates = Array.ConvertAll(set.CandidateIds, words => OfSentence(words, order)),
            References = Array.ConvertAll(set.ReferenceIds, captions => captions.Average(words => OfSentence(words, order))),
            CandidateCorpus = total == 0 ? 0 : (double)all.Count / total,
        };
    }

    private static double OfSentence(int[] words, int order) =>
        words.Length < order ? 0 : (double)NGram.Count(words, order).Count / (words.Length - order + 1);
}
