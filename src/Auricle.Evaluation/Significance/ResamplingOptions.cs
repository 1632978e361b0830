namespace Auricle.Evaluation;

/// <summary>How intervals and tests draw clips. The same options give the same figures.</summary>
public sealed record ResamplingOptions
{
    /// <summary>How many times clips are drawn.</summary>
    public int Rounds { get; init; } = 1000;

    /// <summary>Seed of the generator (MT19937).</summary>
    public uint Seed { get; init; } = 1234;

    /// <summary>Share of the rounds that the interval holds, between 0 and 1.</summary>
    public double Level { get; init; } = 0.95;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Rounds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Level, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Level, 1);
    }
}
