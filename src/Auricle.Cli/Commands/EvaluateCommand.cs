using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Captions;
using Auricle.Evaluation;
using Auricle.Models;
using Auricle.Models.Decoding;
using Auricle.Models.Roles;
using Auricle.Training;
using Spectre.Console;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle evaluate</c>; of its verbs <c>sounds</c> captions a labelled corpus and tells which labels the captions name.</summary>
internal static class EvaluateCommand
{
    private const int ConfusionsShown = 12;

    public static Command Create(Terminal terminal) =>
        new("evaluate", "Measures how good a model or its captions are.")
        {
            CreateSounds(terminal),
            EvaluateCaptionsCommand.Create(terminal),
            EvaluateRetrievalCommand.Create(terminal),
            EvaluateZeroShotCommand.Create(terminal),
        };

    private static Command CreateSounds(Terminal terminal)
    {
        var folder = new Argument<string>("CORPUS") { Description = "Folder of a labelled corpus: manifest.csv, captions.csv, clauses.csv, pair_templates.csv and the sounds." };
        var loading = new LoadingOptions(terminal, Precision.Float32);
        var split = CommandOptions.Choice<DataSplit>("--split", "Which clips (default: test).");
        var mixtures = CommandOptions.Count("--mixtures", "Two-sound mixtures to make of them (default: 400).", 100_000);
        var seed = CommandOptions.Seed("Decides which clips are mixed, and how (default: 1).");
        var beam = CommandOptions.Count("--beam", "Sentences the search keeps at a time (default: the model's own).", 1000);
        var candidates = CommandOptions.Count("--candidates", "Sentences to draw for --rerank to choose from (default: 20).", 1000);
        var rerank = new Option<bool>("--rerank") { Description = "Draw several sentences and take the one that lies closest to the sound in the model's shared space." };
        var queries = new Option<string?>("--queries")
        {
            Description = "CSV with the columns query and label: texts by which a model with a shared space is to find the label's clips.",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object with every caption." };
        var command = new Command("sounds", "Captions labelled clips and mixtures of two, and counts how often the right labels are named.")
        {
            folder, split, mixtures, seed, beam, candidates, rerank, queries, json,
        };
        loading.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            using var model = loading.Load(parsed, cancellationToken);
            var captioner = model.As<ICaptioner>();
            var corpus = SoundCorpus.Load(parsed.GetRequiredValue(folder));
            var clips = SoundData.LoadSplit(corpus, parsed.GetValue(split) ?? DataSplit.Test, captioner.SampleRate);
            var mixed = EvaluationMixtures.Create(corpus, clips, parsed.GetValue(mixtures) ?? 400, parsed.GetValue(seed) ?? 1);
            var options = parsed.GetValue(rerank)
                ? new CaptioningOptions { Sampling = new Sampling(), Candidates = parsed.GetValue(candidates) ?? 20 }
                : new CaptioningOptions { BeamSize = parsed.GetValue(beam) };
            var evaluation = new SoundEvaluation(corpus, clips, mixed);
            var report = evaluation.Run(captioner, options, parsed.GetValue(rerank) ? model.As<IAudioTextModel>() : null, cancellationToken);
            var space = model.Roles.HasFlag(ModelRoles.Matches)
                ? evaluation.InSpace(model.As<IAudioTextModel>(), parsed.GetValue(queries) is { } file ? LabelQueries.Read(file) : [], cancellationToken)
                : null;
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(JsonSerializer.Serialize(report, EvaluateJson.Default.SoundEvaluationReport));
            else
                Print(terminal, report, space);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static void Print(Terminal terminal, SoundEvaluationReport report, SpaceEvaluation? space)
    {
        var pairs = new List<(string, string)>
        {
            ("single clips", Share(report.Clips)),
            ("of ESC-10", Share(report.Esc10)),
            ("mixtures, both named", Share(report.Mixtures)),
            ("single clips told as two", Share(report.ToldAsTwo, report.Clips.Count)),
        };
        if (report.Placed.Count > 0)
            pairs.Add(("clauses inside their sound", Share(report.Placed.Count(clause => clause.IsRight), report.Placed.Count)));
        if (space is not null)
        {
            pairs.Add(("zero-shot, all labels", Percent(space.ZeroShot)));
            pairs.Add(("zero-shot, ESC-10", Percent(space.ZeroShotEsc10)));
            pairs.Add(("found by captions", Found(space.Captions)));
            if (space.Queries is { } queries)
                pairs.Add(("found by queries", Found(queries)));
        }
        terminal.WritePairs([.. pairs]);
        var confusions = report.Clips.Where(item => !item.IsRight)
            .GroupBy(item => (Heard: item.Labels[0], Named: item.Named[0]))
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key.Heard, StringComparer.Ordinal)
            .Take(ConfusionsShown);
        var table = new Table().Border(TableBorder.Simple).AddColumns("heard", "named", "clips");
        foreach (var confusion in confusions)
            table.AddRow(confusion.Key.Heard.EscapeMarkup(), confusion.Key.Named.EscapeMarkup(), confusion.Count().ToString(Times.Culture));
        terminal.ForTables().Write(table);
    }

    private static string Share(IReadOnlyList<SoundEvaluationItem> items) => Share(items.Count(item => item.IsRight), items.Count);

    private static string Share(int some, int all) => $"{Percent((double)some / Math.Max(1, all))} ({some} of {all})";

    private static string Percent(double share) => string.Create(Times.Culture, $"{100 * share:0.0} %");

    private static string Found(RetrievalScores scores) => string.Create(
        Times.Culture, $"mAP@10 {100 * scores.MeanAveragePrecision(10):0.0}, R@1 {100 * scores.HitRate(1):0.0}, R@10 {100 * scores.HitRate(10):0.0} ({scores.Queries} texts)");
}

/// <summary>The JSON form of an evaluation.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SoundEvaluationReport))]
internal sealed partial class EvaluateJson : JsonSerializerContext;
