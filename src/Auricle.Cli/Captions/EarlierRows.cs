using System.Text;
using System.Text.Json;
using Auricle.Cli.Inputs;
using Auricle.Cli.Outputs;

namespace Auricle.Cli.Captions;

/// <summary>What an earlier run wrote about one sound.</summary>
/// <param name="File">The sound as it was named.</param>
internal sealed record EarlierClip(string File)
{
    public string Task { get; init; } = "";

    public string Model { get; init; } = "";

    /// <summary>The best caption; of segments theirs in order, each repetition left out.</summary>
    public string Caption { get; init; } = "";

    /// <summary>The most candidates of the sound, or of one of its segments.</summary>
    public int Candidates { get; init; } = 1;

    /// <summary>How many rows a table has of it.</summary>
    public int Rows { get; init; } = 1;

    /// <summary>How many segments it is described in; 0 where it is described as a whole, and in a table also where that cannot be told.</summary>
    public int Segments { get; init; }

    /// <summary>Where the first segment, or the sound, ends, in seconds.</summary>
    public double FirstEnd { get; init; } = double.NaN;

    /// <summary>Where its rows begin in the file, in bytes.</summary>
    public long Start { get; init; }
}

/// <summary>What an output file holds from an earlier run: which sounds are done, and up to where the file is sound itself.</summary>
internal sealed class EarlierRows
{
    private static readonly byte[] FirstKey = "{\"file\":"u8.ToArray();
    private readonly List<EarlierClip> _clips = [];
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);

    /// <summary>The sounds in the order of the file.</summary>
    public IReadOnlyList<EarlierClip> Clips => _clips;

    /// <summary>How many bytes stay; what follows is half a row, or the end of an array.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>Whether the array does not end as ours do.</summary>
    public bool LacksEnd { get; private set; }

    /// <summary>How the table is spelled.</summary>
    public CsvDialect Dialect { get; private set; } = CsvDialect.Own;

    public bool Contains(string file) => _files.Contains(SoundInputs.Key(file));

    /// <summary>Understands what an output holds.</summary>
    /// <param name="bytes">Its content.</param>
    /// <param name="format">What it should be.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="CommandException">It is something else, or damaged elsewhere than at its end.</exception>
    public static EarlierRows Read(byte[] bytes, CaptionFormat format, string name)
    {
        var rows = new EarlierRows();
        var isRight = bytes.Length == 0 || format switch
        {
            CaptionFormat.Csv => rows.ReadCsv(bytes),
            CaptionFormat.Jsonl => rows.ReadLines(bytes),
            _ => rows.ReadArray(bytes),
        };
        return isRight ? rows : throw CommandException.Usage(
            $"'{name}' does not hold captions as {format.ToString().ToLowerInvariant()}, or is damaged elsewhere than at its end, so it cannot be resumed; "
            + "name its format with --format, or another file with --output.");
    }

    /// <summary>Takes the last sound back, to be described again: its rows may lack some that a kill or a full disk kept away.</summary>
    public void DropLast()
    {
        var last = _clips[^1];
        _clips.RemoveAt(_clips.Count - 1);
        if (!_clips.Exists(clip => SoundInputs.Key(clip.File) == SoundInputs.Key(last.File)))
            _files.Remove(SoundInputs.Key(last.File));
        KeptBytes = last.Start;
    }

    private bool Add(EarlierClip clip)
    {
        if (clip.File.Length == 0 || clip.File.Contains('\0', StringComparison.Ordinal))
            return false;
        _files.Add(SoundInputs.Key(clip.File));
        _clips.Add(clip);
        return true;
    }

    private bool ReadCsv(byte[] bytes)
    {
        var records = CsvText.Read(bytes, out var dialect);
        if (records.Count == 0)
            return CsvText.Record(CsvWriter.Header, dialect).StartsWith(Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').TrimEnd('\r'), StringComparison.Ordinal);   // cut within the header
        if (!records[0].Fields.SequenceEqual(CsvWriter.Header))
            return false;
        Dialect = dialect;
        KeptBytes = records[^1].End;
        for (var first = 1; first < records.Count;)
        {
            var file = records[first].Fields[0];
            var end = first;
            while (end < records.Count && records[end].Fields[0] == file)
                end++;
            var group = records[first..end];
            if (group.Exists(record => record.Fields.Length != CsvWriter.Header.Length))
                return false;
            var times = group.ConvertAll(record => (Start: record.Fields[1], End: record.Fields[2]));
            var best = group.Where(record => record.Fields[3] == "1").Select(record => record.Fields[4]).Distinct(StringComparer.Ordinal);
            var isAdded = Add(new EarlierClip(file)
            {
                Caption = string.Join("; ", best),
                Candidates = times.CountBy(time => time).Max(time => time.Value),
                Rows = group.Count,
                Segments = times.Distinct().Count() is > 1 and var count ? count : 0,
                FirstEnd = Number(times[0].End),
                Task = group[0].Fields[7],
                Model = group[0].Fields[8],
                Start = group[0].Start,
            });
            if (!isAdded)
                return false;
            first = end;
        }
        return true;

        // A spreadsheet may have given numbers the comma of its language.
        static double Number(string text) =>
            double.TryParse(text.Replace(',', '.'), System.Globalization.NumberStyles.Float, Times.Culture, out var value) ? value : double.NaN;
    }

    private bool ReadLines(byte[] bytes)
    {
        for (var start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0; start < bytes.Length;)
        {
            var length = bytes.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0)
                return IsTorn(bytes.AsSpan(start));
            var line = bytes.AsMemory(start, length);
            if (!line.Span.Trim("\r\t "u8).IsEmpty)
            {
                if (ReadElement(line, start) is not { } clip || !Add(clip))
                    return false;
                KeptBytes = start + length + 1;
            }
            start += length + 1;
        }
        return true;
    }

    private bool ReadArray(byte[] bytes)
    {
        var origin = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        var reader = new Utf8JsonReader(bytes.AsSpan(origin));
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                return false;
            KeptBytes = origin + reader.BytesConsumed;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = origin + (int)reader.TokenStartIndex;
                reader.Skip();
                var end = origin + (int)reader.BytesConsumed;
                if (ReadElement(bytes.AsMemory(start..end), KeptBytes) is not { } clip || !Add(clip))
                    return false;
                KeptBytes = end;
            }
            LacksEnd = !bytes.AsSpan((int)KeptBytes).SequenceEqual("\n]\n"u8);
            // Behind the array nothing of ours comes.
            return reader.TokenType == JsonTokenType.EndArray && bytes.AsSpan(origin + (int)reader.BytesConsumed).Trim("\r\n\t "u8).IsEmpty;
        }
        catch (JsonException)
        {
            // Cut off: the complete elements before are kept, and what follows must be the beginning of one more.
            LacksEnd = true;
            return KeptBytes > 0 && IsTorn(bytes.AsSpan((int)KeptBytes).Trim(",\r\n\t "u8));
        }
    }

    /// <summary>Whether a rest may be the beginning of one object of ours; one that holds several is damaged, not cut.</summary>
    private static bool IsTorn(ReadOnlySpan<byte> rest)
    {
        var common = Math.Min(rest.Length, FirstKey.Length);
        return rest.IsEmpty || rest.SequenceEqual("]"u8)
            || (rest[..common].SequenceEqual(FirstKey.AsSpan(0, common)) && rest[common..].IndexOf(FirstKey) < 0);
    }

    /// <summary>What one object says; <see langword="null"/> where it is none of ours.</summary>
    private static EarlierClip? ReadElement(ReadOnlyMemory<byte> json, long start)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var item = document.RootElement;
            if (item.ValueKind != JsonValueKind.Object || Text("file") is not { } file || Text("caption") is not { } caption)
                return null;
            var segments = List(item, "segments");
            return new EarlierClip(file)
            {
                Caption = caption,
                Task = Text("task") ?? "",
                Model = Text("model") ?? "",
                Candidates = segments.Length == 0 ? List(item, "candidates").Length : segments.Max(segment => List(segment, "candidates").Length),
                Segments = segments.Length,
                FirstEnd = segments.Length > 0 && segments[0].ValueKind == JsonValueKind.Object && segments[0].TryGetProperty("end", out var end)
                    && end.ValueKind == JsonValueKind.Number ? end.GetDouble() : double.NaN,
                Start = start,
            };

            string? Text(string name) => item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)   // half a character is no text
        {
            return null;
        }

        static JsonElement[] List(JsonElement item, string name) =>
            item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [];
    }
}
