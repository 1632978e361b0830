using System.Buffers.Binary;

namespace Auricle.Audio.Content;

/// <summary>
/// The pages of an Ogg file. libsndfile stops at the end of the first of several chained streams and knows no streams side by side; neither
/// does it notice that the last page is missing.
/// </summary>
internal static class OggPages
{
    private const int HeaderLength = 27;
    private const int FirstPage = 2;
    private const int LastPage = 4;

    public static SoundContent Read(ByteWindow file)
    {
        var starts = new List<long>();
        var isSound = true;
        var inHeaders = false;   // first pages of streams side by side stand together
        var together = 0;
        var isLast = false;
        long position = 0;
        while (file.At(position, HeaderLength) is [(byte)'O', (byte)'g', (byte)'g', (byte)'S', 0, var flags, ..] page && page.Length == HeaderLength)
        {
            var segments = page[HeaderLength - 1];
            var body = 0;
            foreach (var length in file.At(position + HeaderLength, segments))
                body += length;
            if ((flags & FirstPage) != 0)
            {
                if (!inHeaders)
                {
                    starts.Add(position);
                    together = 0;
                }
                inHeaders = true;
                isSound &= ++together == 1 && IsSound(file.At(position + HeaderLength + segments, 8));
            }
            else
            {
                inHeaders = false;
            }
            isLast = (flags & LastPage) != 0;
            var end = position + HeaderLength + segments + body;
            if (end > file.Length)
            {
                isLast = false;
                break;
            }
            position = end;
        }
        // Damage between the pages is for ffmpeg, which finds the next page.
        if (position < file.Length && !file.Has(position, "OggS"u8) && file.Find(position, "OggS"u8) >= 0)
            return new SoundContent { Views = [], Format = "ogg", HasTimes = !isSound };
        return new SoundContent
        {
            Views = !isSound ? [] : starts.Count == 0 ? [file.File]
                : [.. starts.Select((from, i) => file.File.Slice(from, (i + 1 < starts.Count ? starts[i + 1] : file.Length) - from))],
            Format = "ogg",
            HasTimes = !isSound,
            IsCut = !isLast,
            Remarks = starts.Count > 1 ? [SoundContent.Joined(starts.Count)] : [],
        };
    }

    private static bool IsSound(ReadOnlySpan<byte> packet) =>
        packet.StartsWith("\u0001vorbis"u8) || packet.StartsWith("OpusHead"u8) || packet.StartsWith("Speex"u8) || packet.StartsWith((ReadOnlySpan<byte>)[0x7F, (byte)'F', (byte)'L', (byte)'A', (byte)'C']);
}
