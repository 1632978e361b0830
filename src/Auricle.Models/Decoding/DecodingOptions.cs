using Auricle.Torch;

namespace Auricle.Models.Decoding;

/// <summary>How texts are written: what is tried, what is forbidden, how finished texts are ranked and when they end.</summary>
public sealed record DecodingOptions
{
    /// <summary>What is tried: a beam, or draws.</summary>
    public Search Search { get; init; } = new BeamSearch();

    /// <summary>Rules that change the logits of a step before the search sees them, in this order.</summary>
    public IReadOnlyList<ILogitFilter> Filters { get; init; } = [];

    /// <summary>What texts of different lengths are compared by.</summary>
    public Ranking Ranking { get; init; } = Rankings.Mean;

    /// <summary>The token that ends a text; <see langword="null"/> where only the length does.</summary>
    public int? EndToken { get; init; }

    /// <summary>The most tokens of a text, the end token included.</summary>
    public int MaximumLength { get; init; } = 20;

    /// <summary>The model's weights, looked through for the culprit where its logits are no numbers; <see langword="null"/> where none is to be named.</summary>
    public WeightStore? Weights { get; init; }
}

/// <summary>What a text is worth.</summary>
/// <param name="logProbability">The sum of its tokens' log-probabilities.</param>
/// <param name="length">Its tokens.</param>
public delegate double Ranking(double logProbability, int length);

/// <summary>The usual ways to compare texts of different lengths.</summary>
public static class Rankings
{
    /// <summary>By the mean log-probability of a token.</summary>
    public static double Mean(double logProbability, int length) => logProbability / length;

    /// <summary>By the probability of the whole, which favours short texts.</summary>
    public static double Sum(double logProbability, int length) => logProbability;

    /// <summary>Between the two (Wu et al. 2016): the sum over ((5 + length) / 6) to a power.</summary>
    /// <param name="power">0 gives the sum; 0.6 to 1 is usual.</param>
    public static Ranking Penalty(double power) => (logProbability, length) => logProbability / Math.Pow((5 + length) / 6.0, power);
}

/// <summary>What was written for one clip.</summary>
/// <param name="Texts">The texts, the best first.</param>
public sealed record DecodingResult(IReadOnlyList<Hypothesis> Texts)
{
    /// <summary>The best text.</summary>
    public Hypothesis Best => Texts[0];
}

/// <summary>A text that a search finished.</summary>
/// <param name="Tokens">Its tokens without the prompt; the end token is last unless the longest length cut it off.</param>
/// <param name="LogProbability">The sum of their log-probabilities.</param>
/// <param name="Score">What it is ranked by.</param>
/// <param name="Place">The place of the search it was finished in, or the number of the draw.</param>
public sealed record Hypothesis(IReadOnlyList<int> Tokens, double LogProbability, double Score, int Place);
