namespace Auricle.Evaluation;

/// <summary>Random numbers that a seed decides on every platform (SplitMix64), for training that can be repeated.</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed * 0x9E3779B97F4A7C15 + 0x243F6A8885A308D3;

    /// <summary>In [0, 1).</summary>
    public float NextSingle() => (Next() >> 40) / 16777216f;

    /// <summary>In [0, <paramref name="bound"/>).</summary>
    public int NextInt(int bound) => (int)((Next() >> 33) % (ulong)bound);

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var value = _state;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
