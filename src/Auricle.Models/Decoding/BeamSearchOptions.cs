namespace Auricle.Models.Decoding;

/// <summary>The numbers of a <see cref="BeamSearch"/>.</summary>
public sealed record BeamSearchOptions
{
    /// <summary>Texts followed at a time for each clip; 1 is greedy search.</summary>
    public int BeamSize { get; init; } = 3;

    /// <summary>Steps in which the end token cannot be chosen, so the fewest words.</summary>
    public int MinLength { get; init; } = 3;

    /// <summary>The most steps, so the most tokens, the end token included.</summary>
    public int MaxLength { get; init; } = 20;

    /// <summary>The token that ends a text.</summary>
    public int EndToken { get; init; } = 2;

    /// <summary>For each token whether a text may hold it only once, the start token counted; <see langword="null"/> for no limit.</summary>
    public IReadOnlyList<bool>? Unrepeatable { get; init; }
}
