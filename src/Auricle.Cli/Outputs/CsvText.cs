using System.Text;
using Auricle.Evaluation;

namespace Auricle.Cli.Outputs;

/// <summary>How a table is spelled: ours with commas, or as a spreadsheet saved it.</summary>
/// <param name="Separator">Between the cells of a record.</param>
/// <param name="LineEnd">Behind each record.</param>
internal readonly record struct CsvDialect(char Separator, string LineEnd)
{
    public static CsvDialect Own { get; } = new(',', "\n");

    /// <summary>With the line ends of RFC 4180, as CoNeTTE writes tables.</summary>
    public static CsvDialect Rfc4180 { get; } = new(',', "\r\n");
}

/// <param name="Fields">The cells, as they were before a spreadsheet had to be kept from running them.</param>
/// <param name="Start">Where the record begins in the file, in bytes.</param>
/// <param name="End">Where the next one begins.</param>
internal readonly record struct CsvRecord(string[] Fields, int Start, int End);

/// <summary>Comma-separated values as RFC 4180 describes them: quotes only where needed.</summary>
internal static class CsvText
{
    /// <summary>One record with its line end. Cells that a spreadsheet would run as formulas are quoted.</summary>
    public static string Record(IEnumerable<string> fields, CsvDialect dialect) =>
        string.Join(dialect.Separator, fields.Select(field => Field(SpreadsheetCell.Quote(field), dialect.Separator))) + dialect.LineEnd;

    /// <summary>Reads the complete records of a file that may end in the middle of one.</summary>
    /// <param name="bytes">The file, UTF-8 with or without a byte order mark.</param>
    /// <param name="dialect">How it is spelled, judged by its first line.</param>
    public static List<CsvRecord> Read(ReadOnlySpan<byte> bytes, out CsvDialect dialect)
    {
        var start = bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
        dialect = DialectOf(bytes[start..]);
        var records = new List<CsvRecord>();
        var fields = new List<string>();
        var field = new List<byte>();
        var quoted = false;
        for (var i = start; i < bytes.Length; i++)
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
            else if (quoted || (value != dialect.Separator && value is not ((byte)'\n' or (byte)'\r')))
            {
                field.Add(value);
            }
            else if (value != '\r')
            {
                fields.Add(SpreadsheetCell.Unquote(Encoding.UTF8.GetString([.. field])));
                field.Clear();
                if (value != '\n')
                    continue;
                if (fields is not [""])
                    records.Add(new CsvRecord([.. fields], start, i + 1));
                start = i + 1;
                fields.Clear();
            }
        }
        return records;
    }

    private static CsvDialect DialectOf(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\n');
        var line = end < 0 ? bytes : bytes[..end];
        var separator = line.Contains((byte)',') ? ',' : line.Contains((byte)';') ? ';' : line.Contains((byte)'\t') ? '\t' : ',';
        return new CsvDialect(separator, line.EndsWith("\r"u8) ? "\r\n" : "\n");
    }

    private static string Field(string text, char separator) =>
        text.AsSpan().IndexOfAny("\"\r\n") < 0 && !text.Contains(separator, StringComparison.Ordinal)
            ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
