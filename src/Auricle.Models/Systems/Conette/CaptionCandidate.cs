namespace Auricle.Models.Systems.Conette;

/// <summary>One caption that a search finished.</summary>
/// <param name="Caption">Its text.</param>
/// <param name="LogProbability">The mean log-probability of its tokens, the end mark included.</param>
/// <param name="Tokens">The ids of its tokens, the end mark included where it was reached.</param>
/// <param name="Slot">The place in the beam it was finished in, from 0; the reference lists captions in this order.</param>
public sealed record CaptionCandidate(string Caption, double LogProbability, IReadOnlyList<int> Tokens, int Slot);
