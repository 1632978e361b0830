namespace Auricle.Evaluation;

/// <summary>How rich the words of the candidates are beside those of the references (<c>vocab.*</c> in the reference package).</summary>
public sealed record VocabularyStatistics
{
    /// <summary>Seed of the reference package.</summary>
    public const int DefaultSeed = 1234;

    /// <summary>Distinct words of all candidates.</summary>
    public required int Candidates { get; init; }

    /// <summary>Distinct words of each candidate, in clip order.</summary>
    public required IReadOnlyList<int> CandidateSentences { get; init; }

    /// <summary>Distinct words of all references.</summary>
    public required int References { get; init; }

    /// <summary>Distinct words of one reference a clip drawn at random, averaged over as many rounds as the richest clip has references.</summary>
    public required double AverageReferences { get; init; }

    /// <summary>Words that both sides use.</summary>
    public required int Common { get; init; }

    /// <summary>Share of the words in all references, repetitions included, that some candidate uses.</summary>
    public required double Coverage { get; init; }

    /// <summary><see cref="Candidates"/> over <see cref="References"/>.</summary>
    public double Ratio => Divide(Candidates, References);

    /// <summary><see cref="Candidates"/> over <see cref="AverageReferences"/>.</summary>
    public double AverageRatio => Divide(Candidates, AverageReferences);

    /// <summary>Share of the candidates' words that the references use.</summary>
    public double Precision => Divide(Common, Candidates);

    /// <summary>Share of the references' words that the candidates use.</summary>
    public double Recall => Divide(Common, References);

    /// <summary>Harmonic mean of <see cref="Precision"/> and <see cref="Recall"/>.</summary>
    public double F1 => Divide(2.0 * Common, Candidates + References);

    /// <summary>Common words over all words.</summary>
    public double Jaccard => Divide(Common, Candidates + References - Common);

    /// <summary>Counts the words of a set.</summary>
    /// <param name="set">The captions.</param>
    /// <param name="seed">Seed of the draws behind <see cref="AverageReferences"/>.</param>
    public static VocabularyStatistics Of(CaptionSet set, int seed = DefaultSeed)
    {
        ArgumentNullException.ThrowIfNull(set);
        var candidates = set.CandidateIds.SelectMany(words => words).ToHashSet();
        var references = new HashSet<int>();
        long occurrences = 0;
        long covered = 0;
        foreach (var word in set.ReferenceIds.SelectMany(captions => captions).SelectMany(words => words))
        {
            references.Add(word);
            occurrences++;
            if (candidates.Contains(word))
                covered++;
        }
        return new VocabularyStatistics
        {
            Candidates = candidates.Count,
            CandidateSentences = Array.ConvertAll(set.CandidateIds, words => words.Distinct().Count()),
            References = references.Count,
            AverageReferences = Average(set.ReferenceIds, (uint)seed),
            Common = candidates.Count(references.Contains),
            Coverage = Divide(covered, occurrences),
        };
    }

    private static double Average(int[][][] references, uint seed)
    {
        var generator = new MersenneTwister(seed);
        var rounds = references.Max(captions => captions.Length);
        double total = 0;
        var words = new HashSet<int>();
        for (var round = 0; round < rounds; round++)
        {
            words.Clear();
            foreach (var captions in references)
                words.UnionWith(captions[(int)(generator.Next() % (uint)captions.Length)]);
            total += words.Count;
        }
        return total / rounds;
    }

    private static double Divide(double part, double whole) => whole == 0 ? 0 : part / whole;
}
