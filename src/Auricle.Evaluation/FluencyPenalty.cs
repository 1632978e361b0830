namespace Auricle.Evaluation;

/// <summary>How metrics such as FENSE and SPIDEr-FL lower the score of captions that are no fluent English.</summary>
public static class FluencyPenalty
{
    /// <summary>The share that the published metrics take.</summary>
    public const double Share = 0.9;

    /// <summary>Lowers the score of every clip with a fluency error; the corpus score is the mean.</summary>
    /// <param name="name">Name of the result, for example <c>fense</c>.</param>
    /// <param name="scores">The scores to lower, for example <c>sbert_sim</c>.</param>
    /// <param name="errors">1 for each clip with an error and 0 for the others (<c>fer</c>).</param>
    /// <param name="penalty">The share of its score that a clip with an error loses, 0 to 1.</param>
    /// <exception cref="MetricInputException">The two lists differ in length.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="penalty"/> is outside 0 to 1.</exception>
    public static MetricScores Apply(string name, MetricScores scores, MetricScores errors, double penalty = Share)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(errors);
        ArgumentOutOfRangeException.ThrowIfLessThan(penalty, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(penalty, 1);
        if (scores.Sentences.Count != errors.Sentences.Count)
        {
            throw new MetricInputException(
                $"There are {scores.Sentences.Count} clips with {scores.Name} but {errors.Sentences.Count} with {errors.Name}; score the same set with both.");
        }
        double[] lowered = [.. scores.Sentences.Zip(errors.Sentences, (score, error) => score * (1 - (penalty * error)))];
        return MetricScores.Mean(name, lowered);
    }
}
