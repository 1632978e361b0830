namespace Auricle.Evaluation;

/// <summary>What SPIDEr-FL and FENSE take from a caption that is no fluent sentence.</summary>
public static class FluencyPenalty
{
    /// <summary>The share that is taken.</summary>
    public const double Share = 0.9;

    /// <summary>Scores of which a clip with a fluency error keeps a tenth.</summary>
    /// <param name="name">Name of the result.</param>
    /// <param name="scores">Scores of each clip.</param>
    /// <param name="errors">For each clip 1 where the candidate has a fluency error, else 0 (<c>fer</c>).</param>
    public static MetricScores Apply(string name, MetricScores scores, MetricScores errors)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(errors);
        return MetricScores.Mean(name, [.. scores.Sentences.Zip(errors.Sentences, (score, error) => score * (1 - (Share * error)))]);
    }
}
