using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Xml;

namespace Auricle;

/// <summary>
/// What a sound file says about itself: the tags of its format, read by TagLib, and the chunks <c>bext</c> and <c>iXML</c> in which recorders
/// write. Whatever is damaged is passed over, for it says nothing about the sound.
/// </summary>
internal static class SoundTags
{
    private const int LongestText = 2000;
    private const int LongestChunk = 1 << 20;
    private const int MostChunks = 10_000;

    // Names in iXML and the keys that they have here.
    private static readonly Dictionary<string, string> Production = new(StringComparer.Ordinal)
    {
        ["PROJECT"] = "project", ["SCENE"] = "scene", ["TAKE"] = "take", ["TAPE"] = "tape", ["NOTE"] = "note", ["LOCATION_NAME"] = "location",
    };

    /// <summary>Reads the tags of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="recorded">When it was recorded, where it says so.</param>
    public static Dictionary<string, string> Read(string path, out DateTimeOffset? recorded)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        recorded = null;
        try
        {
            ReadChunks(path, tags, ref recorded);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or XmlException)
        {
            // The walk that reads the sound says what is wrong with a file.
        }
        try
        {
            using var file = TagLib.File.Create(path, TagLib.ReadStyle.None);
            var tag = file.Tag;
            foreach (var (key, value) in (ReadOnlySpan<(string, string?)>)[
                ("title", tag.Title), ("artist", tag.JoinedPerformers), ("album", tag.Album), ("genre", tag.JoinedGenres), ("comment", tag.Comment),
                ("composer", tag.JoinedComposers), ("description", tag.Description), ("copyright", tag.Copyright),
                ("date", tag.Year is > 0 and < 10000 ? tag.Year.ToString(CultureInfo.InvariantCulture) : null)])
                Add(tags, key, value);
            if (tag.Year is > 0 and < 10000)
                recorded ??= new DateTimeOffset((int)tag.Year, 1, 1, 0, 0, 0, TimeSpan.Zero);
        }
        catch (Exception error) when (error is not (OutOfMemoryException or StackOverflowException))
        {
            // TagLib throws what it likes at files that are damaged or that it does not know.
        }
        return tags;
    }

    private static void ReadChunks(string path, Dictionary<string, string> tags, ref DateTimeOffset? recorded)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var header = new byte[12];
        if (!file.CanSeek || file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length
            || header.AsSpan(0, 4) is var form && !(form.SequenceEqual("RIFF"u8) || form.SequenceEqual("RF64"u8) || form.SequenceEqual("BW64"u8))
            || !header.AsSpan(8).SequenceEqual("WAVE"u8))
            return;
        for (var chunk = 0; chunk < MostChunks && file.ReadAtLeast(header.AsSpan(0, 8), 8, throwOnEndOfStream: false) == 8; chunk++)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4));
            var isBroadcast = header.AsSpan(0, 4).SequenceEqual("bext"u8);
            var next = file.Position + length + length % 2;
            if ((isBroadcast || header.AsSpan(0, 4).SequenceEqual("iXML"u8)) && length <= LongestChunk)
            {
                var content = new byte[length];
                var count = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
                if (isBroadcast)
                    ReadBroadcast(content.AsSpan(0, count), tags, ref recorded);
                else
                    ReadProduction(content.AsSpan(0, count), tags);
            }
            if (next >= file.Length)
                return;
            file.Position = next;
        }
    }

    // EBU Tech 3285: fields of fixed length, filled with zeros.
    private static void ReadBroadcast(ReadOnlySpan<byte> chunk, Dictionary<string, string> tags, ref DateTimeOffset? recorded)
    {
        Add(tags, "description", Field(chunk, 0, 256));
        Add(tags, "originator", Field(chunk, 256, 32));
        Add(tags, "reference", Field(chunk, 288, 32));
        var (date, time) = (Field(chunk, 320, 10), Field(chunk, 330, 8));
        if (date.Length == 10 && DateTime.TryParseExact(
            $"{date[..4]}-{date[5..7]}-{date[8..]}", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            _ = time.Length == 8 && TimeSpan.TryParseExact($"{time[..2]}:{time[3..5]}:{time[6..]}", @"hh\:mm\:ss", CultureInfo.InvariantCulture, out var clock)
                ? day += clock : day;
            recorded = new DateTimeOffset(day, TimeSpan.Zero);
        }
    }

    private static void ReadProduction(ReadOnlySpan<byte> chunk, Dictionary<string, string> tags)
    {
        var text = Encoding.UTF8.GetString(chunk).Trim('\0', ' ', '\uFEFF', '\n', '\r');
        using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        while (!reader.EOF)
        {
            if (reader.NodeType == XmlNodeType.Element && Production.TryGetValue(reader.Name, out var key))
                Add(tags, key, reader.ReadElementContentAsString());
            else
                reader.Read();
        }
    }

    private static string Field(ReadOnlySpan<byte> chunk, int start, int length)
    {
        if (chunk.Length <= start)
            return "";
        var field = chunk[start..Math.Min(chunk.Length, start + length)];
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]).Trim();
    }

    private static void Add(Dictionary<string, string> tags, string key, string? value)
    {
        // Half a surrogate pair, which a damaged tag may hold, is no text that could be stored.
        var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value ?? "")).Replace("\0", "", StringComparison.Ordinal).Trim();
        if (text.Length > 0)
            tags.TryAdd(key, text.Length <= LongestText ? text : text[..LongestText]);
    }
}
