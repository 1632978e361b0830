using System.Globalization;
using Auricle.Cli.Outputs;
using Auricle.Evaluation;

namespace Auricle.Cli.Evaluation;

/// <summary>The scores of each clip as CSV: clip, caption, scores in full precision; a second system's columns begin with <c>compared.</c></summary>
internal static class PerClipTable
{
    public static string Text(CaptionReport report)
    {
        var columns = report.Systems.SelectMany((system, place) => Columns(system, place == 0 ? "" : "compared.")).ToList();
        var header = CsvText.Record(columns.Select(column => column.Name).Prepend("file"), CsvDialect.Own);
        return header + string.Concat(Enumerable.Range(0, report.Clips.Count).Select(clip =>
            CsvText.Record(columns.Select(column => column.Cell(clip)).Prepend(report.Clips[clip]), CsvDialect.Own)));
    }

    private static IEnumerable<(string Name, Func<int, string> Cell)> Columns(SystemScores system, string prefix) => system.Scores
        .Where(score => score.Sentences.Count > 0)
        .Select(score => ($"{prefix}{score.Name}", (Func<int, string>)(clip => score.Sentences[clip].ToString("R", CultureInfo.InvariantCulture))))
        .Prepend(($"{prefix}candidate", clip => system.Candidates[clip]));
}
