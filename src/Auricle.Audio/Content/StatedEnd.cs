using System.Buffers.Binary;

namespace Auricle.Audio.Content;

/// <summary>Where a file should end by its own header. Decoders read what is there of a cut file without a word.</summary>
internal static class StatedEnd
{
    private const long Unknown = 0x7FFF0000;   // writers that cannot go back leave zero or some number near 2 or 4 GiB

    private const int LongestHead = 64;

    /// <summary>The length in bytes that the header states; <see langword="null"/> where it states none or the format is not known here.</summary>
    public static long? Find(ByteWindow file) => file.At(0, LongestHead) switch
    {
        { Length: < LongestHead } => null,
        [(byte)'F', (byte)'O', (byte)'R', (byte)'M', ..] head => Sized(8 + BinaryPrimitives.ReadUInt32BigEndian(head[4..]), 8),
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] head => Sized(8 + BinaryPrimitives.ReadUInt32LittleEndian(head[4..]), 8) is { } end && end > file.Length ? end : null,
        [(byte)'F', (byte)'R', (byte)'M', (byte)'8', ..] head => Sized(12 + BinaryPrimitives.ReadInt64BigEndian(head[4..]), 12),
        [(byte)'D', (byte)'S', (byte)'D', (byte)' ', ..] head => Sized(BinaryPrimitives.ReadInt64LittleEndian(head[12..]), 0),
        [(byte)'.', (byte)'s', (byte)'n', (byte)'d', ..] head => Sun(BinaryPrimitives.ReadUInt32BigEndian(head[4..]), BinaryPrimitives.ReadUInt32BigEndian(head[8..])),
        [(byte)'d', (byte)'n', (byte)'s', (byte)'.', ..] head => Sun(BinaryPrimitives.ReadUInt32LittleEndian(head[4..]), BinaryPrimitives.ReadUInt32LittleEndian(head[8..])),
        [(byte)'r', (byte)'i', (byte)'f', (byte)'f', 0x2E, 0x91, ..] => Wave64(file),
        [(byte)'c', (byte)'a', (byte)'f', (byte)'f', ..] => Chunks(file, 8, 12, static head => BinaryPrimitives.ReadInt64BigEndian(head[4..]) is >= 0 and < long.MaxValue - 12 and var size ? 12 + size : 0),
        [(byte)'C', (byte)'r', (byte)'e', (byte)'a', (byte)'t', (byte)'i', (byte)'v', (byte)'e', ..] head =>
            Chunks(file, BinaryPrimitives.ReadUInt16LittleEndian(head[20..]), 4, static head => head[0] == 0 ? 0 : 4 + (head[1] | head[2] << 8 | head[3] << 16)),
        [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, ..] => Asf(file),
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => Chunks(file, 0, 16, static head => BinaryPrimitives.ReadUInt32BigEndian(head) switch
        {
            1 => BinaryPrimitives.ReadInt64BigEndian(head[8..]),
            var size => size,
        }),
        _ => null,
    };

    private static long? Sized(long end, long empty) => end > empty && end is < Unknown or > uint.MaxValue + 16L ? end : null;

    private static long? Sun(long offset, long size) => size is > 0 and < Unknown ? offset + size : null;

    // The size of the file is the second field behind the head of the object of file properties.
    private static long? Asf(ByteWindow file) =>
        file.At(0, 1 << 14).IndexOf((ReadOnlySpan<byte>)[0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11, 0x8E, 0xE4, 0x00, 0xC0, 0x0C, 0x20, 0x53, 0x65]) is >= 0 and var place
            && file.At(place + 40, 8) is { Length: 8 } size ? Sized(BinaryPrimitives.ReadInt64LittleEndian(size), place) : null;

    private static long? Wave64(ByteWindow file) =>
        Chunks(file, 40, 24, static head => BinaryPrimitives.ReadInt64LittleEndian(head[16..]) is > 0 and < long.MaxValue - 8 and var size ? size + 7 & ~7 : 0);

    /// <summary>Walks chunks to the end of the file; a size of zero or less is one that reaches to the end, whatever it is.</summary>
    private static long? Chunks(ByteWindow file, long position, int headLength, ChunkLength length)
    {
        while (file.At(position, headLength) is var head && head.Length == headLength)
        {
            var size = length(head);
            if (size <= 0 || size > long.MaxValue - position)
                return null;
            position += size;
        }
        return position > file.Length ? position : null;
    }

    private delegate long ChunkLength(ReadOnlySpan<byte> head);
}
