using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Evaluation;
using Auricle.Evaluation;
using Auricle.Evaluation.Neural;
using Auricle.Models.Roles;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle evaluate zero-shot</c>: what a model names whose space sound and text share, by labels it was not trained for.</summary>
internal static class EvaluateZeroShotCommand
{
    public static Command Create(Terminal terminal)
    {
        var labels = new Option<string?>("--labels", "-l")
        {
            Description = "CSV with a column for the sound, one for its label and perhaps one for its fold: ESC-50's, UrbanSound8K's or your own.",
            HelpName = "FILE",
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
        var template = new Option<string[]>("--template")
        {
            Description = $"The text of a label, which stands at {{}}; of several the vectors are averaged (default: {ZeroShotEvaluation.DefaultTemplate}, with --descriptions {{}}).",
            HelpName = "TEXT",
        };
        var descriptions = new Option<string?>("--descriptions")
        {
            Description = "CSV of label and description, or JSON of labels and texts: what stands in the templates instead of bare labels. A label may have several.",
            HelpName = "FILE",
        };
        var underscores = new Option<bool>("--keep-underscores") { Description = "Leave underscores of labels as they are, instead of writing blanks." };
        var options = new EvaluationOptions(terminal, labels, ["esc50", "urbansound8k", "tut2017", "vggsound", "plain", "parquet", "shards"], layout => layout.Name == "vggsound" ? "test" : null);
        var command = new Command("zero-shot", "Classifies sounds with a CLAP model by labels it was not trained for.");
        options.AddTo(command);
        foreach (var option in (Option[])[fold, template, descriptions, underscores])
            command.Add(option);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(EvaluationFaults.Guard(() =>
        {
            var only = parsed.GetValue(fold);
            using var sounds = options.Find(parsed, path => [.. LabelFile.Read(path, only).Select(clip => new EvaluationClip(clip.Clip, clip.Clip, [], clip.Label, clip.Fold))]);
            if (sounds.Clips.FirstOrDefault(clip => clip.Label.Length == 0) is { } bare)
                throw CommandException.Usage($"The clip '{bare.Id}' has no label, but sounds are classified by labels; choose a set of labels.");
            if (only is not null && !sounds.Clips.Any(clip => clip.Fold == only))
                throw CommandException.Usage($"There are no clips of fold {only}; name another fold.");
            var known = parsed.GetValue(descriptions) is { } file ? DescriptionFile.Read(file) : null;
            var texts = new ZeroShotOptions
            {
                Templates = parsed.GetValue(template) is { Length: > 0 } given ? given : [known is null ? ZeroShotEvaluation.DefaultTemplate : ZeroShotOptions.Placeholder],
                Descriptions = known,
                KeepsUnderscores = parsed.GetValue(underscores),
            };
            using var loaded = options.Load(parsed, cancellationToken);
            var space = loaded.As<IAudioTextModel>();
            var result = sounds.Hear(terminal, space.SampleRate, heard => ZeroShotEvaluation.Run(
                space, sounds.Clips.Select(clip => clip.Label), heard.Select(item => (new LabelledClip(item.Clip.File, item.Clip.Label, item.Clip.Fold), item.Sound)),
                texts, cancellationToken), clip => only is null || clip.Fold == only);
            var interval = options.Resampling(parsed) is { } draws ? Resampling.Intervals([result.Accuracy], draws, cancellationToken)[0] : null;
            Print(terminal, options.Json(parsed), loaded.System, result, interval, sounds);
            return sounds.Unreadable > 0 ? ExitCode.Failure : ExitCode.Success;
        })));
        return command;
    }

    private static void Print(Terminal terminal, bool json, string model, ZeroShotEvaluation result, Interval? interval, EvaluationSounds sounds)
    {
        var scores = result.Scores;
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(
                new ZeroShotDocument(
                    model, scores.Accuracy, interval is { } ends ? [ends.Low, ends.High] : null, scores.FoldMean, scores.FoldDeviation, scores.Folds, sounds.Missing.Count, sounds.Unreadable,
                    [.. result.Clips.Zip(scores.Predictions, (clip, named) => new NamedClip(clip.Clip, clip.Label, result.Labels[named]))]),
                EvaluateZeroShotJson.Default.ZeroShotDocument));
            return;
        }
        ScoreTable.Print(terminal, ["clips", "labels", "accuracy", "from", "to", "mean of folds", "deviation"],
        [
            [
                result.Clips.Count.ToString(CultureInfo.InvariantCulture), result.Labels.Count.ToString(CultureInfo.InvariantCulture), ScoreText.Of(scores.Accuracy),
                interval is { } known ? ScoreText.Of(known.Low) : "", interval is { } high ? ScoreText.Of(high.High) : "",
                scores.Folds.Count == 0 ? "" : ScoreText.Of(scores.FoldMean), scores.Folds.Count < 2 ? "" : ScoreText.Of(scores.FoldDeviation),
            ],
        ]);
    }
}

/// <summary>The JSON form of <c>evaluate zero-shot</c>.</summary>
internal sealed record ZeroShotDocument(
    string Model, double Accuracy, double[]? Interval, double FoldMean, double FoldDeviation, IReadOnlyDictionary<int, double> Folds, int Missing, int Unreadable,
    IReadOnlyList<NamedClip> Clips);

/// <summary>A clip, its label and the one that the model named.</summary>
internal sealed record NamedClip(string File, string Label, string Named);

/// <summary>Writes it without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ZeroShotDocument))]
internal sealed partial class EvaluateZeroShotJson : JsonSerializerContext;
