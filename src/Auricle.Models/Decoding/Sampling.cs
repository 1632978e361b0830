namespace Auricle.Models.Decoding;

/// <summary>
/// Draws each token by its probability. What is drawn depends on the seed, the number of the draw and the place in the text alone: the
/// same seed gives the same texts on every machine, whatever other clips are captioned beside one and however many texts are drawn.
/// </summary>
public sealed record Sampling : Search
{
    /// <summary>Texts drawn for each clip.</summary>
    public int Count { get; init; } = 1;

    /// <summary>What logits are divided by: below 1 the likely becomes likelier; 0 always takes the likeliest.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Draws among this many of the likeliest tokens, and those as likely as the last of them; <see langword="null"/> for all.</summary>
    public int? TopK { get; init; }

    /// <summary>Draws among the fewest of the likeliest tokens whose probabilities reach this sum (the nucleus of Holtzman et al. 2020); 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>What the draws begin from.</summary>
    public ulong Seed { get; init; }

    internal override int Places => Count;

    /// <summary>What is drawn from.</summary>
    /// <param name="logits">[tokens].</param>
    /// <returns>The tokens that may be drawn and their probabilities, which sum to one, in descending order; of equals the lower token first.</returns>
    public IReadOnlyList<(int Token, double Probability)> Candidates(ReadOnlySpan<float> logits)
    {
        var peak = Logits.Top(logits, 1)[0];
        if (Temperature == 0)
            return [(peak, 1)];
        var least = TopK is { } count && count < logits.Length ? logits[Logits.Top(logits, count)[^1]] : float.NegativeInfinity;
        var kept = new List<(int Token, double Probability)>();
        for (var token = 0; token < logits.Length; token++)
        {
            if (logits[token] >= least && !float.IsNegativeInfinity(logits[token]))
                kept.Add((token, Math.Exp((logits[token] - (double)logits[peak]) / Temperature)));
        }
        var total = kept.Sum(candidate => candidate.Probability);
        // All that is left out here lies outside the nucleus: even together it is less likely than what the nucleus leaves.
        var negligible = (1 - TopP) * total / kept.Count;
        kept = [.. kept.Where(candidate => candidate.Probability >= negligible).OrderByDescending(candidate => candidate.Probability)];
        var (reached, length) = (0.0, 0);
        while (length < kept.Count && (TopP >= 1 || reached < TopP * total))
            reached += kept[length++].Probability;
        return [.. kept.Take(length).Select(candidate => (candidate.Token, candidate.Probability / reached))];
    }

    internal override IReadOnlyList<Draft> Continue(IReadOnlyList<Draft> texts, StepLogits logits, Ranking ranking)
    {
        var next = new Draft[Count];
        for (var place = 0; place < Count; place++)
        {
            var text = texts[Math.Min(place, texts.Count - 1)];
            if (text.IsFinished)
            {
                next[place] = text;
                continue;
            }
            var row = logits.After(text);
            var token = Draw(Candidates(row), SplitMix64.For(Seed, (ulong)place, (ulong)text.Length).NextDouble());
            next[place] = text.With(token, row[token] - Logits.LogSum(row), place);
        }
        return next;
    }

    internal override void Check(int vocabulary)
    {
        Require(Count >= 1, Count, nameof(Count), $"{Count} texts cannot be drawn; give at least 1.");
        Require(Temperature >= 0 && double.IsFinite(Temperature), Temperature, nameof(Temperature), $"The temperature is {Temperature}; give 0 for the likeliest tokens, or a number above.");
        Require(TopK is null or >= 1, TopK ?? 0, nameof(TopK), $"Of {TopK} tokens none can be drawn; give at least 1.");
        Require(TopP is > 0 and <= 1, TopP, nameof(TopP), $"The nucleus is {TopP}; it is a share of the probability, above 0 and at most 1.");
    }

    private static int Draw(IReadOnlyList<(int Token, double Probability)> candidates, double chance)
    {
        foreach (var (token, probability) in candidates)
        {
            chance -= probability;
            if (chance < 0)
                return token;
        }
        return candidates[0].Token; // only rounding leads here
    }
}
