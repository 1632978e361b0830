using System.Runtime.InteropServices;

namespace Auricle.Evaluation;

/// <summary>BLEU-1 to BLEU-4: share of a caption's n-grams that stand in a reference, with a penalty for short captions. Scores lie in [0, 1].</summary>
public static class Bleu
{
    // The reference program adds these to counts, so that no division by zero and no product of zeros occurs; figures depend on them.
    private const double Tiny = 1e-15;
    private const double Small = 1e-9;

    /// <summary>Scores every clip and the set; the corpus score comes from summed counts, not from a mean.</summary>
    /// <returns><c>bleu_1</c> to <c>bleu_4</c>.</returns>
    public static IReadOnlyList<MetricScores> Evaluate(CaptionSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var counts = new BleuCounts[set.Count];
        Parallel.For(0, set.Count, clip => counts[clip] = Count(set.CandidateIds[clip], set.ReferenceIds[clip]));
        var sentences = Array.ConvertAll(counts, Scores);
        var total = new BleuCounts();
        foreach (var count in counts)
            total.Add(count);
        var corpus = Scores(total);
        var values = counts.SelectMany(clip => clip.ToValues()).ToArray();
        return [.. Enumerable.Range(0, NGram.MaxOrder)
            .Select(n => new MetricScores($"bleu_{n + 1}", corpus[n], Array.ConvertAll(sentences, scores => scores[n]))
        {
            Statistics = new ClipStatistics(values, BleuCounts.Width, (sums, _) => Scores(BleuCounts.FromSums(sums))[n]),
        })];
    }

    private static BleuCounts Count(int[] candidate, int[][] references)
    {
        var counts = new BleuCounts
        {
            Length = candidate.Length,
            ReferenceLength = references.Select(words => words.Length).MinBy(length => (Math.Abs(length - candidate.Length), length)),
        };
        for (var n = 0; n < NGram.MaxOrder; n++)
        {
            var own = NGram.Count(candidate, n + 1);
            var limits = new Dictionary<NGram, int>(own.Count);
            foreach (var reference in references)
                RaiseLimits(limits, own, reference, n + 1);
            counts.Guessed[n] = Math.Max(0, candidate.Length - n);
            counts.Correct[n] = own.Sum(item => (long)Math.Min(item.Value, limits.GetValueOrDefault(item.Key)));
        }
        return counts;
    }

    /// <summary>Raises how often each of the candidate's n-grams may count to how often a reference has it.</summary>
    private static void RaiseLimits(Dictionary<NGram, int> limits, Dictionary<NGram, int> own, int[] reference, int order)
    {
        var counts = new Dictionary<NGram, int>();
        for (var start = 0; start + order <= reference.Length; start++)
        {
            var gram = NGram.At(reference, start, order);
            if (own.ContainsKey(gram))
                CollectionsMarshal.GetValueRefOrAddDefault(counts, gram, out _)++;
        }
        foreach (var (gram, count) in counts)
            limits[gram] = Math.Max(count, limits.GetValueOrDefault(gram));
    }

    private static double[] Scores(BleuCounts counts)
    {
        var ratio = (counts.Length + Tiny) / (counts.ReferenceLength + Small);
        var penalty = ratio < 1 ? Math.Exp(1 - (1 / ratio)) : 1;
        var scores = new double[NGram.MaxOrder];
        var product = 1.0;
        for (var n = 0; n < scores.Length; n++)
        {
            product *= (counts.Correct[n] + Tiny) / (counts.Guessed[n] + Small);
            scores[n] = Math.Pow(product, 1.0 / (n + 1)) * penalty;
        }
        return scores;
    }
}
