namespace Auricle.Evaluation;

/// <summary>How <see cref="Spice"/> parses captions.</summary>
public sealed record SpiceOptions
{
    /// <summary>The parser, or <see langword="null"/> for the one that comes with Auricle.</summary>
    public SpiceParser? Parser { get; init; }
}
