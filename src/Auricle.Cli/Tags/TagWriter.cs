using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Outputs;
using Spectre.Console;
using Cell = Spectre.Console.Text;

namespace Auricle.Cli.Tags;

/// <summary>How tags are written.</summary>
internal enum TagFormat
{
    /// <summary>For people: a table on a terminal, tab-separated lines elsewhere.</summary>
    Table,

    /// <summary>One array of objects.</summary>
    Json,

    /// <summary>One object a line.</summary>
    Jsonl,

    /// <summary>Comma-separated values with a header.</summary>
    Csv,
}

/// <summary>Writes tags, each sound's as they come.</summary>
internal abstract class TagWriter : IDisposable
{
    /// <summary>Opens the place that a command names.</summary>
    /// <param name="terminal">Where standard output goes.</param>
    /// <param name="format">How tags are written.</param>
    /// <param name="output">The file; <see langword="null"/> is standard output.</param>
    public static TagWriter Open(Terminal terminal, TagFormat format, string? output)
    {
        var isStandard = output is null || OutputPath.IsStandardOutput(output);
        return isStandard && format == TagFormat.Table && terminal.OutIsScreen
            ? new TagScreenWriter(terminal)
            : new TagRowWriter(isStandard ? RowOutput.To(terminal.Out) : RowOutput.To(output!, "--output"), format);
    }

    public abstract void Write(TagResult result);

    /// <summary>Writes what belongs behind the last result, also after an interruption.</summary>
    public virtual void Finish() { }

    /// <summary>Puts the output in its place at the end of a run.</summary>
    public virtual void Complete() { }

    public virtual void Dispose() { }
}

/// <summary>Rows of text in one place: a file, or standard output.</summary>
internal sealed class TagRowWriter : TagWriter
{
    private static readonly string[] Header = ["file", "time", "rank", "label", "probability", "model", "version"];
    private readonly RowOutput _output;
    private readonly TagFormat _format;
    private readonly JsonArrayRows? _array;

    public TagRowWriter(RowOutput output, TagFormat format)
    {
        (_output, _format) = (output, format);
        if (format == TagFormat.Json)
            _array = new JsonArrayRows(output);
        if (format == TagFormat.Csv)
            output.Preamble = CsvText.Record(Header, CsvDialect.Own);
    }

    public override void Write(TagResult result)
    {
        if (_array is not null)
            _array.Write(TagJson.Serialize(result));
        else if (_format == TagFormat.Jsonl)
            _output.Write(TagJson.Serialize(result) + "\n");
        else if (_format == TagFormat.Csv)
            _output.Write(string.Concat(Records(result)));
        else
            _output.Write(string.Concat(TagTable.Rows(result).Select(row => string.Join('\t', row.Where(cell => cell.Length > 0)) + "\n")));
    }

    public override void Finish()
    {
        if (_array is not null)
            _array.Finish();
        else if (!_output.CanRewind)
            _output.Begin();
    }

    public override void Complete() => _output.Complete();

    public override void Dispose()
    {
        _output.Dispose();
        base.Dispose();
    }

    /// <summary>A record for each label: of the whole sound with an empty time, then of each time.</summary>
    private static IEnumerable<string> Records(TagResult result) =>
        ((IEnumerable<(string Time, IReadOnlyList<SoundTag> Tags)>)[("", result.Tags), .. (result.Timeline ?? []).Select(timed => (Times.Number(timed.Time), timed.Tags))])
            .SelectMany(part => part.Tags.Select((tag, place) => CsvText.Record(
                [
                    result.File ?? "", part.Time, (place + 1).ToString(Times.Culture), tag.Label, TagTable.Probability(tag), result.Model, result.Version,
                ],
                CsvDialect.Own)));
}

/// <summary>A table for a person, drawn when all results are there.</summary>
internal sealed class TagScreenWriter(Terminal terminal) : TagWriter
{
    private readonly List<TagResult> _results = [];

    public override void Write(TagResult result) => _results.Add(result);

    public override void Finish()
    {
        if (_results.Count == 0)
            return;
        var hasTimes = _results[0].Timeline is not null;
        var hasFiles = _results.Count > 1;
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var (title, isShown) in ((string, bool)[])[("file", hasFiles), ("time", hasTimes), (hasTimes ? "labels" : "label", true), ("probability", !hasTimes)])
        {
            if (isShown)
                table.AddColumn(title);
        }
        foreach (var row in _results.SelectMany(TagTable.Rows))
            table.AddRow(row.Skip(hasFiles ? 0 : 1).Where(cell => cell.Length > 0).Select(cell => new Cell(cell)).ToArray());
        terminal.ForTables().Write(table);
    }
}

/// <summary>The cells of tags for people.</summary>
internal static class TagTable
{
    private const string Nothing = "-";

    /// <summary>Without a timeline a row for each label: file, no time, label, probability; with one a row for each time, its labels in one cell.</summary>
    public static IEnumerable<string[]> Rows(TagResult result)
    {
        var file = ShownText.Of(result.File ?? Nothing);
        if (result.Timeline is { } timeline)
            return timeline.Select(timed => new[] { file, Times.Clock(timed.Time), timed.Tags.Count == 0 ? Nothing : string.Join(", ", timed.Tags.Select(Said)), "" });
        return result.Tags.Count == 0
            ? [[file, "", Nothing, Nothing]]
            : result.Tags.Select(tag => new[] { file, "", ShownText.Of(tag.Label), Probability(tag) });
    }

    public static string Probability(SoundTag tag) => tag.Probability.ToString("0.0000", Times.Culture);

    // Labels hold commas themselves.
    private static string Said(SoundTag tag) => $"{ShownText.Of(tag.Label)} ({tag.Probability.ToString("0.00", Times.Culture)})";
}

/// <summary>The JSON form of tags, the same in arrays and lines.</summary>
[JsonSerializable(typeof(TagResult))]
internal sealed partial class TagJson : JsonSerializerContext
{
    private static readonly TagJson Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>One object on one line.</summary>
    public static string Serialize(TagResult result) => ShownText.InJson(JsonSerializer.Serialize(result, Readable.TagResult));
}
