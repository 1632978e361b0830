using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Captions;
using Auricle.Cli.Evaluation;
using Auricle.Evaluation;
using Auricle.Evaluation.Neural;
using Auricle.Models;
using Auricle.Models.Roles;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle evaluate retrieval</c> and <c>auricle evaluate zero-shot</c>: what a model finds and names whose space sound and text share.</summary>
internal static class EvaluateClapCommands
{
    private static readonly int[] Depths = [1, 5, 10];

    public static Command CreateRetrieval(Terminal terminal)
    {
        var captions = new Option<string>("--captions", "-c")
        {
            Description = "The clips' captions: CSV of Clotho or AudioCaps, JSON or JSON lines.",
            HelpName = "FILE",
            Required = true,
        };
        var model = new ModelOptions(terminal);
        var command = new Command("retrieval", "Finds sounds by their captions and captions by their sounds with a model whose space sound and text share, such as a CLAP.") { captions };
        model.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Guard(() =>
        {
            using var loaded = model.Load(parsed, cancellationToken);
            var space = loaded.As<IAudioTextModel>();
            var clips = CaptionFile.ReadReferences(parsed.GetRequiredValue(captions)).Clips;
            var found = new ClipSounds(parsed.GetRequiredValue(model.Sounds), CaptionProgress.ShowOn(terminal)).Hear([.. clips.Select(clip => clip.Clip)], space.SampleRate,
                sounds => RetrievalEvaluation.Run(space, [.. clips.Select(clip => clip.Captions)], sounds, cancellationToken));
            Print(terminal, parsed.GetValue(model.Json), loaded.System, found, clips.Count);
            return ExitCode.Success;
        })));
        return command;
    }

    public static Command CreateZeroShot(Terminal terminal)
    {
        var labels = new Option<string>("--labels", "-l")
        {
            Description = "CSV with a column for the sound, one for its label and perhaps one for its fold: ESC-50's, UrbanSound8K's or your own.",
            HelpName = "FILE",
            Required = true,
        };
        var fold = new Option<int?>("--fold")
        {
            Description = "The only fold to take (default: all).",
            HelpName = "N",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                    return value;
                result.AddError($"--fold takes a whole number, not '{text}'.");
                return null;
            },
        };
        var template = new Option<string>("--template")
        {
            Description = "The text of a label, which stands at {}.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => ZeroShotEvaluation.DefaultTemplate,
        };
        var model = new ModelOptions(terminal);
        var command = new Command("zero-shot", "Classifies sounds with a CLAP model by labels it was not trained for.") { labels, fold, template };
        model.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Guard(() =>
        {
            using var loaded = model.Load(parsed, cancellationToken);
            var space = loaded.As<IAudioTextModel>();
            var clips = LabelFile.Read(parsed.GetRequiredValue(labels), parsed.GetValue(fold));
            var result = new ClipSounds(parsed.GetRequiredValue(model.Sounds), CaptionProgress.ShowOn(terminal)).Hear([.. clips.Select(clip => clip.Clip)], space.SampleRate,
                sounds => ZeroShotEvaluation.Run(space, clips, sounds, parsed.GetRequiredValue(template), cancellationToken));
            Print(terminal, parsed.GetValue(model.Json), loaded.System, result, clips);
            return ExitCode.Success;
        })));
        return command;
    }

    private static void Print(Terminal terminal, bool json, string model, RetrievalEvaluation found, int clips)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(
                new RetrievalDocument(model, clips, found.TextToAudio.Queries, Named(found.TextToAudio), Named(found.AudioToText)),
                EvaluateClapJson.Default.RetrievalDocument));
            return;
        }
        string[] header = ["query", .. Values(found.TextToAudio).Select(value => value.Name)];
        ScoreTable.Print(terminal, header, [Row("a caption, for its sound", found.TextToAudio), Row("a sound, for its captions", found.AudioToText)]);

        static string[] Row(string query, RetrievalScores scores) =>
        [
            query,
            .. Values(scores).Select(value => value.Name == "median_rank" ? value.Value.ToString("0.#", CultureInfo.InvariantCulture) : ScoreText.Of(value.Value)),
        ];
    }

    private static Dictionary<string, double> Named(RetrievalScores scores) => Values(scores).ToDictionary(value => value.Name, value => value.Value);

    // hit@k asks for one of a sound's captions, as papers on CLAP do; r@k for all of them, as DCASE does.
    private static IEnumerable<(string Name, double Value)> Values(RetrievalScores scores) =>
    [
        .. Depths.Select(k => ($"r@{k}", scores.Recall(k))),
        .. Depths.Select(k => ($"hit@{k}", scores.HitRate(k))),
        ("map@10", scores.MeanAveragePrecision(10)),
        ("map@16", scores.MeanAveragePrecision(16)),
        ("median_rank", scores.MedianRank),
    ];

    private static void Print(Terminal terminal, bool json, string model, ZeroShotEvaluation result, IReadOnlyList<LabelledClip> clips)
    {
        var scores = result.Scores;
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(
                new ZeroShotDocument(model, scores.Accuracy, scores.FoldMean, scores.FoldDeviation, scores.Folds,
                    [.. clips.Zip(scores.Predictions, (clip, named) => new NamedClip(clip.Clip, clip.Label, result.Labels[named]))]),
                EvaluateClapJson.Default.ZeroShotDocument));
            return;
        }
        ScoreTable.Print(terminal, ["clips", "labels", "accuracy", "mean of folds", "deviation"],
        [
            [
                clips.Count.ToString(CultureInfo.InvariantCulture), result.Labels.Count.ToString(CultureInfo.InvariantCulture), ScoreText.Of(scores.Accuracy),
                scores.Folds.Count == 0 ? "" : ScoreText.Of(scores.FoldMean), scores.Folds.Count < 2 ? "" : ScoreText.Of(scores.FoldDeviation),
            ],
        ]);
    }

    private static int Guard(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception error) when (error is CaptionFileException or MetricInputException or FileNotFoundException)
        {
            throw CommandException.Usage(error.Message, error);
        }
    }

    /// <summary>The options that name a model and the sounds it hears.</summary>
    private sealed class ModelOptions(Terminal terminal)
    {
        private readonly LoadingOptions _loading = new(terminal, Precision.Float32);

        public Option<string> Sounds { get; } = new("--sounds", "-s") { Description = "Folder of the clips' sounds.", HelpName = "FOLDER", Required = true };

        public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object." };

        public void AddTo(Command command)
        {
            command.Add(Sounds);
            _loading.AddTo(command);
            command.Add(Json);
        }

        public AudioModel Load(ParseResult parsed, CancellationToken cancellationToken) => _loading.Load(parsed, cancellationToken);
    }
}

/// <summary>The JSON form of <c>evaluate retrieval</c>.</summary>
internal sealed record RetrievalDocument(
    string Model, int Clips, int Captions, IReadOnlyDictionary<string, double> TextToAudio, IReadOnlyDictionary<string, double> AudioToText);

/// <summary>The JSON form of <c>evaluate zero-shot</c>.</summary>
internal sealed record ZeroShotDocument(
    string Model, double Accuracy, double FoldMean, double FoldDeviation, IReadOnlyDictionary<int, double> Folds, IReadOnlyList<NamedClip> Clips);

/// <summary>A clip, its label and the one that the model named.</summary>
internal sealed record NamedClip(string File, string Label, string Named);

/// <summary>Writes both without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RetrievalDocument))]
[JsonSerializable(typeof(ZeroShotDocument))]
internal sealed partial class EvaluateClapJson : JsonSerializerContext;
