namespace Auricle;

/// <summary>
/// A small random generator whose whole state is one number, so that it can be saved, and made anew from a seed, an epoch
/// and an index: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
/// </summary>
public sealed class SplitMix64 : Random
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>Starts from a seed.</summary>
    public SplitMix64(ulong seed) => State = seed;

    /// <summary>The state; setting it continues from there.</summary>
    public ulong State { get; set; }

    /// <summary>A generator for one place in a run: other keys give an unrelated sequence.</summary>
    public static SplitMix64 For(ulong seed, params ReadOnlySpan<ulong> keys)
    {
        var state = Mix(seed + Increment);
        foreach (var key in keys)
            state = Mix(state ^ Mix(key + Increment));
        return new SplitMix64(state);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits() => Mix(State += Increment);

    /// <inheritdoc/>
    public override int Next() => Next(int.MaxValue);

    /// <inheritdoc/>
    public override int Next(int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (int)(((NextBits() >> 32) * (ulong)maxValue) >> 32);
    }

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue) => (int)NextInt64(minValue, maxValue);

    /// <inheritdoc/>
    public override long NextInt64() => NextInt64(0, long.MaxValue);

    /// <inheritdoc/>
    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    /// <inheritdoc/>
    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return minValue + (long)Math.BigMul(NextBits(), (ulong)(maxValue - minValue), out _);
    }

    /// <inheritdoc/>
    public override double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <inheritdoc/>
    public override float NextSingle() => (NextBits() >> 40) * 5.9604645e-8f;

    /// <inheritdoc/>
    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    /// <inheritdoc/>
    public override void NextBytes(Span<byte> buffer)
    {
        for (var at = 0; at < buffer.Length; at++)
            buffer[at] = (byte)(NextBits() >> 56);
    }

    /// <summary>A number between two others.</summary>
    public double Uniform(double minimum, double maximum) => minimum + (maximum - minimum) * NextDouble();

    /// <summary><see langword="true"/> with a probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <inheritdoc/>
    protected override double Sample() => NextDouble();

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
