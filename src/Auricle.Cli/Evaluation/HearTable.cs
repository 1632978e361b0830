using System.Globalization;
using System.Text;
using System.Text.Json;
using Auricle.Cli.Outputs;
using Auricle.Evaluation.Neural;

namespace Auricle.Cli.Evaluation;

/// <summary>Results of the HEAR benchmark as tables: a line for each model, a column for each task.</summary>
internal static class HearTable
{
    private const string Missing = "–";

    /// <summary>Writes <c>scores.md</c>, <c>scores.csv</c> and <c>scores.json</c>.</summary>
    public static void Write(string folder, IReadOnlyList<HearResult> results)
    {
        WriteFile("scores.md", Markdown(results));
        WriteFile("scores.csv", Csv(results));
        WriteFile("scores.json", JsonSerializer.Serialize(results, HearJson.Default.IReadOnlyListHearResult) + "\n");

        void WriteFile(string name, string text)
        {
            using var file = AtomicOutput.To(Path.Combine(folder, name), "--output");
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Complete();
        }
    }

    /// <summary>The first score of each task for people.</summary>
    public static void Print(Terminal terminal, IReadOnlyList<HearResult> results)
    {
        var tasks = Tasks(results);
        ScoreTable.Print(terminal, ["model", .. tasks.Select(Header)], Rows(results, tasks));
    }

    private static string Markdown(IReadOnlyList<HearResult> results)
    {
        var tasks = Tasks(results);
        var text = new StringBuilder();
        Append(["model", .. tasks.Select(Header)], Rows(results, tasks));
        foreach (var task in tasks.Where(task => task.First().Scores.Count > 1))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{task.Key}\n\n");
            Append(["model", .. task.First().Scores.Select(score => score.Name)], task.Select(result => (string[])[result.Model, .. result.Scores.Select(Cell)]));
        }
        return text.ToString();

        void Append(string[] header, IEnumerable<string[]> rows)
        {
            Line(header);
            Line([.. header.Select((_, place) => place == 0 ? "---" : "--:")]);
            foreach (var row in rows)
                Line(row);
        }

        void Line(string[] cells) => text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells.Select(cell => ShownText.Of(cell).Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
    }

    private static string Csv(IReadOnlyList<HearResult> results)
    {
        var text = new StringBuilder(CsvText.Record(["task", "model", "score", "is_first", "mean", "deviation", "folds"], CsvDialect.Own));
        foreach (var result in results)
        {
            foreach (var (place, score) in result.Scores.Index())
            {
                text.Append(CsvText.Record(
                    [result.Task, result.Model, score.Name, place == 0 ? "1" : "0", Number(score.Mean), score.Deviation is { } deviation ? Number(deviation) : "", string.Join(' ', score.Folds.Select(Number))],
                    CsvDialect.Own));
            }
        }
        return text.ToString();
    }

    private static List<IGrouping<string, HearResult>> Tasks(IReadOnlyList<HearResult> results) => [.. results.GroupBy(result => result.Task).OrderBy(group => group.Key, StringComparer.Ordinal)];

    private static string Header(IGrouping<string, HearResult> task) => $"{task.Key} ({task.First().Scores[0].Name}{(task.First().IsLowerBetter ? ", less is better" : "")})";

    private static IEnumerable<string[]> Rows(IReadOnlyList<HearResult> results, List<IGrouping<string, HearResult>> tasks) => results.Select(result => result.Model).Distinct()
        .Select(model => (string[])[model, .. tasks.Select(task => task.FirstOrDefault(result => result.Model == model) is { } result ? Cell(result.Scores[0]) : Missing)]);

    private static string Cell(HearScore score) => $"{Short(score.Mean)}{(score.Deviation is { } deviation ? $" ± {Short(deviation)}" : "")}";

    private static string Short(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
