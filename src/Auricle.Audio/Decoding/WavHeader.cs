using System.Buffers.Binary;

namespace Auricle.Audio.Decoding;

/// <summary>What the chunks before the samples of a wav file state.</summary>
internal sealed record WavHeader
{
    // Programs that write to a pipe cannot go back to fill in the size; each leaves some number near 2 or 4 GiB.
    private const uint SmallestPlaceholder = 0x7FFF0000;

    /// <summary>Frames per second, in hertz.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Samples per frame.</summary>
    public required int Channels { get; init; }

    /// <summary>Bytes of sample data per second.</summary>
    public required long BytesPerSecond { get; init; }

    /// <summary>How many bytes of samples the header promises; <see langword="null"/> where it does not say.</summary>
    public required long? DataBytes { get; init; }

    /// <summary>How many bytes lie before the samples.</summary>
    public required long DataOffset { get; init; }

    /// <summary>Reads up to the first sample; <see langword="null"/> if the stream does not begin like a wav file.</summary>
    public static WavHeader? Read(Stream stream)
    {
        Span<byte> start = stackalloc byte[12];
        if (!TryFill(stream, start) || !start[8..].SequenceEqual("WAVE"u8))
            return null;
        var is64Bit = start[..4].SequenceEqual("RF64"u8) || start[..4].SequenceEqual("BW64"u8);
        if (!is64Bit && !start[..4].SequenceEqual("RIFF"u8))
            return null;

        long offset = start.Length;
        long? dataBytes64 = null;
        (int Channels, int SampleRate, long BytesPerSecond)? format = null;
        Span<byte> chunk = stackalloc byte[8];
        Span<byte> body = stackalloc byte[16];
        while (TryFill(stream, chunk))
        {
            offset += chunk.Length;
            var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk[..4].SequenceEqual("data"u8))
            {
                if (format is not { } known)
                    return null;
                return new WavHeader
                {
                    Channels = known.Channels,
                    SampleRate = known.SampleRate,
                    BytesPerSecond = known.BytesPerSecond,
                    DataBytes = size == uint.MaxValue && is64Bit ? dataBytes64 : size is 0 or >= SmallestPlaceholder ? null : size,
                    DataOffset = offset,
                };
            }

            var taken = 0;
            if (size >= 16 && (chunk[..4].SequenceEqual("fmt "u8) || chunk[..4].SequenceEqual("ds64"u8)))
            {
                if (!TryFill(stream, body))
                    return null;
                taken = body.Length;
                if (chunk[0] == (byte)'d')
                {
                    dataBytes64 = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
                }
                else
                {
                    format = (
                        BinaryPrimitives.ReadUInt16LittleEndian(body[2..]),
                        BinaryPrimitives.ReadInt32LittleEndian(body[4..]),
                        BinaryPrimitives.ReadUInt32LittleEndian(body[8..]));
                }
            }
            var rest = size - taken + (size & 1);   // chunks begin at even offsets
            if (!TrySkip(stream, rest))
                return null;
            offset += taken + rest;
        }
        return null;
    }

    private static bool TryFill(Stream stream, Span<byte> buffer) => stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length;

    private static bool TrySkip(Stream stream, long count)
    {
        if (stream.CanSeek)
        {
            stream.Seek(count, SeekOrigin.Current);
            return stream.Position <= stream.Length;
        }
        Span<byte> buffer = stackalloc byte[1024];
        while (count > 0)
        {
            var step = (int)Math.Min(count, buffer.Length);
            if (!TryFill(stream, buffer[..step]))
                return false;
            count -= step;
        }
        return true;
    }
}
