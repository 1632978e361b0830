namespace Auricle.Evaluation;

/// <summary>Random numbers that a seed decides on every platform, for training that can be repeated.</summary>
internal sealed class SeededRandom(ulong seed)
{
    // Seeds that follow each other begin far apart.
    private readonly SplitMix64 _bits = new(seed * 0x9E3779B97F4A7C15 + 0x243F6A8885A308D3);

    /// <summary>In [0, 1).</summary>
    public float NextSingle() => (_bits.NextBits() >> 40) / 16777216f;

    /// <summary>In [0, <paramref name="bound"/>).</summary>
    public int NextInt(int bound) => (int)((_bits.NextBits() >> 33) % (ulong)bound);

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
