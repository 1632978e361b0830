namespace Auricle.Evaluation;

/// <summary>METEOR's verdict on one clip, with the evidence: everything but the score belongs to the reference that scored best.</summary>
public sealed record MeteorScore
{
    /// <summary>The score, in [0, 1].</summary>
    public required double Score { get; init; }

    /// <summary>The score against each reference alone.</summary>
    public required IReadOnlyList<double> PerReference { get; init; }

    /// <summary>The reference that scored best; the first of equals.</summary>
    public required int BestReference { get; init; }

    /// <summary>Weighted share of the candidate's words that are matched; not a number for an empty candidate.</summary>
    public required double Precision { get; init; }

    /// <summary>Weighted share of the reference's words that are matched; not a number for an empty reference.</summary>
    public required double Recall { get; init; }

    /// <summary>Weighted harmonic mean of precision and recall.</summary>
    public required double FMean { get; init; }

    /// <summary>What the score loses because the matches are scattered.</summary>
    public required double Penalty { get; init; }

    /// <summary>The 23 counts of the original's score line.</summary>
    public required IReadOnlyList<long> Statistics { get; init; }

    /// <summary>Words of the candidate after normalisation.</summary>
    public required IReadOnlyList<string> CandidateWords { get; init; }

    /// <summary>Words of the best reference after normalisation.</summary>
    public required IReadOnlyList<string> ReferenceWords { get; init; }

    /// <summary>The alignment, in reference order.</summary>
    public required IReadOnlyList<MeteorMatch> Matches { get; init; }
}
