namespace Auricle.Evaluation;

/// <summary>The scores of one system.</summary>
/// <param name="File">The file of its captions.</param>
/// <param name="Candidates">Its captions as they were read, in clip order; of several candidates the first.</param>
/// <param name="Scores">Its scores, in the order of the registry.</param>
/// <param name="Intervals">The confidence interval of each of <paramref name="Scores"/>; <see langword="null"/> where it has none.</param>
public sealed record SystemScores(string File, IReadOnlyList<string> Candidates, IReadOnlyList<MetricScores> Scores,
    IReadOnlyList<Interval?> Intervals)
{
    /// <summary>The captions that the file has for each clip.</summary>
    public int CandidatesOfAClip { get; init; } = 1;
}
