using System.Globalization;
using Auricle.Evaluation;
using CsvHelper;

namespace Auricle.Cli.Evaluation;

/// <summary>The scores of each clip as CSV: clip, caption, scores in full precision; a second system's columns begin with <c>compared.</c></summary>
internal static class PerClipTable
{
    public static string Text(CaptionReport report)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true))
        {
            var columns = report.Systems.SelectMany((system, place) => Columns(system, place == 0 ? "" : "compared.")).ToList();
            csv.WriteField("file");
            foreach (var (name, _) in columns)
                csv.WriteField(name);
            csv.EndRecord();
            for (var clip = 0; clip < report.Clips.Count; clip++)
            {
                csv.WriteField(report.Clips[clip]);
                foreach (var (_, cell) in columns)
                    csv.WriteField(cell(clip));
                csv.EndRecord();
            }
        }
        return text.ToString();
    }

    private static IEnumerable<(string Name, Func<int, string> Cell)> Columns(SystemScores system, string prefix) => system.Scores
        .Where(score => score.Sentences.Count > 0)
        .Select(score => ($"{prefix}{score.Name}", (Func<int, string>)(clip => score.Sentences[clip].ToString("R", CultureInfo.InvariantCulture))))
        .Prepend(($"{prefix}candidate", clip => system.Candidates[clip]));
}
