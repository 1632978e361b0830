using Auricle.Cli.Outputs;

namespace Auricle.Cli.Captions;

/// <summary>A format with one place for all results, which can be read back to go on.</summary>
internal abstract class RowWriter(RowOutput output, EarlierRows earlier) : CaptionWriter(output)
{
    protected RowOutput Output { get; } = output;

    public override bool IsDone(string file) => earlier.Contains(file);
}

/// <summary>JSON lines.</summary>
internal sealed class JsonLinesWriter(RowOutput output, EarlierRows earlier) : RowWriter(output, earlier)
{
    public override void Write(CaptionResult result) => Output.Write(ResultJson.Serialize(result) + "\n");
}

/// <summary>A JSON array.</summary>
internal sealed class JsonArrayWriter(RowOutput output, EarlierRows earlier) : RowWriter(output, earlier)
{
    private readonly JsonArrayRows _rows = new(output, isEmpty: earlier.Clips.Count == 0, earlier.LacksEnd);

    public override void Write(CaptionResult result) => _rows.Write(ResultJson.Serialize(result));

    public override void Finish() => _rows.Finish();
}

/// <summary>
/// Comma-separated values: one record for each candidate of each file, or of each of its segments. Times are in seconds,
/// tags are joined by semicolons since labels hold commas.
/// </summary>
internal sealed class CsvWriter : RowWriter
{
    public static readonly string[] Header = ["file", "start", "end", "rank", "caption", "score", "tags", "task", "model", "version"];

    private readonly CsvDialect _dialect;

    public CsvWriter(RowOutput output, EarlierRows earlier) : base(output, earlier)
    {
        _dialect = earlier.Dialect;
        output.Preamble = CsvText.Record(Header, _dialect);
    }

    public override void Write(CaptionResult result) => Output.Write(string.Concat(Records(result)));

    public override void Finish()
    {
        if (!Output.CanRewind)
            Output.Begin();
    }

    private IEnumerable<string> Records(CaptionResult result) => result.Segments.Count == 0
        ? Records(result, 0, result.Duration, result.Candidates, result.Tags)
        : result.Segments.SelectMany(segment => Records(result, segment.Start, segment.End, segment.Candidates, segment.Tags));

    private IEnumerable<string> Records(
        CaptionResult result, double start, double end, IReadOnlyList<CaptionCandidate> candidates, IReadOnlyList<SoundTag> tags) =>
        candidates.Select((candidate, place) => CsvText.Record(
            [
                result.File ?? "", Times.Number(start), Times.Number(end), (place + 1).ToString(Times.Culture), candidate.Caption,
                candidate.Score.ToString("0.0000", Times.Culture), string.Join("; ", tags.Select(tag => tag.Label)), result.Task, result.Model, result.Version,
            ],
            _dialect));
}
