using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Evaluation;
using Auricle.Cli.Outputs;
using Auricle.Data;
using Auricle.Evaluation;
using Auricle.Evaluation.Neural;
using Auricle.Models.Roles;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle evaluate retrieval</c>: what a model finds whose space sound and text share.</summary>
internal static class EvaluateRetrievalCommand
{
    private const string ScoresOption = "--scores";
    private static readonly int[] Depths = [1, 5, 10];

    // hit@k asks for one of a sound's captions, as papers on CLAP do; r@k for all of them, as DCASE does.
    private static readonly RetrievalMeasure[] Measures =
    [
        .. Depths.Select(RetrievalMeasure.Recall), .. Depths.Select(RetrievalMeasure.HitRate), RetrievalMeasure.AveragePrecision(10), RetrievalMeasure.AveragePrecision(16),
    ];

    public static Command Create(Terminal terminal)
    {
        var captions = new Option<string?>("--captions", "-c") { Description = "The clips' captions: CSV of Clotho or AudioCaps, JSON or JSON lines.", HelpName = "FILE" };
        var relevance = new Option<string?>("--relevance")
        {
            Description = "Queries with several relevant sounds each, as DCASE 2025 lists them: CSV with query and audio_filenames.",
            HelpName = "FILE",
        };
        var scores = new Option<string?>(ScoresOption) { Description = "Also write every score of a caption with a sound as SQLite.", HelpName = "FILE.db" };
        var options = new EvaluationOptions(terminal, captions, ["clotho", "audiocaps", "audiocaps-v2", "macs", "wavcaps", "plain", "parquet", "shards"], layout => layout.Splits is ["train" or "development", .., var last] ? last : null);
        var command = new Command("retrieval", "Finds sounds by their captions and captions by their sounds with a model whose space sound and text share, such as a CLAP.");
        options.AddTo(command);
        command.Add(relevance);
        command.Add(scores);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(EvaluationFaults.Guard(() =>
        {
            var target = parsed.GetValue(scores) is { } file ? Place(file, [parsed.GetValue(captions), parsed.GetValue(relevance)]) : null;
            var lists = parsed.GetValue(relevance) is { } list ? RelevanceFile.Read(list) : null;
            using var sounds = options.Find(parsed, path => [.. CaptionFile.ReadReferences(path).Clips.Select(clip => new EvaluationClip(clip.Clip, clip.Clip, clip.Captions, "", null))]);
            if (sounds.Clips.FirstOrDefault(clip => clip.Captions.Count == 0) is { } bare)
                throw CommandException.Usage($"The clip '{bare.Id}' has no caption, but retrieval is asked for captions; choose a set of captions.");
            using var loaded = options.Load(parsed, cancellationToken);
            var space = loaded.As<IAudioTextModel>();
            var heard = new List<EvaluationClip>();
            var embedded = sounds.Hear(terminal, space.SampleRate, all => EmbeddedClips.Hear(space, all.Select(item =>
            {
                heard.Add(item.Clip);
                return (new RetrievalClip(item.Clip.Id, item.Clip.File), item.Sound);
            }), cancellationToken));
            var result = embedded.Score([.. heard.Select(clip => clip.Captions)], cancellationToken);
            if (target is not null)
                Save(result, target);
            var found = result.Evaluate();
            var report = new List<Direction>
            {
                Of("a caption, for its sound", found.TextToAudio, [.. result.Texts.Select(text => text.Clip)]),
                Of("a sound, for its captions", found.AudioToText, null),
            };
            if (lists is not null)
                report.Add(Of("a query, for all its sounds", Relevant(terminal, embedded, lists, parsed.GetValue(relevance)!, cancellationToken), null));
            Print(terminal, options.Json(parsed), loaded.System, report, heard.Count, sounds);
            return sounds.Unreadable > 0 ? ExitCode.Failure : ExitCode.Success;

            Direction Of(string name, RetrievalScores scores, IReadOnlyList<int>? groups)
            {
                MetricScores[] metrics = [.. Measures.Select(measure => scores.Score(measure, groups))];
                var intervals = options.Resampling(parsed) is { } draws ? Resampling.Intervals(metrics, draws, cancellationToken) : null;
                return new Direction(name, scores.Queries, metrics, intervals, scores.MedianRank);
            }
        })));
        return command;
    }

    private static OutputPath Place(string file, IEnumerable<string?> inputs)
    {
        OutputPath.RefuseOverlap([(file, ScoresOption)], inputs);
        var place = OutputPath.Find(file, ScoresOption);
        if (place.Kind == FileKind.Stream)
            throw CommandException.Usage($"'{file}' is no file; name one with {ScoresOption}.");
        return Directory.Exists(place.Folder) ? place : throw CommandException.Usage($"There is no folder '{place.Folder}' for '{file}'; make it, or name another file with {ScoresOption}.");
    }

    private static void Save(RetrievalTable table, OutputPath place)
    {
        try
        {
            table.Save(place.Target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CommandException.NotWritten(place.Name, error, $"make room or name another file with {ScoresOption}");
        }
    }

    /// <summary>Asks the queries of a list. Sounds of the list that were not heard cannot be found and do not count.</summary>
    private static RetrievalScores Relevant(Terminal terminal, EmbeddedClips embedded, IReadOnlyList<RelevantSounds> lists, string file, CancellationToken cancellationToken)
    {
        var names = lists.SelectMany(list => list.Files).Distinct(StringComparer.Ordinal).ToList();
        var places = names.Zip(CaptionPairing.Find([.. embedded.Clips.Select(clip => clip.FileName)], names)).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        var unknown = names.Where(name => places[name] is null).ToList();
        var asked = lists.Select(list => (list.Query, Relevant: list.Files.Select(name => places[name]).OfType<int>().Distinct().ToArray())).Where(list => list.Relevant.Length > 0).ToList();
        if (asked.Count == 0)
            throw CommandException.Usage($"No sound that '{file}' names is among the {embedded.Clips.Count} that were heard; check that both belong together.");
        if (unknown.Count > 0)
            terminal.Report($"{unknown.Count} of {names.Count} sounds that '{file}' names were not heard ({CaptionPairing.Names(unknown)}), and {lists.Count - asked.Count} of {lists.Count} queries have none left; they do not count.");
        return RetrievalScores.Of(embedded.Compare([.. asked.Select(list => list.Query)], cancellationToken), embedded.Clips.Count, [.. asked.Select(list => list.Relevant)]);
    }

    private static void Print(Terminal terminal, bool json, string model, List<Direction> report, int clips, EvaluationSounds sounds)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(
                new RetrievalDocument(
                    model, clips, report[0].Queries, sounds.Missing.Count, sounds.Unreadable, report[0].Named, report[1].Named, report.Count > 2 ? report[2].Named : null,
                    report.Count > 2 ? report[2].Queries : null,
                    report[0].Intervals is null ? null : report.Zip(["text_to_audio", "audio_to_text", "relevance"]).ToDictionary(pair => pair.Second, pair => pair.First.NamedIntervals)),
                EvaluateRetrievalJson.Default.RetrievalDocument));
            return;
        }
        ScoreTable.Print(terminal, ["query", .. Measures.Select(measure => measure.Name), "median_rank"], report.SelectMany(direction => direction.Rows));
    }

    /// <summary>The scores of one kind of query.</summary>
    private sealed record Direction(string Name, int Queries, MetricScores[] Scores, IReadOnlyList<Interval?>? Intervals, double MedianRank)
    {
        public IReadOnlyDictionary<string, double> Named => Scores.Select(score => (score.Name, score.Corpus)).Append(("median_rank", MedianRank)).ToDictionary(pair => pair.Item1, pair => pair.Item2);

        public IReadOnlyDictionary<string, double[]> NamedIntervals => Scores.Zip(Intervals!).Where(pair => pair.Second is not null)
            .ToDictionary(pair => pair.First.Name, pair => new[] { pair.Second!.Value.Low, pair.Second.Value.High });

        public IEnumerable<string[]> Rows
        {
            get
            {
                yield return [Name, .. Scores.Select(score => ScoreText.Of(score.Corpus)), MedianRank.ToString("0.#", CultureInfo.InvariantCulture)];
                if (Intervals is null)
                    yield break;
                yield return ["  95 % from", .. Intervals.Select(interval => interval is { } known ? ScoreText.Of(known.Low) : ""), ""];
                yield return ["  to", .. Intervals.Select(interval => interval is { } known ? ScoreText.Of(known.High) : ""), ""];
            }
        }
    }
}

/// <summary>Faults of evaluations that a user can mend on the command line.</summary>
internal static class EvaluationFaults
{
    public static int Guard(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception error) when (error is CaptionFileException or MetricInputException or FileNotFoundException or DataSetException)
        {
            throw CommandException.Usage(error.Message, error);
        }
    }
}

/// <summary>The JSON form of <c>evaluate retrieval</c>.</summary>
internal sealed record RetrievalDocument(
    string Model, int Clips, int Captions, int Missing, int Unreadable, IReadOnlyDictionary<string, double> TextToAudio, IReadOnlyDictionary<string, double> AudioToText,
    IReadOnlyDictionary<string, double>? Relevance, int? RelevanceQueries, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double[]>>? Intervals);

/// <summary>Writes it without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RetrievalDocument))]
internal sealed partial class EvaluateRetrievalJson : JsonSerializerContext;
