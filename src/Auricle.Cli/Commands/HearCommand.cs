using System.CommandLine;
using Auricle.Cli.Evaluation;
using Auricle.Evaluation;
using Auricle.Evaluation.Neural;
using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Training;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle hear</c>: the HEAR benchmark with any encoder; <c>make</c> makes tasks of a labelled corpus.</summary>
internal static class HearCommand
{
    private const int MostPoints = 1024;

    public static Command Create(Terminal terminal)
    {
        var tasks = new Option<string?>("--tasks")
        {
            Description = "Folder of tasks in HEAR's layout, or one task: as its archives are unpacked, or as auricle hear make leaves them.",
            HelpName = "FOLDER",
        };
        var only = new Option<string[]>("--task") { Description = "The only tasks to run, by the beginnings of their folders' names (default: all).", HelpName = "NAME" };
        var models = new Option<string[]>("--model", "-m")
        {
            Description = $"Name, folder or checkpoint of a model; may be given several times. {LogMelStatistics.ModelName} stands for statistics of a log-mel image, the floor (default: {ModelCatalog.DefaultModel}).",
            HelpName = "MODEL",
        };
        LoadingOptions.CompleteModels(models);
        var loading = new LoadingOptions(terminal, Precision.Float32);
        var grid = CommandOptions.Choice<HearGridKind>("--grid", "Ways of training the predictor that are tried: fast and faster only show that all runs (default: default, that of published figures).");
        var points = CommandOptions.Count("--points", $"How many points of the grid are tried (default: {HearGrid.PublishedPoints}).", MostPoints);
        var seed = CommandOptions.Seed("Decides the order of the grid, first weights and dropout (default: 42).");
        var output = new Option<string?>("--output", "-o")
        {
            Description = $"Folder of the tables, the result of each task and the vectors; what is finished there is not done again (default: {HearJob.DefaultFolder}).",
            HelpName = "FOLDER",
        };
        var json = new Option<bool>("--json") { Description = "Print all results as one JSON array." };
        var command = new Command("hear", "Runs the HEAR benchmark: how much a small predictor learns from an encoder's vectors.")
        {
            tasks, only, models, grid, points, seed, output, json, CreateMake(terminal),
        };
        loading.AddWithoutModel(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(new HearJob
        {
            Tasks = parsed.GetValue(tasks) ?? throw CommandException.Usage("No tasks are named; give their folder with --tasks, or make some with auricle hear make."),
            Only = parsed.GetValue(only) ?? [],
            Models = parsed.GetValue(models) is { Length: > 0 } named ? named : [ModelCatalog.DefaultModel],
            Loading = loading.Of(parsed, cancellationToken),
            Options = new HearOptions
            {
                Grid = parsed.GetValue(grid) ?? HearGridKind.Default,
                Points = parsed.GetValue(points) ?? HearGrid.PublishedPoints,
                Seed = parsed.GetValue(seed) ?? new HearOptions().Seed,
            },
            Output = parsed.GetValue(output) ?? HearJob.DefaultFolder,
            Json = parsed.GetValue(json),
        }.Run(terminal, cancellationToken)));
        return command;
    }

    private static Command CreateMake(Terminal terminal)
    {
        var corpus = new Argument<string>("CORPUS") { Description = "Folder of a labelled corpus: manifest.csv, captions.csv, clauses.csv, pair_templates.csv and the sounds." };
        var folder = new Argument<string>("FOLDER") { Description = "Where the folders of the tasks go." };
        var defaults = new HearTaskMakerOptions();
        var split = new Option<string?>("--split") { Description = "The clips that are taken: train, validation, test or all (default: test, which models of Auricle never heard).", HelpName = "NAME" };
        split.CompletionSources.Add("train", "validation", "test", "all");
        var labels = CommandOptions.Count("--labels", $"The most labels of the task of whole clips (default: {defaults.Labels}).", 10_000);
        var clips = CommandOptions.Count("--clips", $"The most clips of each (default: {defaults.ClipsOfLabel}).", 10_000);
        var eventLabels = CommandOptions.Count("--event-labels", $"The labels of the task of events (default: {defaults.EventLabels}).", 1000);
        var recordings = CommandOptions.Count("--recordings", $"Its recordings (default: {defaults.Recordings}).", 100_000);
        var seed = CommandOptions.Seed($"Decides folds, cuts and mixtures (default: {defaults.Seed}).");
        var command = new Command("make", "Makes a task of whole clips in folds and a task of events of a labelled corpus.") { corpus, folder, split, labels, clips, eventLabels, recordings, seed };
        command.SetAction((parsed, cancellationToken) =>
        {
            DataSplit? only = defaults.Split;
            if (parsed.GetValue(split) is { } name)
            {
                only = Enum.TryParse<DataSplit>(name, ignoreCase: true, out var known) && Enum.IsDefined(known) && !char.IsAsciiDigit(name[0]) ? known
                    : name.Equals("all", StringComparison.OrdinalIgnoreCase) ? null
                    : throw CommandException.Usage($"--split has no '{name}'; choose one of train, validation, test, all.");
            }
            foreach (var made in HearTaskMaker.Make(SoundCorpus.Load(parsed.GetRequiredValue(corpus)), parsed.GetRequiredValue(folder), new HearTaskMakerOptions
            {
                Split = only,
                Labels = parsed.GetValue(labels) ?? defaults.Labels,
                ClipsOfLabel = parsed.GetValue(clips) ?? defaults.ClipsOfLabel,
                EventLabels = parsed.GetValue(eventLabels) ?? defaults.EventLabels,
                Recordings = parsed.GetValue(recordings) ?? defaults.Recordings,
                Seed = parsed.GetValue(seed) ?? defaults.Seed,
            }, cancellationToken))
            {
                terminal.Say(made);
            }
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
