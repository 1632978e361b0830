namespace Auricle.Evaluation;

/// <summary>How the tuples of a candidate agree with those of its references.</summary>
/// <param name="Matches">Candidate tuples that some reference tuple is similar to.</param>
/// <param name="Candidates">Candidate tuples.</param>
/// <param name="References">Reference tuples, merged over the references.</param>
public readonly record struct SpiceCount(int Matches, int Candidates, int References)
{
    /// <summary>Share of candidate tuples that match; 0 where there are none.</summary>
    public double Precision => Candidates == 0 ? 0 : (double)Matches / Candidates;

    /// <summary>Matches over reference tuples; 0 where there are none. Several candidate tuples may match one reference tuple.</summary>
    public double Recall => References == 0 ? 0 : (double)Matches / References;

    /// <summary>Harmonic mean of precision and recall, 0 where either is 0.</summary>
    public double F => Matches == 0 || References == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    /// <summary>Compares tuples of lemmas, as captions propose them.</summary>
    internal static SpiceCount Of(IEnumerable<IReadOnlyList<string>> candidate, IEnumerable<IReadOnlyList<string>> references, SpiceSynonyms synonyms)
    {
        var tuples = Merge(candidate, synonyms);
        var expected = Merge(references, synonyms);
        var matches = tuples.Count(tuple => expected.Any(other => AreSimilar(tuple, other)));
        return new SpiceCount(matches, tuples.Count, expected.Count);
    }

    private static IReadOnlyList<SceneConcept[]> Merge(IEnumerable<IReadOnlyList<string>> tuples, SpiceSynonyms synonyms)
    {
        var graph = new SceneGraph(synonyms);
        foreach (var tuple in tuples)
            graph.Add(tuple);
        return graph.Tuples;
    }

    private static bool AreSimilar(SceneConcept[] left, SceneConcept[] right)
    {
        if (left.Length != right.Length)
            return false;
        for (var i = 0; i < left.Length; i++)
        {
            if (!left[i].IsSimilar(right[i]))
                return false;
        }
        return true;
    }
}
