using System.Text;
using Auricle.Cli;
using Auricle.Cli.Captions;

namespace Auricle.Fuzz.Targets;

/// <summary>The output of an earlier run, which <c>--resume</c> goes on with.</summary>
internal sealed class ResumeTarget : FuzzTarget
{
    private const string Row =
        "{\"file\":\"a.wav\",\"caption\":\"a dog\",\"score\":-0.5,\"duration\":1,\"candidates\":[{\"caption\":\"a dog\",\"score\":-0.5}],\"segments\":[],\"tags\":[],\"task\":\"\",\"model\":\"m\",\"version\":\"1\",\"warnings\":[]}";

    private readonly CaptionFormat _format;
    private readonly string[] _seeds;

    private ResumeTarget(CaptionFormat format, params string[] seeds) => (_format, _seeds) = (format, seeds);

    /// <summary>One target for each form that can be resumed.</summary>
    public static IEnumerable<ResumeTarget> All()
    {
        var header = string.Join(',', CsvWriter.Header);
        var cells = string.Join(',', CsvWriter.Header.Select((_, place) => place == 0 ? "a.wav" : "1"));
        return
        [
            new(CaptionFormat.Csv, $"{header}\n{cells}\n{cells.Replace("a.wav", "\"'=b,\"\".wav\"", StringComparison.Ordinal)}\n", $"\uFEFF{header.Replace(',', ';')}\r\n{cells.Replace(',', ';')}\r\n"),
            new(CaptionFormat.Jsonl, $"{Row}\n{Row.Replace("a.wav", "\\u0062.wav", StringComparison.Ordinal)}\n"),
            new(CaptionFormat.Json, $"[{Row},\n{Row}]\n"),
        ];
    }

    public override string Name => $"resume-{_format.ToString().ToLowerInvariant()}";

    public override IEnumerable<byte[]> Seeds() => _seeds.Select(Encoding.UTF8.GetBytes);

    public override void Run(ReadOnlySpan<byte> input) => EarlierRows.Read(input.ToArray(), _format, "output");

    public override bool IsRefusal(Exception error) => error is CommandException;
}
