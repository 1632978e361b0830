using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Auricle.Cli.Captions;
using Auricle.Cli.Fetching;
using Auricle.Torch;
using Auricle.Training;
using Spectre.Console;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle train</c>: trains what a recipe says.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var (recipe, settings) = RecipeArguments();
        var dryRun = new Option<bool>("--dry-run") { Description = "Take ten steps, keep nothing, and print model, data, steps, memory and time." };
        var sweep = new Option<string[]>("--sweep")
        {
            Description = "Train once for each value and print a table, for example --sweep optimizer.lr=1e-4,3e-4; given again, for each combination.",
            HelpName = "key=a,b,c",
        };
        var threads = CommandOptions.Threads();
        var yes = LoadingOptions.Yes();
        var spiceParser = SpiceParserCommand.Create(terminal);
        spiceParser.Add(new HelpOption { Action = new HelpWithout([recipe, settings]) });
        var command = new Command("train", "Trains a model; run again, it goes on where it stopped.") { recipe, settings, dryRun, sweep, threads, yes, spiceParser };
        command.SetAction((parsed, cancellationToken) =>
        {
            TorchRuntime.Threads = parsed.GetValue(threads) ?? ProcessorInfo.PhysicalCores;
            var path = RecipeCatalog.Find(parsed.GetRequiredValue(recipe)).Path;
            var own = parsed.GetValue(settings) ?? [];
            var grid = Grid(parsed.GetValue(sweep) ?? []);
            // A question must stand before the bar that is drawn again and again.
            TrainingRun.FindModels(path, own, FetchConsent.Of(terminal, parsed.GetValue(yes), cancellationToken));
            if (parsed.GetValue(dryRun))
                Estimate(terminal, path, own, cancellationToken);
            else if (grid.Count > 0)
                Sweep(terminal, path, own, grid, cancellationToken);
            else
                Say(terminal, Run(terminal, path, own, cancellationToken));
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    /// <summary>The arguments of commands that read a recipe.</summary>
    public static (Argument<string> Recipe, Argument<string[]> Settings) RecipeArguments() => (
        new("RECIPE") { Description = "The recipe: its name, as auricle recipes list has it, or the path of a YAML file." },
        new("key=value")
        {
            Description = "Settings that replace the recipe's, for example optimizer.lr=3e-4.",
            Arity = ArgumentArity.ZeroOrMore,
        });

    private static RunFolder Run(Terminal terminal, string recipe, string[] settings, CancellationToken cancellationToken)
    {
        if (!terminal.ErrorIsScreen)
            return TrainingRun.Start(recipe, settings, new Lines(terminal), cancellationToken);
        RunFolder? run = null;
        terminal.ForProgress().Progress()
            .Columns(new ProgressBarColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn())
            .Start(context => run = TrainingRun.Start(recipe, settings, new Bar(context), cancellationToken));
        return run!;
    }

    private static void Say(Terminal terminal, RunFolder run)
    {
        if (Directory.Exists(run.EstimatesPath))
            terminal.Say($"The estimated correspondences are in {run.EstimatesPath}.");
        else
            terminal.Say($"The best model is in {Path.Combine(run.BestCheckpoint, "model")}; the curves are in {run.CurvesPath}.");
        if (File.Exists(run.SkippedPath))
            terminal.Say($"Sounds that could not be read were left out; {run.SkippedPath} lists them.");
    }

    private static void Estimate(Terminal terminal, string recipe, string[] settings, CancellationToken cancellationToken)
    {
        var (estimate, yaml) = TrainingRun.Estimate(recipe, settings, cancellationToken);
        terminal.Out.Write(yaml);
        terminal.Out.WriteLine();
        terminal.WritePairs(
        [
            ("numbers that learn", string.Create(Times.Culture, $"{estimate.Trained:N0} of {estimate.Parameters:N0}")),
            ("examples", string.Create(Times.Culture, $"{estimate.ExamplesPerEpoch:N0} in an epoch{(estimate.Skipped > 0 ? $", {estimate.Skipped} sounds cannot be read" : "")}")),
            ("steps", string.Create(Times.Culture, $"{estimate.StepsPerEpoch:N0} in an epoch, {estimate.Steps:N0} in all")),
            ("memory", string.Create(Times.Culture, $"{estimate.PeakMemory / 1e9:0.0} GB at most so far")),
            ("preparation", Duration(estimate.Preparation)),
            ("a step", string.Create(Times.Culture, $"{estimate.PerStep.TotalSeconds:0.000} s")),
            ("the whole run", $"{Duration(estimate.PerStep * estimate.Steps)} of steps, and validation"),
        ]);
    }

    private static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(Times.Culture, $"{time.TotalHours:0.0} h")
        : time.TotalMinutes >= 1 ? string.Create(Times.Culture, $"{time.TotalMinutes:0.0} min") : string.Create(Times.Culture, $"{time.TotalSeconds:0.0} s");

    /// <summary>Every combination of the values of some keys.</summary>
    private static List<string[]> Grid(string[] sweeps)
    {
        List<string[]> grid = [];
        foreach (var sweep in sweeps)
        {
            var split = sweep.IndexOf('=', StringComparison.Ordinal);
            string[] values = split <= 0 ? [] : sweep[(split + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (values.Length == 0)
                throw new CommandException(ExitCode.Usage, $"--sweep takes a key with values, not '{sweep}'; write it as --sweep optimizer.lr=1e-4,3e-4.");
            var settings = values.Select(value => $"{sweep[..split]}={value}");
            grid = grid.Count == 0 ? [.. settings.Select(setting => new[] { setting })] : [.. grid.SelectMany(row => settings.Select(setting => (string[])[.. row, setting]))];
        }
        return grid;
    }

    private static void Sweep(Terminal terminal, string recipe, string[] settings, List<string[]> grid, CancellationToken cancellationToken)
    {
        var name = RecipeReader.FromFile(recipe, settings).Section("run").Text("name", "run");
        var rows = new List<(string[] Values, MetricsLine Best)>();
        foreach (var combination in grid)
        {
            string[] values = [.. combination.Select(setting => setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..])];
            var suffix = string.Concat(values.Select(value => "-" + string.Concat(value.Where(letter => char.IsLetterOrDigit(letter) || letter is '.' or '_'))));
            var run = Run(terminal, recipe, [.. settings, .. combination, $"run.name={name}{suffix}"], cancellationToken);
            var best = run.LoadLastState().BestEpoch;
            rows.Add((values, MetricsLog.Read(run.LogPath).First(line => line.Epoch == best)));
        }
        string[] measured = [.. rows[0].Best.Values.Select(pair => pair.Key).Where(key => key.StartsWith("val_", StringComparison.Ordinal) || key.StartsWith("test_", StringComparison.Ordinal))];
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns([.. grid[0].Select(setting => setting[..setting.IndexOf('=', StringComparison.Ordinal)].EscapeMarkup()), "epoch", .. measured]);
        foreach (var (values, best) in rows)
            table.AddRow([.. values.Select(value => value.EscapeMarkup()), best.Epoch.ToString("0", Times.Culture), .. measured.Select(key => best[key]?.ToString("0.0000", Times.Culture) ?? "")]);
        terminal.ForTables().Write(table);
    }

    private static string Describe(TrainingProgress progress) => string.Create(
        Times.Culture,
        $"epoch {progress.Epoch + 1}/{progress.Epochs} loss {progress.Loss:0.000} {progress.SamplesPerSecond:0}/s{string.Concat(progress.Validation.Select(pair => $" {pair.Key} {pair.Value:0.000}"))}");

    /// <summary>Help of a command below one that takes arguments: its usage would list them, though they do not go with it.</summary>
    private sealed class HelpWithout(Argument[] arguments) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            foreach (var argument in arguments)
                argument.Hidden = true;
            return new HelpAction().Invoke(parseResult);
        }
    }

    private sealed class Bar(ProgressContext context) : IProgress<TrainingProgress>
    {
        private readonly ProgressTask _task = context.AddTask("reading the sounds");

        public void Report(TrainingProgress value)
        {
            _task.MaxValue = (double)value.Epochs * value.Steps;
            _task.Value = (double)value.Epoch * value.Steps + value.Step;
            _task.Description = Describe(value);
        }
    }

    /// <summary>One line for each epoch, where nobody watches a bar.</summary>
    private sealed class Lines(Terminal terminal) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step == value.Steps)
                terminal.Report(Describe(value));
        }
    }
}
