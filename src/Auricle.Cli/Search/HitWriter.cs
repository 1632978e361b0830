using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Outputs;
using Spectre.Console;
using Cell = Spectre.Console.Text;

namespace Auricle.Cli.Search;

/// <summary>How hits are written.</summary>
internal enum HitFormat
{
    /// <summary>For people: a table on a terminal, tab-separated lines elsewhere.</summary>
    Table,

    /// <summary>One array of objects.</summary>
    Json,

    /// <summary>One object a line.</summary>
    Jsonl,

    /// <summary>Comma-separated values with a header.</summary>
    Csv,

    /// <summary>A playlist that players open, each hit at its place.</summary>
    M3u,
}

/// <summary>Writes what a search found.</summary>
internal static class HitWriter
{
    private static readonly string[] Header = ["rank", "score", "file", "start", "end", "duration", "recorded", "title", "artist", "labels", "copies"];

    /// <summary>Writes hits, the best first.</summary>
    /// <param name="hits">The hits.</param>
    /// <param name="format">How.</param>
    /// <param name="output">Where to.</param>
    /// <param name="screen">The terminal where a person sees them.</param>
    public static void Write(IReadOnlyList<SoundHit> hits, HitFormat format, RowOutput output, Terminal? screen)
    {
        switch (format)
        {
            case HitFormat.Json:
                output.Write(hits.Count == 0 ? "[]\n" : $"[\n{string.Join(",\n", hits.Select(HitJson.Serialize))}\n]\n");
                break;
            case HitFormat.Jsonl:
                output.Write(string.Concat(hits.Select(hit => HitJson.Serialize(hit) + "\n")));
                break;
            case HitFormat.Csv:
                output.Write(CsvText.Record(Header, CsvDialect.Own) + string.Concat(hits.Index().Select(item => CsvText.Record(Cells(item.Index, item.Item), CsvDialect.Own))));
                break;
            case HitFormat.M3u:
                output.Write("#EXTM3U\n" + string.Concat(hits.Select(Entry)));
                break;
            case HitFormat.Table when screen is not null && hits.Count > 0:
                Draw(hits, screen);
                break;
            default:
                output.Write(string.Concat(hits.Select(hit => string.Join('\t', Row(hit).Where(cell => cell.Length > 0)) + "\n")));
                break;
        }
        output.Complete();
    }

    private static string[] Cells(int index, SoundHit hit) =>
    [
        (index + 1).ToString(Times.Culture), Score(hit), hit.File, Times.Number(hit.Start), Times.Number(hit.End), Times.Number(hit.Duration),
        hit.Recorded.ToString("yyyy-MM-ddTHH:mm:ssZ", Times.Culture), hit.Tags.GetValueOrDefault("title", ""), hit.Tags.GetValueOrDefault("artist", ""),
        string.Join("; ", hit.Labels?.Select(label => label.Label) ?? []), hit.Copies.Count.ToString(Times.Culture),
    ];

    private static string[] Row(SoundHit hit) =>
    [
        Score(hit), hit.Start == 0 && hit.End == hit.Duration ? Times.Clock(hit.Duration) : $"{Times.Clock(hit.Start)}-{Times.Clock(hit.End)}", ShownText.Of(hit.File) + Copies(hit),
        hit.Labels is null ? "" : ShownText.Of(string.Join(", ", hit.Labels.Select(label => $"{label.Label} ({label.Probability.ToString("0.00", Times.Culture)})"))),
    ];

    private static string Copies(SoundHit hit) => hit.Copies.Count switch
    {
        0 => "",
        1 => " (1 copy)",
        var count => $" ({count} copies)",
    };

    private static void Draw(IReadOnlyList<SoundHit> hits, Terminal screen)
    {
        var hasLabels = hits.Any(hit => hit.Labels is not null);
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var title in (string[])["score", "where", "file", .. hasLabels ? ["heard"] : Array.Empty<string>()])
            table.AddColumn(title);
        foreach (var hit in hits)
            table.AddRow(Row(hit).Take(hasLabels ? 4 : 3).Select(cell => new Cell(cell)).ToArray());
        screen.ForTables().Write(table);
    }

    // A line that begins with a number sign is a comment, and names may hold line ends.
    private static string Entry(SoundHit hit)
    {
        var title = hit.Tags.GetValueOrDefault("title") ?? Path.GetFileNameWithoutExtension(hit.File);
        var place = hit.File.Any(char.IsControl) ? new Uri(hit.File).AbsoluteUri : hit.File;
        return $"#EXTINF:{Math.Ceiling(hit.End - hit.Start).ToString(Times.Culture)},{ShownText.Of(title)}\n"
            + $"#EXTVLCOPT:start-time={Times.Number(hit.Start)}\n#EXTVLCOPT:stop-time={Times.Number(hit.End)}\n{place}\n";
    }

    private static string Score(SoundHit hit) => hit.Score.ToString("0.000", Times.Culture);
}

/// <summary>The JSON form of hits, the same in arrays and lines.</summary>
[JsonSerializable(typeof(SoundHit))]
internal sealed partial class HitJson : JsonSerializerContext
{
    private static readonly HitJson Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>One object on one line.</summary>
    public static string Serialize(SoundHit hit) => ShownText.InJson(JsonSerializer.Serialize(hit, Readable.SoundHit));
}
