using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Evaluation;

namespace Auricle.Cli.Evaluation;

/// <summary>The JSON form of a report. Scores keep the names of the reference package; what is not a number is null.</summary>
[JsonSerializable(typeof(ReportDocument))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    private static readonly ReportJson Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Text(CaptionReport report) => JsonSerializer.Serialize(Document(report), Readable.ReportDocument);

    private static ReportDocument Document(CaptionReport report) => new()
    {
        Clips = report.Clips.Count,
        References = report.References.Sum(captions => captions.Count),
        Tokenizer = report.Options.Tokenizer.ToString().ToLowerInvariant(),
        MeteorParaphrases = report.Options.MeteorParaphrases is not null,
        Bootstrap = report.Options.Resampling is { } resampling ? new(resampling.Rounds, resampling.Seed, resampling.Level) : null,
        LeftOut = report.LeftOut,
        Systems = [.. report.Systems.Select(system => new SystemDocument(
            system.File,
            system.Scores.ToDictionary(score => score.Name, score => Finite(score.Corpus)),
            system.Scores.Zip(system.Intervals).Where(pair => pair.Second is not null)
                .ToDictionary(pair => pair.First.Name, pair => new[] { Finite(pair.Second!.Value.Low), Finite(pair.Second.Value.High) }),
            [.. report.Clips.Select((clip, place) => new ClipDocument(
                clip,
                system.Candidates[place],
                system.Scores.Where(score => score.Sentences.Count > 0)
                    .ToDictionary(score => score.Name, score => Finite(score.Sentences[place]))))]))],
        Differences = report.Systems.Count < 2 ? null : report.Differences.ToDictionary(
            item => item.Name, item => new DifferenceDocument(Finite(item.Difference), [Finite(item.Interval.Low), Finite(item.Interval.High)],
                item.PValue)),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>All of a report.</summary>
internal sealed record ReportDocument
{
    public required int Clips { get; init; }

    public required int References { get; init; }

    public required string Tokenizer { get; init; }

    public required bool MeteorParaphrases { get; init; }

    public ResamplingDocument? Bootstrap { get; init; }

    public required IReadOnlyList<LeftOutMetrics> LeftOut { get; init; }

    public required IReadOnlyList<SystemDocument> Systems { get; init; }

    public IReadOnlyDictionary<string, DifferenceDocument>? Differences { get; init; }
}

/// <summary>How intervals were drawn.</summary>
internal sealed record ResamplingDocument(int Rounds, uint Seed, double Level);

/// <summary>One system: corpus scores, their intervals as pairs, the clips.</summary>
internal sealed record SystemDocument(
    string File, IReadOnlyDictionary<string, double?> Corpus, IReadOnlyDictionary<string, double?[]> Intervals,
    IReadOnlyList<ClipDocument> Sentences);

/// <summary>One clip.</summary>
internal sealed record ClipDocument(string File, string Candidate, IReadOnlyDictionary<string, double?> Scores);

/// <summary>The second system less the first.</summary>
internal sealed record DifferenceDocument(double? Difference, double?[] Interval, double PValue);
