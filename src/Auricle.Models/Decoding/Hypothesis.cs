namespace Auricle.Models.Decoding;

/// <summary>A text that a search finished.</summary>
/// <param name="Tokens">Its tokens without the start token; the end token is last unless the longest length cut it off.</param>
/// <param name="LogProbability">The mean log-probability of these tokens.</param>
public sealed record Hypothesis(IReadOnlyList<int> Tokens, double LogProbability);
