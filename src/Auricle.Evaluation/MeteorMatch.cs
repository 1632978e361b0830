namespace Auricle.Evaluation;

/// <summary>Words of a reference and of a candidate that METEOR takes to agree.</summary>
/// <param name="ReferenceStart">First word in the reference, from 0.</param>
/// <param name="ReferenceLength">Number of words in the reference.</param>
/// <param name="CandidateStart">First word in the candidate, from 0.</param>
/// <param name="CandidateLength">Number of words in the candidate.</param>
/// <param name="Stage">0 exact, 1 stem, 2 synonym, 3 paraphrase.</param>
public readonly record struct MeteorMatch(int ReferenceStart, int ReferenceLength, int CandidateStart, int CandidateLength, int Stage)
{
    internal int ReferenceEnd => ReferenceStart + ReferenceLength;

    internal int CandidateEnd => CandidateStart + CandidateLength;
}
