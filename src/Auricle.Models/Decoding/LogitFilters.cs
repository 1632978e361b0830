namespace Auricle.Models.Decoding;

/// <summary>A rule that changes what may follow a text. What it forbids loses its probability to the others.</summary>
public interface ILogitFilter
{
    /// <summary>Changes the logits of what follows.</summary>
    /// <param name="text">The tokens so far, the prompt included.</param>
    /// <param name="promptLength">How many of them are the prompt.</param>
    /// <param name="logits">[tokens]: to be changed; minus infinity forbids.</param>
    void Apply(ReadOnlySpan<int> text, int promptLength, Span<float> logits);
}

/// <summary>Forbids the end before a text has enough tokens.</summary>
/// <param name="length">The fewest tokens, not counting the end token.</param>
/// <param name="endToken">The token that ends a text.</param>
public sealed class MinimumLength(int length, int endToken) : ILogitFilter
{
    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<int> text, int promptLength, Span<float> logits)
    {
        if (text.Length - promptLength < length)
            logits[endToken] = float.NegativeInfinity;
    }
}

/// <summary>Forbids some tokens to occur twice in a text, its prompt counted: CoNeTTE's rule for content words.</summary>
/// <param name="unrepeatable">For each token whether it may occur only once.</param>
public sealed class NoRepetition(IReadOnlyList<bool> unrepeatable) : ILogitFilter
{
    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<int> text, int promptLength, Span<float> logits)
    {
        foreach (var token in text)
        {
            if (unrepeatable[token])
                logits[token] = float.NegativeInfinity;
        }
    }
}

/// <summary>Makes tokens that a text has less likely (Keskar et al. 2019): positive logits are divided, negative ones multiplied.</summary>
/// <param name="factor">Above 1; 1.2 is usual.</param>
public sealed class RepetitionPenalty(double factor) : ILogitFilter
{
    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<int> text, int promptLength, Span<float> logits)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[..i].Contains(text[i]))
                continue;
            ref var logit = ref logits[text[i]];
            logit = (float)(logit > 0 ? logit / factor : logit * factor);
        }
    }
}

/// <summary>Divides all logits, so that a beam compares sharper or flatter probabilities.</summary>
/// <param name="temperature">Above 0; below 1 sharpens.</param>
public sealed class Temperature(double temperature) : ILogitFilter
{
    private readonly float _factor = temperature > 0
        ? (float)(1 / temperature)
        : throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "A temperature must be above 0; for the likeliest tokens use greedy search.");

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<int> text, int promptLength, Span<float> logits)
    {
        foreach (ref var logit in logits)
            logit *= _factor;
    }
}
