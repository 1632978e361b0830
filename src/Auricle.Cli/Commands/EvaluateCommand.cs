using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Captions;
using Auricle.Models;
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
        var json = new Option<bool>("--json") { Description = "Print one JSON object with every caption." };
        var command = new Command("sounds", "Captions labelled clips and mixtures of two, and counts how often the right labels are named.")
        {
            folder, split, mixtures, seed, beam, json,
        };
        loading.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            using var model = loading.Load(parsed, cancellationToken);
            var captioner = model.As<ICaptioner>();
            var corpus = SoundCorpus.Load(parsed.GetRequiredValue(folder));
            var clips = SoundData.LoadSplit(corpus, parsed.GetValue(split) ?? DataSplit.Test, captioner.SampleRate);
            var mixed = EvaluationMixtures.Create(corpus, clips, parsed.GetValue(mixtures) ?? 400, parsed.GetValue(seed) ?? 1);
            var report = new SoundEvaluation(corpus, clips, mixed).Run(captioner, new CaptioningOptions { BeamSize = parsed.GetValue(beam) }, cancellationToken);
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(JsonSerializer.Serialize(report, EvaluateJson.Default.SoundEvaluationReport));
            else
                Print(terminal, report);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static void Print(Terminal terminal, SoundEvaluationReport report)
    {
        terminal.WritePairs(
        [
            ("single clips", Share(report.Clips)),
            ("of ESC-10", Share(report.Esc10)),
            ("mixtures, both named", Share(report.Mixtures)),
        ]);
        var confusions = report.Clips.Where(item => !item.IsRight)
            .GroupBy(item => (Heard: item.Labels[0], Named: item.Named[0]))
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key.Heard, StringComparer.Ordinal)
            .Take(ConfusionsShown);
        var table = new Table().Border(TableBorder.Simple).AddColumns("heard", "named", "clips");
        foreach (var confusion in confusions)
            table.AddRow(confusion.Key.Heard.EscapeMarkup(), confusion.Key.Named.EscapeMarkup(), confusion.Count().ToString(Times.Culture));
        terminal.ForTables().Write(table);
    }

    private static string Share(IReadOnlyList<SoundEvaluationItem> items) =>
        string.Create(Times.Culture, $"{100 * SoundEvaluationReport.Share(items):0.0} % ({items.Count(item => item.IsRight)} of {items.Count})");
}

/// <summary>The JSON form of an evaluation.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SoundEvaluationReport))]
internal sealed partial class EvaluateJson : JsonSerializerContext;
