using System.Numerics;

namespace Auricle.Evaluation;

/// <summary>The generator MT19937, with which the reference package draws references.</summary>
internal sealed class MersenneTwister
{
    private const int Size = 624;
    private const int Shift = 397;

    private readonly uint[] _state = new uint[Size];
    private int _next = Size;

    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Size; i++)
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
    }

    /// <summary>As Python's <c>random</c> begins with a whole number of up to 32 bits: the key of one word that it is mixes the state anew.</summary>
    public static MersenneTwister OfPython(uint seed)
    {
        var generator = new MersenneTwister(19650218);
        var state = generator._state;
        var place = 1;
        for (var i = 0; i < Size; i++)
            Mix(1664525, seed);
        for (var i = 1; i < Size; i++)
            Mix(1566083941, (uint)-place);
        state[0] = 0x80000000;
        return generator;

        void Mix(uint factor, uint added)
        {
            state[place] = (state[place] ^ ((state[place - 1] ^ (state[place - 1] >> 30)) * factor)) + added;
            if (++place < Size)
                return;
            state[0] = state[Size - 1];
            place = 1;
        }
    }

    /// <summary>Brings items into the order that Python's <c>shuffle</c> gives them.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            // As many high bits as the bound has, drawn again until they are below it.
            var bits = 32 - BitOperations.LeadingZeroCount((uint)last + 1);
            uint place;
            do
                place = Next() >> (32 - bits);
            while (place > last);
            (items[last], items[(int)place]) = (items[(int)place], items[last]);
        }
    }

    public uint Next()
    {
        if (_next == Size)
            Twist();
        var value = _state[_next++];
        value ^= value >> 11;
        value ^= (value << 7) & 0x9d2c5680u;
        value ^= (value << 15) & 0xefc60000u;
        return value ^ (value >> 18);
    }

    private void Twist()
    {
        for (var i = 0; i < Size; i++)
        {
            var mixed = (_state[i] & 0x80000000u) | (_state[(i + 1) % Size] & 0x7fffffffu);
            _state[i] = _state[(i + Shift) % Size] ^ (mixed >> 1) ^ ((mixed & 1) * 0x9908b0dfu);
        }
        _next = 0;
    }
}
