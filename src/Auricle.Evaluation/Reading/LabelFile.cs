using System.Globalization;
using CsvHelper;

namespace Auricle.Evaluation;

/// <summary>Labels of clips from a table: ESC-50's, UrbanSound8K's, or any with a column for the sound and one for its label.</summary>
public static class LabelFile
{
    // The surest first: ESC-50 numbers its labels in the column target, UrbanSound8K in classID.
    private static readonly string[] LabelColumns = ["label", "category", "class", "labels"];
    private static readonly string[] ClipColumns = [.. CaptionCsv.ClipColumns, "slice_file_name"];

    /// <summary>Reads labels.</summary>
    /// <param name="path">The table.</param>
    /// <param name="onlyFold">The fold to take; all of them where it is absent.</param>
    /// <exception cref="CaptionFileException">The table cannot be read, lacks a column, has no clips, or a fold is no number.</exception>
    public static IReadOnlyList<LabelledClip> Read(string path, int? onlyFold = null)
    {
        var clips = CaptionCsv.Read(path, CaptionFile.ReadText(path), (csv, header) => ReadRows(path, csv, header));
        if (onlyFold is not null)
            clips.RemoveAll(clip => clip.Fold != onlyFold);
        return clips.Count > 0 ? clips : throw new CaptionFileException(
            path, onlyFold is null ? $"'{path}' has no clips; give a table with at least one." : $"'{path}' has no clips of fold {onlyFold}; name another fold.");
    }

    private static List<LabelledClip> ReadRows(string path, CsvReader csv, List<string> header)
    {
        var clip = Array.Find(ClipColumns, header.Contains);
        var label = Array.Find(LabelColumns, header.Contains);
        if (clip is null || label is null)
        {
            throw new CaptionFileException(
                path, $"'{path}' has the columns {CaptionCsv.Quoted(csv.Headers)}, but labels need one that names the sound "
                    + $"({string.Join(", ", ClipColumns.Take(4))}) and one with its label ({string.Join(", ", LabelColumns.Take(3))}).", 1);
        }
        var (clipColumn, labelColumn, foldColumn) = (header.IndexOf(clip), header.IndexOf(label), header.IndexOf("fold"));
        var clips = new List<LabelledClip>();
        while (csv.Read())
        {
            var line = (int)csv.LineNumber;
            if (csv.FieldCount != csv.Headers.Count)
                throw new CaptionFileException(path, $"'{path}' has {csv.FieldCount} fields in line {line} but {csv.Headers.Count} columns; correct the line.", line);
            var fold = foldColumn < 0 ? null : ReadFold(path, csv.GetString(foldColumn), line);
            var item = new LabelledClip(Cell(clipColumn), Cell(labelColumn), fold);
            if (item.Clip.Length == 0 || item.Label.Length == 0)
                throw new CaptionFileException(path, $"'{path}' has an empty name or label in line {line}; fill it in or leave the line out.", line);
            clips.Add(item);
        }
        return clips;

        string Cell(int column) => SpreadsheetCell.Unquote(csv.GetString(column)).Trim();
    }

    private static int? ReadFold(string path, string text, int line)
    {
        if (text.Trim().Length == 0)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new CaptionFileException(path, $"'{path}' has the fold '{text}' in line {line}; folds are whole numbers.", line);
    }
}

/// <summary>A clip with the one label that is right.</summary>
/// <param name="Clip">Its name.</param>
/// <param name="Label">The label.</param>
/// <param name="Fold">The fold it belongs to, where there are folds.</param>
public sealed record LabelledClip(string Clip, string Label, int? Fold);
