using System.Globalization;
using CsvHelper;

namespace Auricle.Evaluation;

/// <summary>Reads captions from tables with a header.</summary>
internal static class CaptionCsv
{
    /// <summary>Columns that name a clip, the surest first.</summary>
    public static readonly string[] ClipColumns = ["file_name", "fname", "file", "filename", "audio", "audio_file", "path", "youtube_id", "ytid",
        "clip", "name"];

    /// <summary>Those among them that name a video from which the clip was cut.</summary>
    public static readonly string[] VideoColumns = ["youtube_id", "ytid"];

    /// <summary>Columns that hold a caption, the surest first.</summary>
    public static readonly string[] CaptionColumns = ["caption", "candidate", "caption_predicted", "prediction", "cands", "raw_text", "text"];

    /// <summary>What stands before the numbers of several captions.</summary>
    public const string Numbered = "caption_";

    private const int NamesShown = 12;
    private const int LongestName = 40;

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file, for error messages.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="read">Reads the rows; given the reader behind the header, and the header's names in lower case.</param>
    /// <exception cref="CaptionFileException">It is no table.</exception>
    public static T Read<T>(string path, string text, Func<CsvReader, List<string>, T> read)
    {
        // Lone quotes inside a caption are kept as text; a quote that is never closed would swallow the rest of the file.
        using var csv = CsvReader.FromText(text, new CsvReaderOptions
        {
            Separator = Separator(text),
            TrackLineNumbers = true,
            OnMalformedRecord = fault =>
            {
                if (fault.Reason == CsvMalformedReason.UnterminatedQuote)
                    throw Unclosed(path, (int)fault.LineNumber);
            },
        });
        try
        {
            csv.ReadHeader();
            return read(csv, [.. csv.Headers.Select(name => name.Trim().ToLowerInvariant())]);
        }
        catch (CsvFormatException error)
        {
            throw new CaptionFileException(
                path, $"'{path}' is no valid CSV from line {error.LineNumber} on: {error.Message.Split('\n')[0].Trim().TrimEnd('.')}.",
                (int)error.LineNumber, error);
        }
    }

    /// <summary>Reads captions.</summary>
    /// <exception cref="CaptionFileException">It is no table of captions.</exception>
    public static List<CaptionRow> Read(string path, string text) => Read(path, text, (csv, header) =>
    {
        var columns = Columns.Find(header) ?? throw new CaptionFileException(
            path,
            $"'{path}' has the columns {Quoted(csv.Headers)}, but captions need one that names the sound "
            + $"({string.Join(", ", ClipColumns.Take(5))} or youtube_id) and one that describes it (caption, caption_1 and so on, candidate "
                + "or raw_text).",
            1);
        var rows = new List<CaptionRow>();
        while (csv.Read())
            rows.Add(columns.Row(path, csv));
        return rows;
    });

    /// <summary>Names of columns for an error message; of a file that is no table they may be many and long.</summary>
    public static string Quoted(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(NamesShown).Select(name => $"'{(name.Length > LongestName ? name[..LongestName] + "…" : name)}'"))
            + (names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "");

    /// <summary>A field of the row that the reader stands at; empty where the row ends before it.</summary>
    public static string Field(CsvReader csv, int place) => place < csv.FieldCount ? csv.GetString(place) : "";

    /// <summary>What a line says of a clip that was cut out of a video.</summary>
    /// <param name="id">The video.</param>
    /// <param name="start">Where the clip starts, in seconds; empty where that is not said.</param>
    /// <param name="captions">Its captions.</param>
    /// <param name="line">The line.</param>
    public static CaptionRow VideoRow(string id, string start, IReadOnlyList<string> captions, int line) => new(id, captions, line)
    {
        // A Y before an id that might begin with a hyphen, and the start in seconds behind it.
        Aliases = start.Length == 0 ? [$"Y{id}"] : [$"Y{id}", $"{id}_{start}", $"Y{id}_{start}"],
        Video = VideoClip.Of(id, start),
    };

    // The header decides, since captions hold commas and semicolons.
    private static char Separator(string text)
    {
        var header = text.AsSpan().TrimStart();
        var end = header.IndexOfAny('\r', '\n');
        if (end >= 0)
            header = header[..end];
        return header.Contains('\t') ? '\t' : header.Contains(';') && !header.Contains(',') ? ';' : ',';
    }

    private static CaptionFileException Unclosed(string path, int line) =>
        new(path, $"'{path}' opens a quote in line {line} that is never closed; close it, or double the quotes inside a caption.", line);

    private sealed record Columns(int Clip, int[] Captions, int Rank, int Start, bool IsVideo)
    {
        public static Columns? Find(List<string> header)
        {
            var clip = Array.Find(ClipColumns, header.Contains);
            var captions = header.Select((name, place) => (Number: NumberOf(name), place)).Where(item => item.Number > 0)
                .OrderBy(item => item.Number).Select(item => item.place).ToArray();
            if (captions.Length == 0 && Array.Find(CaptionColumns, header.Contains) is { } single)
                captions = [header.IndexOf(single)];
            return clip is null || captions.Length == 0
                ? null
                : new Columns(header.IndexOf(clip), captions, header.IndexOf("rank"),
                    header.IndexOf(clip switch { "youtube_id" => "start_time", "ytid" => "start_seconds", _ => "start" }), VideoColumns.Contains(clip));
        }

        public CaptionRow Row(string path, CsvReader csv)
        {
            var line = (int)csv.LineNumber;
            var clip = SpreadsheetCell.Unquote(Field(csv, Clip)).Trim();
            if (csv.FieldCount <= Captions[0])
                throw new CaptionFileException(path,
                    $"'{path}' has {csv.FieldCount} fields in line {line} and none for the caption; fill in the missing ones.", line);
            if (csv.FieldCount > csv.Headers.Count)
            {
                throw new CaptionFileException(
                    path, $"'{path}' has {csv.FieldCount} fields in line {line} but {csv.Headers.Count} columns; put captions that hold commas in "
                        + "quotes.", line);
            }
            var start = Start < 0 ? "" : Field(csv, Start).Trim();
            if (!IsVideo && Start >= 0 && start is not ("" or "0"))
            {
                throw new CaptionFileException(
                    path, $"'{path}' describes '{clip}' in stretches of time (line {line}), but a reference describes a whole clip; caption it "
                        + "without --segments.", line);
            }
            var captions = Array.ConvertAll(Captions, place => SpreadsheetCell.Unquote(Field(csv, place)));
            var row = IsVideo ? VideoRow(clip, start, captions, line) : new CaptionRow(clip, captions, line);
            return Rank < 0 ? row : row with { Rank = ReadRank(path, Field(csv, Rank), line) };
        }

        private static int ReadRank(string path, string text, int line) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture,
            out var rank) && rank > 0
            ? rank
            : throw new CaptionFileException(path, $"'{path}' has the rank '{text}' in line {line}; ranks are whole numbers from 1.", line);

        private static int NumberOf(string name) =>
            name.StartsWith(Numbered, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(Numbered.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : 0;
    }
}
