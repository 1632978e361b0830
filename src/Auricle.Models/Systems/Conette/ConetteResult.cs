namespace Auricle.Models.Systems.Conette;

/// <summary>What a model says about one clip.</summary>
public sealed record ConetteResult
{
    /// <summary>The best caption.</summary>
    public required string Caption { get; init; }

    /// <summary>The mean log-probability of its tokens, the end mark included.</summary>
    public required double LogProbability { get; init; }

    /// <summary>The ids of its tokens, the end mark included where it was reached.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>All captions the search finished, the best first.</summary>
    public required IReadOnlyList<CaptionCandidate> Candidates { get; init; }

    /// <summary>The task whose style it has.</summary>
    public required string Task { get; init; }

    /// <summary>The tags at or above the threshold, the most probable first.</summary>
    public required IReadOnlyList<TagScore> Tags { get; init; }

    /// <summary>The probability of every tag, in the order of the model's list.</summary>
    public required IReadOnlyList<float> TagProbabilities { get; init; }
}
