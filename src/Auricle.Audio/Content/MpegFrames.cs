using System.Buffers.Binary;

namespace Auricle.Audio.Content;

/// <summary>
/// The frames of an mp3. libmpg123 is quick but stops at the length that the first of several joined files states, and does not tell of a cut:
/// it is shown clean frames only, and the rest goes to ffmpeg.
/// </summary>
internal static class MpegFrames
{
    private const int FewestFrames = 4;   // fewer could be bytes that happen to look so

    private static ReadOnlySpan<short> BitRates1 => [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
    private static ReadOnlySpan<short> BitRates2 => [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
    private static ReadOnlySpan<int> SampleRates => [44100, 48000, 32000];

    /// <summary>Reads the frames; <see langword="null"/> where the file is no MPEG audio of layer 3.</summary>
    public static SoundContent? Read(ByteWindow file)
    {
        var start = Tags.End(file, 0);
        var parts = new List<Part>();
        var part = new Part { Start = start };
        var isClean = true;
        var position = start;
        while (position < file.Length)
        {
            var header = Header.Parse(file.At(position, 4));
            if (header is { } frame && (part.First is not { } first || frame.Fits(first)))
            {
                if (position + frame.Length > file.Length)
                    break;
                var stated = StatedFrames(file, position, frame);
                if (stated is not null && part.First is not null)
                {
                    parts.Add(part);
                    part = new Part { Start = position };
                }
                part.First ??= frame;
                if (stated is not null)
                    part.Stated = stated;
                else
                    part.Frames++;
                position += frame.Length;
                part.End = position;
                continue;
            }
            if (part.First is null)
                break;
            if (header is not null)
            {
                // The next sound has another rate or other channels.
                parts.Add(part);
                part = new Part { Start = position };
                isClean = false;
                continue;
            }
            if (Tags.End(file, position) is var end && end > position)
            {
                parts.Add(part);
                part = new Part { Start = end };
                position = end;
                continue;
            }
            break;
        }
        if (part.First is not null)
            parts.Add(part);
        if (parts.Count == 0 || parts.Sum(one => one.Frames) < FewestFrames)
            return null;

        var last = parts[^1];
        var remains = position < file.Length && SoundContent.HoldsMore(file, position, 0);
        var isPartial = remains && Header.Parse(file.At(position, 4)) is not null;
        isClean &= !remains;
        isClean &= parts.TrueForAll(one => one.Frames >= FewestFrames && (one.Stated is null || one.Stated == one.Frames) && one.First!.Value.Fits(parts[0].First!.Value));
        return new SoundContent
        {
            Views = isClean ? [.. parts.Select(one => file.File.Slice(one.Start, one.End - one.Start))] : [],
            Format = "mp3",
            HasTimes = false,
            IsCut = isPartial || last.Stated > last.Frames + 1,
            Remarks = parts.Count > 1 ? [SoundContent.Joined(parts.Count)] : [],
        };
    }

    /// <summary>The number of frames that a first frame without sound states for the rest; <see langword="null"/> for a frame of sound.</summary>
    private static long? StatedFrames(ByteWindow file, long position, Header frame)
    {
        var xing = position + 4 + frame.SideLength;
        if (file.Has(xing, "Xing"u8) || file.Has(xing, "Info"u8))
            return file.At(xing + 4, 8) is { Length: 8 } bytes && (bytes[3] & 1) != 0 ? BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) : 0;
        var vbri = position + 4 + 32;
        return file.Has(vbri, "VBRI"u8) && file.At(vbri + 14, 4) is { Length: 4 } count ? BinaryPrimitives.ReadUInt32BigEndian(count) : null;
    }

    private sealed class Part
    {
        public long Start { get; init; }

        public long End { get; set; }

        public Header? First { get; set; }

        public long Frames { get; set; }

        public long? Stated { get; set; }
    }

    private readonly record struct Header(bool IsVersion1, int SampleRate, bool IsMono, int Length)
    {
        public int SideLength => IsVersion1 ? (IsMono ? 17 : 32) : IsMono ? 9 : 17;

        public bool Fits(Header other) => SampleRate == other.SampleRate && IsVersion1 == other.IsVersion1 && IsMono == other.IsMono;

        public static Header? Parse(ReadOnlySpan<byte> bytes)
        {
            if (bytes is not [0xFF, var b, var c, var d] || (b & 0xE6) != 0xE2)
                return null;
            var version = b >> 3 & 3;   // 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5
            var rate = c >> 2 & 3;
            if (version == 1 || rate == 3)
                return null;
            var sampleRate = SampleRates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
            var bits = (version == 3 ? BitRates1 : BitRates2)[c >> 4] * 1000;
            if (bits == 0)
                return null;
            var length = (version == 3 ? 144 : 72) * bits / sampleRate + (c >> 1 & 1);
            return new Header(version == 3, sampleRate, d >> 6 == 3, length);
        }
    }
}
