using System.Globalization;
using CsvHelper;

namespace Auricle.Evaluation;

/// <summary>
/// Scores of clips from a table: a column with the clip's name and one for each score, as <c>auricle evaluate captions --per-clip</c>
/// writes it.
/// </summary>
public static class ScoreFile
{
    /// <summary>Reads scores.</summary>
    /// <param name="path">The table.</param>
    /// <param name="clips">The clips to find scores of.</param>
    /// <param name="known">Names of the scores to take; other columns are passed over.</param>
    /// <returns>By name, the score of each clip in the order of <paramref name="clips"/>.</returns>
    /// <exception cref="CaptionFileException">The table cannot be read, has no score, lacks a clip, or a value is no number.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<double>> Read(string path, IReadOnlyList<string> clips, IReadOnlyList<string> known)
    {
        ArgumentNullException.ThrowIfNull(clips);
        return CaptionCsv.Read(path, CaptionFile.ReadText(path), (csv, header) => ReadRows(path, csv, header, clips, known));
    }

    private static Dictionary<string, IReadOnlyList<double>> ReadRows(
        string path, CsvReader csv, List<string> header, IReadOnlyList<string> clips, IReadOnlyList<string> known)
    {
        var nameColumn = Array.Find(CaptionCsv.ClipColumns, header.Contains);
        var columns = known.Where(header.Contains).ToArray();
        if (nameColumn is null || columns.Length == 0)
        {
            throw new CaptionFileException(
                path,
                $"'{path}' has the columns {CaptionCsv.Quoted(csv.Headers)}, but scores need one that names the "
                    + $"sound, such as file, and one or more of {string.Join(", ", known)}.",
                1);
        }
        var rows = new List<(string Clip, double[] Values)>();
        while (csv.Read())
        {
            var clip = SpreadsheetCell.Unquote(CaptionCsv.Field(csv, header.IndexOf(nameColumn))).Trim();
            rows.Add((clip, Array.ConvertAll(columns, column => Number(path, CaptionCsv.Field(csv, header.IndexOf(column)), column, (int)csv.LineNumber))));
        }
        var values = Array.ConvertAll(columns, _ => Enumerable.Repeat(double.NaN, clips.Count).ToArray());
        var places = CaptionPairing.Find(clips, rows.Select(row => row.Clip));
        foreach (var ((_, own), place) in rows.Zip(places))
        {
            for (var i = 0; place is { } clip && i < columns.Length; i++)
                values[i][clip] = own[i];
        }
        var missing = Array.FindIndex(values[0], double.IsNaN);
        return missing < 0
            ? columns.Zip(values).ToDictionary(pair => pair.First, pair => (IReadOnlyList<double>)pair.Second, StringComparer.Ordinal)
            : throw new CaptionFileException(path, $"'{path}' has no scores for '{clips[missing]}'; give those of every clip.");
    }

    private static double Number(string path, string text, string column, int line) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw new CaptionFileException(path, $"'{path}' has '{text}' as {column} in line {line}; scores are numbers with a point.", line);
}
