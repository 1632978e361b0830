using System.Buffers.Binary;

namespace Auricle.Audio.Content;

/// <summary>
/// What a file turned out to hold, judged by its bytes and never by its name: what libsndfile may be shown, what ffmpeg must be told,
/// and where header and content disagree.
/// </summary>
internal sealed record SoundContent
{
    // Fewer bytes behind the last chunk are rounding, padding or a tag and no sound that somebody would miss.
    private const int SmallRest = 4096;
    private const int LongestPadding = 1 << 20;

    /// <summary>The sounds in the file one after the other, as libsndfile is shown them; none where that library is not to be asked.</summary>
    public required IReadOnlyList<ByteView> Views { get; init; }

    /// <summary>ffmpeg's name of the format where it is known; <see langword="null"/> lets ffmpeg find out.</summary>
    public string? Format { get; init; }

    /// <summary>Whether the format carries times that sound may leave gaps in.</summary>
    public bool HasTimes { get; init; } = true;

    /// <summary>Whether those times may begin anywhere and start again, as broadcasts do.</summary>
    public bool HasBrokenTimes { get; init; }

    /// <summary>Whether bytes are missing at the end.</summary>
    public bool IsCut { get; init; }

    /// <summary>How many seconds the header promises of a cut file, and how many there are, where both are known.</summary>
    public (double Promised, double Held)? CutSeconds { get; init; }

    /// <summary>Sentences about header and content; the subject is left out: each goes on behind the name of the file.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Looks at a file.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public static SoundContent Examine(ByteView file)
    {
        var window = new ByteWindow(file);
        var start = Tags.End(window, 0);
        if (WavFile.Read(window, 0) is { } wav)
            return wav.ToContent(file);
        if (window.Has(start, "fLaC"u8))
            return FlacStreams(window, start);
        if (window.Has(0, "OggS"u8))
            return OggPages.Read(window);
        if (MpegFrames.Read(window) is { } mpeg)
            return mpeg;
        if (IsBroadcast(window))
            return new SoundContent { Views = [], HasBrokenTimes = true };
        // What only looks like MPEG audio would be a guess of libsndfile's.
        var first = window.At(start, 2);
        if (start > 0 || first is [0xFF, >= 0xE0])
            return new SoundContent { Views = [] };
        if (StatedEnd.Find(window) is not { } end)
            return new SoundContent { Views = [file] };
        if (end > window.Length)
            return new SoundContent { Views = [file], IsCut = true };
        if (!HoldsMore(window, end))
            return new SoundContent { Views = [file] };
        if (!window.Has(0, ".snd"u8) && !window.Has(0, "dns."u8))
            return new SoundContent { Views = [file], Remarks = [$"holds {window.Length - end} bytes more than its header states; if they are sound, it is not heard: export the file again"] };
        // Nothing but samples can follow in this format, whose size may be left open.
        byte[] head = [.. window.At(0, 8), 0xFF, 0xFF, 0xFF, 0xFF];
        return new SoundContent
        {
            Views = [file.Join(head, [(head.Length, file.Length - head.Length)])],
            Remarks = ["holds more sound than its header states; all of it is read"],
        };
    }

    /// <summary>Whether what lies behind a place is neither a tag nor padding nor next to nothing.</summary>
    public static bool HoldsMore(ByteWindow file, long end, long small = SmallRest)
    {
        if (file.Length - end <= small || IsTag(file, end))
            return false;
        for (var place = end; place < file.Length; place += SmallRest)
        {
            if (place - end > LongestPadding || file.At(place, SmallRest).ContainsAnyExcept((byte)0))
                return true;
        }
        return false;
    }

    public static bool IsTag(ByteWindow file, long position) =>
        file.Has(position, "TAG"u8) || file.Has(position, "ID3"u8) || file.Has(position, "APETAGEX"u8) || file.Has(position, "LYRICSBEGIN"u8);

    public static string Joined(int count) => $"is {count} sounds one after the other, read as one";

    // An MPEG transport stream, in packets of 188 bytes or with four bytes before each, or an MPEG program stream.
    private static bool IsBroadcast(ByteWindow file) =>
        (file.At(0, 1) is [0x47] && file.At(188, 1) is [0x47]) || (file.At(4, 1) is [0x47] && file.At(196, 1) is [0x47]) || file.At(0, 4) is [0, 0, 1, 0xBA];

    private static SoundContent FlacStreams(ByteWindow file, long start)
    {
        // A stream begins with its name and the block STREAMINFO of 34 bytes, marked as the last block or not.
        var starts = new List<long> { start };
        for (var next = start + 4; (next = file.Find(next, "fLaC"u8)) >= 0; next += 4)
        {
            if (file.At(next + 4, 4) is [0 or 0x80, 0, 0, 34])
                starts.Add(next);
        }
        return new SoundContent
        {
            Views = [.. starts.Select((from, i) => file.File.Slice(from, (i + 1 < starts.Count ? starts[i + 1] : file.Length) - from))],
            Format = "flac",
            HasTimes = false,
            Remarks = starts.Count > 1 ? [Joined(starts.Count)] : [],
        };
    }
}

/// <summary>Tags of mp3 players, which may lie before, behind and between sounds of any kind.</summary>
internal static class Tags
{
    private const int Id3v1Length = 128;
    private const int ApeHeaderLength = 32;

    /// <summary>The place behind the tags at a position; the position itself where there is none.</summary>
    public static long End(ByteWindow file, long position)
    {
        while (true)
        {
            switch (file.At(position, ApeHeaderLength))
            {
                case [(byte)'I', (byte)'D', (byte)'3', < 0xFF, < 0xFF, var flags, < 128 and var a, < 128 and var b, < 128 and var c, < 128 and var d, ..]:
                    position += 10 + (a << 21 | b << 14 | c << 7 | d) + ((flags & 0x10) != 0 ? 10 : 0);
                    break;
                case [(byte)'T', (byte)'A', (byte)'G', ..]:
                    position += Id3v1Length;
                    break;
                case [(byte)'A', (byte)'P', (byte)'E', (byte)'T', (byte)'A', (byte)'G', (byte)'E', (byte)'X', ..] and { Length: ApeHeaderLength } head:
                    position += ApeHeaderLength + BinaryPrimitives.ReadUInt32LittleEndian(head[12..]);
                    break;
                default:
                    return position;
            }
        }
    }
}
