using System.CommandLine;
using Auricle.Cli.Captions;
using Auricle.Training;
using Spectre.Console;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle recipes</c>: what can be trained by name.</summary>
internal static class RecipesCommand
{
    public static Command Create(Terminal terminal) =>
        new("recipes", "Lists, shows and checks the recipes of models that can be trained, and compares their runs.")
        {
            CreateList(terminal), CreateShow(terminal), CreateCheck(terminal), CreateCurves(terminal),
        };

    private static Command CreateList(Terminal terminal)
    {
        var command = new Command("list", "Lists the recipes with what they train.");
        command.SetAction((_, _) =>
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("recipe", "what it trains");
            foreach (var recipe in RecipeCatalog.All(RecipeCatalog.Folder()))
                table.AddRow(recipe.Name.EscapeMarkup(), Title(recipe).EscapeMarkup());
            terminal.ForTables().Write(table);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Command CreateShow(Terminal terminal)
    {
        var (recipe, settings) = TrainCommand.RecipeArguments();
        var command = new Command("show", "Prints a recipe with every setting, those it leaves to the defaults too.") { recipe, settings };
        command.SetAction((parsed, _) =>
        {
            var entry = RecipeCatalog.Find(parsed.GetRequiredValue(recipe));
            foreach (var line in entry.Header)
                terminal.Out.WriteLine($"# {line}".TrimEnd());
            terminal.Out.Write(TrainingRun.Check(entry.Path, parsed.GetValue(settings) ?? []));
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Command CreateCheck(Terminal terminal)
    {
        var names = new Argument<string[]>("RECIPE") { Description = "Recipes by name or path (default: all).", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("check", "Looks whether every setting of recipes is known and right; needs no data.") { names };
        command.SetAction((parsed, _) =>
        {
            var chosen = parsed.GetValue(names) is { Length: > 0 } some ? [.. some.Select(RecipeCatalog.Find)] : RecipeCatalog.All(RecipeCatalog.Folder());
            var isFine = true;
            foreach (var entry in chosen)
            {
                try
                {
                    TrainingRun.Check(entry.Path);
                    terminal.Out.WriteLine($"{entry.Path}: right");
                }
                catch (RecipeException error)
                {
                    isFine = false;
                    foreach (var problem in error.Problems)
                        terminal.Out.WriteLine($"{entry.Path}: {problem.Message}");
                }
            }
            return Task.FromResult(isFine ? ExitCode.Success : ExitCode.Failure);
        });
        return command;
    }

    private static Command CreateCurves(Terminal terminal)
    {
        var folders = new Argument<string[]>("RUN") { Description = "Folders of runs, such as runs/NAME.", Arity = ArgumentArity.OneOrMore };
        var measure = new Option<string>("--measure") { Description = "The measurement to draw (default: val_loss).", HelpName = "NAME", DefaultValueFactory = _ => "val_loss" };
        var output = new Option<string>("--output", "-o") { Description = "The SVG file to write.", HelpName = "FILE.svg", Required = true };
        var command = new Command("curves", "Draws a measurement of several runs into one diagram.") { folders, measure, output };
        command.SetAction((parsed, _) =>
        {
            var (named, name, file) = (parsed.GetRequiredValue(folders), parsed.GetRequiredValue(measure), parsed.GetRequiredValue(output));
            var runs = named.Select(folder => Path.Combine(folder, RunFolder.LogName) is var log && File.Exists(log)
                ? (Name: Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), Lines: MetricsLog.Read(log))
                : throw new CommandException(ExitCode.Usage, $"There is no {RunFolder.LogName} in '{folder}'; name the folder of a run, such as runs/NAME.")).ToList();
            foreach (var (folder, run) in named.Zip(runs))
            {
                if (!run.Lines.Any(line => line[name] is not null))
                    throw new CommandException(ExitCode.Usage, $"The run in '{folder}' does not measure '{name}'; it measures {string.Join(", ", run.Lines.SelectMany(line => line.Values.Select(pair => pair.Key)).Distinct())}.");
            }
            if (runs.Select(run => run.Name).Distinct().Count() < runs.Count)
                runs = [.. named.Zip(runs).Select(pair => (pair.First, pair.Second.Lines))];
            CurvePlot.Compare(file, name, runs);
            terminal.Say($"The curves are in {file}.");
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    // What stands before the first colon says what it is, what follows how it is done.
    private static string Title(RecipeEntry recipe)
    {
        var text = string.Join(' ', recipe.Header);
        var end = text.IndexOf(": ", StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }
}
