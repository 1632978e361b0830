namespace Auricle.Models.Decoding;

/// <summary>What is tried at each step of a text: <see cref="BeamSearch"/> or <see cref="Sampling"/>.</summary>
public abstract record Search
{
    private protected Search()
    {
    }

    /// <summary>The texts that it writes for each clip.</summary>
    internal abstract int Places { get; }

    /// <summary>The texts of one clip after another step, finished ones among them. There is one before the first step, and then as many as places.</summary>
    /// <param name="texts">Those before the step.</param>
    /// <param name="logits">The logits that follow a text under way, filtered.</param>
    /// <param name="ranking">What texts are compared by.</param>
    internal abstract IReadOnlyList<Draft> Continue(IReadOnlyList<Draft> texts, StepLogits logits, Ranking ranking);

    /// <exception cref="ArgumentOutOfRangeException">A number makes no sense.</exception>
    internal abstract void Check(int vocabulary);

    private protected static void Require(bool isSensible, object value, string name, string message)
    {
        if (!isSensible)
            throw new ArgumentOutOfRangeException(name, value, message);
    }
}

/// <summary>The logits of a step.</summary>
/// <param name="values">[rows, tokens].</param>
/// <param name="vocabulary">The tokens.</param>
internal readonly ref struct StepLogits(Span<float> values, int vocabulary)
{
    private readonly Span<float> _values = values;
    private readonly int _vocabulary = vocabulary;

    /// <summary>What follows a text under way: [tokens].</summary>
    public Span<float> After(Draft text) => _values.Slice(text.Row * _vocabulary, _vocabulary);
}

/// <summary>A text under way.</summary>
/// <param name="Tokens">Its tokens, the prompt included.</param>
/// <param name="PromptLength">How many of them are the prompt.</param>
/// <param name="Row">The row of the model that it continues.</param>
internal sealed record Draft(int[] Tokens, int PromptLength, int Row)
{
    /// <summary>The sum of the written tokens' log-probabilities.</summary>
    public double LogProbability { get; init; }

    /// <summary>Its place in the search.</summary>
    public int Place { get; init; }

    /// <summary>Whether nothing more is written.</summary>
    public bool IsFinished { get; init; }

    /// <summary>The tokens written so far.</summary>
    public int Length => Tokens.Length - PromptLength;

    /// <summary>This text with another token.</summary>
    public Draft With(int token, double logProbability, int place) =>
        this with { Tokens = [.. Tokens, token], LogProbability = LogProbability + logProbability, Place = place };

    public double Score(Ranking ranking) => ranking(LogProbability, Length);
}
