using Auricle.Models.Roles;

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
    public required IReadOnlyList<DecodedCaption> Candidates { get; init; }

    /// <summary>The task whose style it has.</summary>
    public required string Task { get; init; }

    /// <summary>The tags at or above the threshold, the most probable first.</summary>
    public required IReadOnlyList<TagScore> Tags { get; init; }

    /// <summary>The probability of every tag, in the order of the model's list.</summary>
    public required IReadOnlyList<float> TagProbabilities { get; init; }
}

/// <summary>One caption that a search finished.</summary>
/// <param name="Caption">Its text.</param>
/// <param name="LogProbability">The mean log-probability of its tokens, the end mark included.</param>
/// <param name="Tokens">The ids of its tokens, the end mark included where it was reached.</param>
/// <param name="Slot">The place in the beam it was finished in, from 0; the reference lists captions in this order.</param>
public sealed record DecodedCaption(string Caption, double LogProbability, IReadOnlyList<int> Tokens, int Slot)
{
    /// <summary>Its words with their times, where those were asked for.</summary>
    public IReadOnlyList<HeardWord>? Words { get; init; }
}

/// <summary>A tag of a clip.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Probability">How probable it is, 0 to 1; tags are judged independently.</param>
/// <param name="Index">Its place in the model's list.</param>
public sealed record TagScore(string Label, double Probability, int Index);
