namespace Auricle.Evaluation;

/// <summary>SPICE of a set of clips, with what parsed them: figures of different parsers must not be mixed.</summary>
/// <param name="Scores">The corpus score, a mean, and the score of each clip; fractions.</param>
/// <param name="FrontEnd">What parsed the captions, in words for a report.</param>
/// <param name="IsApproximate">Whether the parser only comes near that of the original program.</param>
public sealed record SpiceScores(MetricScores Scores, string FrontEnd, bool IsApproximate);
