using System.Buffers.Binary;

namespace Auricle.Audio.Decoding;

/// <summary>What the wav header in front of ffmpeg's samples states.</summary>
/// <param name="SampleRate">Frames per second, in hertz.</param>
/// <param name="Channels">Samples per frame.</param>
internal sealed record WavHeader(int SampleRate, int Channels)
{
    private const int FormatLength = 16;

    /// <summary>Reads up to the first sample; <see langword="null"/> if the stream does not begin like a wav file.</summary>
    public static WavHeader? Read(Stream stream)
    {
        Span<byte> start = stackalloc byte[12];
        if (!TryFill(stream, start) || !start[..4].SequenceEqual("RIFF"u8) || !start[8..].SequenceEqual("WAVE"u8))
            return null;
        WavHeader? header = null;
        Span<byte> chunk = stackalloc byte[8];
        Span<byte> format = stackalloc byte[FormatLength];
        while (TryFill(stream, chunk))
        {
            if (chunk[..4].SequenceEqual("data"u8))
                return header;
            long rest = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            rest += rest & 1;   // chunks begin at even offsets
            if (chunk[..4].SequenceEqual("fmt "u8) && rest >= FormatLength)
            {
                if (!TryFill(stream, format))
                    return null;
                rest -= FormatLength;
                header = new WavHeader(BinaryPrimitives.ReadInt32LittleEndian(format[4..]), BinaryPrimitives.ReadUInt16LittleEndian(format[2..]));
            }
            if (!TrySkip(stream, rest))
                return null;
        }
        return null;
    }

    private static bool TryFill(Stream stream, Span<byte> buffer) => stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length;

    private static bool TrySkip(Stream stream, long count)
    {
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
