using System.Text;

namespace Auricle.Cli.Captions;

/// <summary>Comma-separated values as RFC 4180 describes them: quotes only where needed.</summary>
internal static class CsvText
{
    /// <summary>One record with its line end.</summary>
    public static string Record(IEnumerable<string> fields, string lineEnd) => string.Join(',', fields.Select(Field)) + lineEnd;

    /// <summary>Reads the complete records of a file that may end in the middle of one.</summary>
    /// <param name="bytes">The file, UTF-8.</param>
    /// <param name="complete">Where the last complete record ends, in bytes.</param>
    public static List<string[]> Read(ReadOnlySpan<byte> bytes, out int complete)
    {
        var records = new List<string[]>();
        var fields = new List<string>();
        var field = new List<byte>();
        var quoted = false;
        complete = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = bytes[i];
            if (value == '"')
            {
                // Inside quotes a doubled quote is one; outside, quotes only open or close.
                if (quoted && i + 1 < bytes.Length && bytes[i + 1] == '"')
                    field.Add(bytes[i++]);
                else
                    quoted = !quoted;
            }
            else if (quoted || value is not ((byte)',' or (byte)'\n' or (byte)'\r'))
            {
                field.Add(value);
            }
            else if (value != '\r')
            {
                fields.Add(Encoding.UTF8.GetString([.. field]));
                field.Clear();
                if (value == ',')
                    continue;
                records.Add([.. fields]);
                fields.Clear();
                complete = i + 1;
            }
        }
        return records;
    }

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
