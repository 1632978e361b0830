namespace Auricle.Evaluation;

/// <summary>ROUGE-L: longest common word sequence of a caption and its references. Scores lie in [0, 1].</summary>
public static class RougeL
{
    private const double RecallWeight = 1.2 * 1.2;

    /// <summary>Scores every clip; the corpus score is the mean.</summary>
    public static MetricScores Evaluate(CaptionSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var scores = new double[set.Count];
        Parallel.For(0, set.Count, clip => scores[clip] = Score(set.CandidateIds[clip], set.ReferenceIds[clip]));
        return MetricScores.Mean("rouge_l", scores);
    }

    private static double Score(int[] candidate, int[][] references)
    {
        // The best precision and the best recall may come from two references: so does the reference program.
        double precision = 0;
        double recall = 0;
        foreach (var reference in references)
        {
            double common = CommonLength(candidate, reference);
            if (common == 0)
                continue;
            precision = Math.Max(precision, common / candidate.Length);
            recall = Math.Max(recall, common / reference.Length);
        }
        return precision == 0 ? 0 : (1 + RecallWeight) * precision * recall / (recall + (RecallWeight * precision));
    }

    private static int CommonLength(int[] first, int[] second)
    {
        var row = new int[second.Length + 1];
        foreach (var word in first)
        {
            var diagonal = 0;
            for (var j = 0; j < second.Length; j++)
            {
                var above = row[j + 1];
                row[j + 1] = word == second[j] ? diagonal + 1 : Math.Max(above, row[j]);
                diagonal = above;
            }
        }
        return row[second.Length];
    }
}
