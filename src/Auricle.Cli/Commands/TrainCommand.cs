using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Auricle.Cli.Captions;
using Auricle.Torch;
using Auricle.Training;
using Spectre.Console;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle train</c>: trains what a recipe says.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "The recipe, for example recipes/auricle-small.yaml." };
        var settings = new Argument<string[]>("key=value")
        {
            Description = "Settings that replace the recipe's, for example optimizer.lr=3e-4.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var threads = CommandOptions.Threads();
        var spiceParser = SpiceParserCommand.Create(terminal);
        spiceParser.Add(new HelpOption { Action = new HelpWithout([recipe, settings]) });
        var command = new Command("train", "Trains a model; run again, it goes on where it stopped.") { recipe, settings, threads, spiceParser };
        command.SetAction((parsed, cancellationToken) =>
        {
            TorchRuntime.Threads = parsed.GetValue(threads) ?? ProcessorInfo.PhysicalCores;
            return Task.FromResult(Run(terminal, parsed.GetRequiredValue(recipe), parsed.GetValue(settings) ?? [], cancellationToken));
        });
        return command;
    }

    private static int Run(Terminal terminal, string recipe, string[] settings, CancellationToken cancellationToken)
    {
        RunFolder? run = null;
        if (terminal.ErrorIsScreen)
        {
            terminal.ForProgress().Progress()
                .Columns(new ProgressBarColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn())
                .Start(context => run = TrainingRun.Start(recipe, settings, new Bar(context), cancellationToken));
        }
        else
        {
            run = TrainingRun.Start(recipe, settings, new Lines(terminal), cancellationToken);
        }
        terminal.Say($"The best model is in {Path.Combine(run!.BestCheckpoint, "model")}; the curves are in {run.CurvesPath}.");
        return ExitCode.Success;
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
