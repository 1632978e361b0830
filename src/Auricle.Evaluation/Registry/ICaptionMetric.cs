namespace Auricle.Evaluation;

/// <summary>A caption metric, or several that are computed in one go.</summary>
public interface ICaptionMetric
{
    /// <summary>The name it is asked for by, for example <c>spider_fl</c>.</summary>
    string Name { get; }

    /// <summary>Names of the scores it gives, for example <c>bleu_1</c> to <c>bleu_4</c>.</summary>
    IReadOnlyList<string> Scores { get; }

    /// <summary>Names of the scores of other metrics that it combines; usually none.</summary>
    IReadOnlyList<string> Needs { get; }

    /// <summary>
    /// Why it cannot score a set, and how to enable it, as the end of a sentence that begins with its name; <see langword="null"/> where it
    /// can.
    /// </summary>
    string? ObstacleTo(CaptionSet captions);

    /// <summary>Scores a set.</summary>
    /// <param name="captions">The captions, tokenised where the caller wants them so.</param>
    /// <param name="parts">The scores it needs.</param>
    /// <returns>One item for each of <see cref="Scores"/>, in this order.</returns>
    IReadOnlyList<MetricScores> Score(CaptionSet captions, MetricParts parts);
}
