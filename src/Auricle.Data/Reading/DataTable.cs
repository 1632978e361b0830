using System.Globalization;
using System.Text;
using System.Text.Json;
using Auricle.Reading;
using CsvHelper;

namespace Auricle.Data.Reading;

/// <summary>A line of a table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Fields">What stands in it.</param>
internal sealed record DataRow(DataTable Table, int Line, string[] Fields)
{
    /// <summary>A field by the name of its column; empty where the table has no such column or the row ends before it.</summary>
    public string this[string column] => Table.Place(column) is { } place && place < Fields.Length ? Fields[place] : "";

    /// <summary>A whole number.</summary>
    public int Whole(string column) => int.TryParse(this[column].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        ? value : throw Wrong(column, "a whole number");

    /// <summary>A number of seconds.</summary>
    public double Seconds(string column) => double.TryParse(this[column].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
        ? value : throw Wrong(column, "a number of seconds");

    /// <summary>A field that must not be empty.</summary>
    public string Text(string column) => this[column].Trim() is { Length: > 0 } text ? text : throw Wrong(column, "a text");

    public DataSetException Wrong(string column, string expected) =>
        new(Table.Path, $"'{Table.Path}' has '{this[column]}' as {column} in line {Line}; expected {expected}.", Line);
}

/// <summary>Tables of data sets. Text is UTF-8, or ISO 8859-1 where it is none, as Clotho's metadata are.</summary>
internal sealed class DataTable
{
    // As much as one text of the platform holds.
    private const int LargestFile = 1 << 30;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, int> _columns = new(StringComparer.OrdinalIgnoreCase);

    private DataTable(string path) => Path = path;

    public string Path { get; }

    /// <summary>The names of the columns.</summary>
    public IReadOnlyCollection<string> Columns => _columns.Keys;

    public int? Place(string column) => _columns.TryGetValue(column, out var place) ? place : null;

    /// <summary>The rows below a header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Columns that must be there.</param>
    /// <exception cref="DataSetException">A column is missing, or it is no table.</exception>
    public static List<DataRow> Read(string path, params string[] columns)
    {
        var rows = Rows(path);
        var table = new DataTable(path);
        foreach (var (place, name) in (rows is [var header, ..] ? header.Fields : []).Index())
            table._columns.TryAdd(name.Trim(), place);
        var missing = columns.Where(column => table.Place(column) is null).ToList();
        if (missing.Count > 0)
        {
            throw new DataSetException(
                path, $"'{path}' has no column {string.Join(", ", missing.Select(column => $"'{column}'"))}; it has {string.Join(", ", table.Columns.Take(12).Select(name => $"'{(name.Length > 40 ? name[..40] + "…" : name)}'"))}.", 1);
        }
        return [.. rows.Skip(1).Select(row => row with { Table = table })];
    }

    /// <summary>All rows of a table, those of a header too; empty lines are passed over.</summary>
    public static List<DataRow> Rows(string path, char? separator = null)
    {
        var text = Text(path);
        var table = new DataTable(path);
        var rows = new List<DataRow>();
        if (string.IsNullOrWhiteSpace(text))
            return rows;
        var first = text.AsSpan().TrimStart();
        first = first.IndexOfAny('\r', '\n') is >= 0 and var end ? first[..end] : first;
        using var csv = CsvReader.FromText(text, new CsvReaderOptions
        {
            HasHeader = false,
            Separator = separator ?? (first.Contains('\t') ? '\t' : first.Contains(';') && !first.Contains(',') ? ';' : ','),
            TrackLineNumbers = true,
            OnMalformedRecord = fault =>
            {
                if (fault.Reason == CsvMalformedReason.UnterminatedQuote)
                    throw new DataSetException(path, $"'{path}' opens a quote in line {fault.LineNumber} that is never closed; close it.", (int)fault.LineNumber);
            },
        });
        try
        {
            while (csv.Read())
            {
                var fields = new string[csv.FieldCount];
                for (var i = 0; i < fields.Length; i++)
                    fields[i] = csv.GetString(i);
                if (fields.Length > 1 || (fields.Length == 1 && fields[0].Length > 0))
                    rows.Add(new DataRow(table, (int)csv.LineNumber, fields));
            }
        }
        catch (CsvFormatException error)
        {
            throw new DataSetException(
                path, $"'{path}' is no valid table at line {error.LineNumber}: {error.Message.Split('\n')[0].Trim().TrimEnd('.')}.", (int)error.LineNumber, error);
        }
        return rows;
    }

    /// <summary>The lines of a text.</summary>
    public static IEnumerable<(int Line, string Text)> Lines(string path) => Text(path).Split('\n').Index().Select(line => (line.Index + 1, line.Item.TrimEnd('\r')));

    /// <summary>The text of a file.</summary>
    public static string Text(string path)
    {
        var bytes = WholeFile.Read(path, LargestFile, Fault(path)).Span;
        bytes = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    /// <summary>A JSON file.</summary>
    public static JsonDocument Json(string path) => JsonText.Parse(WholeFile.Read(path, LargestFile, Fault(path)), Fault(path));

    public static Func<FileProblem, Exception> Fault(string path) => problem =>
        new DataSetException(path, $"'{path}' {problem.What}; {problem.Remedy ?? "mend it or fetch it anew"}.", problem.Line, problem.Inner);
}
