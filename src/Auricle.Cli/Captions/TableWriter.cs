using Auricle.Cli.Outputs;
using Spectre.Console;
using Cell = Spectre.Console.Text;

namespace Auricle.Cli.Captions;

/// <summary>Tab-separated lines as results come: file, time where there are segments, caption, score where there are candidates.</summary>
internal sealed class PlainWriter(RowOutput output, bool hasCandidates) : RowWriter(output, new EarlierRows())
{
    public override void Write(CaptionResult result) =>
        Output.Write(string.Concat(TableRows.Of(result, hasCandidates).Select(row => string.Join('\t', row.Where(cell => cell.Length > 0)) + "\n")));
}

/// <summary>A table for a person, drawn when all results are there; a single caption stands alone.</summary>
internal sealed class ScreenWriter(Terminal terminal, bool hasCandidates) : CaptionWriter
{
    private readonly List<CaptionResult> _results = [];

    public override void Write(CaptionResult result) => _results.Add(result);

    public override void Finish()
    {
        if (_results is [{ Segments.Count: 0 } only] && !hasCandidates)
        {
            terminal.Out.WriteLine(ShownText.Of(only.Caption));
            return;
        }
        if (_results.Count == 0)
            return;
        var hasTimes = _results.Exists(result => result.Segments.Count > 0);
        var table = new Table().Border(TableBorder.Rounded).AddColumn("file");
        if (hasTimes)
            table.AddColumn("time");
        table.AddColumn("caption");
        if (hasCandidates)
            table.AddColumn(new TableColumn("score").RightAligned());
        foreach (var row in _results.SelectMany(result => TableRows.Of(result, hasCandidates)))
            table.AddRow([.. row.Where((_, column) => (column != 1 || hasTimes) && (column != 3 || hasCandidates)).Select(cell => new Cell(cell))]);
        terminal.ForTables().Write(table);
    }
}

/// <summary>The cells of a result for people.</summary>
internal static class TableRows
{
    /// <summary>File, time, caption and score, as they may be shown; empty where there is nothing to tell.</summary>
    public static IEnumerable<string[]> Of(CaptionResult result, bool hasCandidates)
    {
        var file = ShownText.Of(result.File ?? "");
        return result.Segments.Count == 0
            ? Cells(file, "", result.Candidates, hasCandidates)
            : result.Segments.SelectMany(segment => Cells(file, $"{Times.Clock(segment.Start)}-{Times.Clock(segment.End)}", segment.Candidates, hasCandidates));
    }

    private static IEnumerable<string[]> Cells(string file, string time, IReadOnlyList<CaptionCandidate> candidates, bool hasCandidates) =>
        candidates.Take(hasCandidates ? candidates.Count : 1).Select(candidate => new[]
        {
            file, time, ShownText.Of(candidate.Caption), hasCandidates ? candidate.Score.ToString("0.000", Times.Culture) : "",
        });
}
