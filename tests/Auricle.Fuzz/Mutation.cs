using System.Buffers.Binary;

namespace Auricle.Fuzz;

/// <summary>Makes inputs out of others: flipped bits, extreme numbers, pieces removed, repeated and taken from elsewhere.</summary>
internal sealed class Mutation(Random random)
{
    private const int LongestInput = 1 << 20;
    private const int MostSteps = 8;
    private static readonly long[] Extremes = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, long.MaxValue, long.MinValue, -1];

    /// <summary>A variation of one of the inputs.</summary>
    public byte[] Next(IReadOnlyList<byte[]> inputs)
    {
        var bytes = Pick(inputs).ToList();
        for (var steps = random.Next(1, MostSteps + 1); steps > 0; steps--)
            Change(bytes, inputs);
        if (bytes.Count > LongestInput)
            bytes.RemoveRange(LongestInput, bytes.Count - LongestInput);
        return [.. bytes];
    }

    private byte[] Pick(IReadOnlyList<byte[]> inputs) => inputs[random.Next(inputs.Count)];

    // Headers lie in front, so half of all changes are made there.
    private int Place(int count) => count == 0 ? 0 : random.Next(random.Next(2) == 0 ? count : Math.Min(count, 128));

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> inputs)
    {
        var place = Place(bytes.Count);
        var length = Math.Min(bytes.Count - place, 1 << random.Next(12));
        switch (random.Next(8))
        {
            case 0 when bytes.Count > 0:
                bytes[place] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when bytes.Count > 0:
                bytes[place] = (byte)random.Next(256);
                break;
            case 2:
                WriteNumber(bytes, place);
                break;
            case 3:
                bytes.RemoveRange(place, length);
                break;
            case 4:
                bytes.InsertRange(place, bytes.GetRange(Place(bytes.Count) is var from && from + length <= bytes.Count ? from : place, length));
                break;
            case 5:
                var other = Pick(inputs);
                var start = Place(other.Length);
                bytes.InsertRange(place, other.AsSpan(start, Math.Min(other.Length - start, 1 << random.Next(16))));
                break;
            case 6 when random.Next(4) == 0:
                bytes.RemoveRange(place, bytes.Count - place);
                break;
            default:
                bytes.Insert(place, (byte)random.Next(256));
                break;
        }
    }

    private void WriteNumber(List<byte> bytes, int place)
    {
        Span<byte> number = stackalloc byte[8];
        var value = random.Next(3) switch
        {
            0 => bytes.Count + random.NextInt64(-16, 17),
            1 => random.NextInt64(),
            _ => Extremes[random.Next(Extremes.Length)] + random.NextInt64(-1, 2),
        };
        var isLittle = random.Next(2) == 0;
        var width = 1 << random.Next(4);
        if (isLittle)
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
        else
            BinaryPrimitives.WriteInt64BigEndian(number, value);
        number = isLittle ? number[..width] : number[^width..];
        for (var i = 0; i < width && place + i < bytes.Count; i++)
            bytes[place + i] = number[i];
    }
}
