namespace Auricle.Evaluation;

/// <summary>What an evaluation found.</summary>
public sealed record CaptionReport
{
    /// <summary>What was asked for.</summary>
    public required CaptionEvaluationOptions Options { get; init; }

    /// <summary>Names of the clips, as the references have them.</summary>
    public required IReadOnlyList<string> Clips { get; init; }

    /// <summary>The references of each clip as they were read.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> References { get; init; }

    /// <summary>The system, and behind it the one it is compared with, if any.</summary>
    public required IReadOnlyList<SystemScores> Systems { get; init; }

    /// <summary>Metrics of the preset that cannot run.</summary>
    public required IReadOnlyList<LeftOutMetrics> LeftOut { get; init; }

    /// <summary>Whether SPICE, and what is made of it, comes from Auricle's own parser, which only comes near the original's.</summary>
    public bool SpiceIsApproximate { get; init; }

    /// <summary>The second system beside the first, score by score; empty where there is one system.</summary>
    public required IReadOnlyList<PairedDifference> Differences { get; init; }
}

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
