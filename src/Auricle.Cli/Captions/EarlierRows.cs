using System.Text;
using System.Text.Json;

namespace Auricle.Cli.Captions;

/// <summary>What an output file holds from an earlier run: which sounds are done, and up to where the file is sound itself.</summary>
internal sealed class EarlierRows
{
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);

    /// <summary>How many bytes stay; what follows is half a row, or the end of an array.</summary>
    public int KeptBytes { get; private set; }

    /// <summary>How many rows stay.</summary>
    public int Count { get; private set; }

    public bool Contains(string file) => _files.Contains(Key(file));

    /// <summary>Reads the output back; nothing where there is no such file.</summary>
    public static EarlierRows Read(string path, CaptionFormat format)
    {
        var rows = new EarlierRows();
        if (!File.Exists(path))
            return rows;
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"'{path}' cannot be read to go on from it ({error.Message.TrimEnd('.')}); name another file with --output.", error);
        }
        var isRight = bytes.Length == 0 || format switch
        {
            CaptionFormat.Csv => rows.ReadCsv(bytes),
            CaptionFormat.Jsonl => rows.ReadLines(bytes),
            _ => rows.ReadArray(bytes),
        };
        return isRight ? rows : throw CommandException.Usage(
            $"'{path}' does not hold captions as {format.ToString().ToLowerInvariant()}, so it cannot be resumed; name its format with --format, or another file with --output.");
    }

    private static string Key(string file) => file == "-" ? file : Path.GetFullPath(file);

    private void Add(string? file, int end)
    {
        if (file is { Length: > 0 })
            _files.Add(Key(file));
        Count++;
        KeptBytes = end;
    }

    private bool ReadCsv(byte[] bytes)
    {
        var records = CsvText.Read(bytes, out var complete);
        if (records.Count == 0)
            return CsvText.Record(CsvWriter.Header, "\n").StartsWith(Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);   // cut within the header
        if (!records[0].SequenceEqual(CsvWriter.Header))
            return false;
        foreach (var record in records.Skip(1))
            Add(record[0], complete);
        KeptBytes = complete;
        return true;
    }

    private bool ReadLines(byte[] bytes)
    {
        for (var start = 0; start < bytes.Length;)
        {
            var length = bytes.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0)
                return start > 0 || bytes[0] == '{';
            var reader = new Utf8JsonReader(bytes.AsSpan(start, length));
            try
            {
                if (!reader.Read() || !ReadElement(ref reader, out var file))
                    return false;
                Add(file, start + length + 1);
            }
            catch (JsonException)
            {
                return false;
            }
            start += length + 1;
        }
        return true;
    }

    private bool ReadArray(byte[] bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                return false;
            KeptBytes = (int)reader.BytesConsumed;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (!ReadElement(ref reader, out var file))
                    return false;
                Add(file, (int)reader.BytesConsumed);
            }
        }
        catch (JsonException)
        {
            // Cut off: the complete elements before are kept.
        }
        return KeptBytes > 0;
    }

    /// <summary>Reads one object up to its end and notes which file it is about.</summary>
    private static bool ReadElement(ref Utf8JsonReader reader, out string? file)
    {
        file = null;
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        var depth = reader.CurrentDepth;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth))
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth + 1)
            {
                var isFile = reader.ValueTextEquals("file"u8);
                reader.Read();
                if (isFile && reader.TokenType == JsonTokenType.String)
                    file = reader.GetString();
                else
                    reader.Skip();
            }
        }
        return true;
    }
}
