using System.Globalization;
using Auricle.Evaluation;
using Spectre.Console;
using Cell = Spectre.Console.Text;

namespace Auricle.Cli.Evaluation;

/// <summary>Corpus scores for people: a table on a terminal, tab-separated lines with a header elsewhere.</summary>
internal static class ScoreTable
{
    public static void Print(Terminal terminal, CaptionReport report)
    {
        var (header, rows) = report.Systems.Count == 1 ? OfOne(report) : OfTwo(report);
        Print(terminal, header, rows);
        if (!terminal.OutIsScreen)
            return;
        foreach (var line in Notes(report))
            terminal.Out.WriteLine(line);
    }

    /// <summary>Prints rows whose first cell is a name.</summary>
    public static void Print(Terminal terminal, string[] header, IEnumerable<string[]> rows)
    {
        if (!terminal.OutIsScreen)
        {
            foreach (var row in rows.Prepend(header))
                terminal.Out.WriteLine(string.Join('\t', row.Select(ShownText.Of)));
            return;
        }
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(header[0]);
        foreach (var name in header.Skip(1))
            table.AddColumn(new TableColumn(name.EscapeMarkup()).RightAligned());
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Cell(ShownText.Of(cell))));
        terminal.ForTables().Write(table);
    }

    /// <summary>What one must know to compare the figures with others.</summary>
    public static IEnumerable<string> Notes(CaptionReport report)
    {
        var culture = CultureInfo.InvariantCulture;
        var references = report.References.Sum(captions => captions.Count);
        yield return string.Create(culture, $"{report.Clips.Count:N0} clips, {references:N0} references, "
            + $"tokenizer {report.Options.Tokenizer.ToString().ToLowerInvariant()}; scores are fractions, not percent.");
        if (report.Systems[0].Scores.Any(score => score.Name == Meteor.Name))
        {
            yield return report.Options.MeteorParaphrases is null
                ? "METEOR without its paraphrase table; published figures use it (--meteor-paraphrases) and are about 0.01 higher."
                : "METEOR with the paraphrase table.";
        }
        if (report.Options.Resampling is { } resampling)
            yield return string.Create(culture,
                $"Intervals hold {resampling.Level:0 %} of {resampling.Rounds:N0} draws of the clips, seed {resampling.Seed}.");
        if (report.Differences.Count > 0)
            yield return "Differences are second less first; p by exchanging each clip's captions at random.";
        if (report.Options.GivenScores is not null)
            yield return "Some scores were given, not computed here (--given-scores).";
    }

    private static (string[] Header, IEnumerable<string[]> Rows) OfOne(CaptionReport report)
    {
        var system = report.Systems[0];
        return (["metric", "score", "low", "high"], system.Scores.Zip(system.Intervals, (score, interval) => new[]
        {
            score.Name, ScoreText.Of(score.Corpus), interval is null ? "" : ScoreText.Of(interval.Value.Low), interval is null ? ""
                : ScoreText.Of(interval.Value.High),
        }));
    }

    private static (string[] Header, IEnumerable<string[]> Rows) OfTwo(CaptionReport report)
    {
        var second = report.Systems[1].Scores.ToDictionary(score => score.Name, score => score.Corpus);
        var differences = report.Differences.ToDictionary(difference => difference.Name);
        return (["metric", "first", "second", "difference", "low", "high", "p"], report.Systems[0].Scores.Select(score =>
        {
            string[] start = [score.Name, ScoreText.Of(score.Corpus), second.TryGetValue(score.Name, out var value) ? ScoreText.Of(value) : ""];
            return differences.GetValueOrDefault(score.Name) is { } item
                ? [.. start, ScoreText.Signed(item.Difference), ScoreText.Signed(item.Interval.Low), ScoreText.Signed(item.Interval.High),
                    ScoreText.Probability(item.PValue)]
                : (string[])[.. start, "", "", "", ""];
        }));
    }
}

/// <summary>Spells scores the same way everywhere.</summary>
internal static class ScoreText
{
    /// <summary>Four decimals; counts of words, which are large, have one where they need it.</summary>
    public static string Of(double value) => value.ToString(Math.Abs(value) >= 100 ? "0.#" : "0.0000", CultureInfo.InvariantCulture);

    /// <summary>With a sign.</summary>
    public static string Signed(double value) => value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);

    /// <summary>A p-value; small ones only as a bound.</summary>
    public static string Probability(double value) => value < 0.0001 ? "< 0.0001" : value.ToString("0.0000", CultureInfo.InvariantCulture);
}
