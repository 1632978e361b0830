using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Auricle.Cli.Commands;

namespace Auricle.Cli;

/// <summary>The <c>auricle</c> command.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives errors and warnings.</param>
    /// <param name="cancellationToken">Ends the work after the row in progress.</param>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default) =>
        RunAsync(args, new Terminal(output, error), cancellationToken);

    /// <summary>Runs one command line where a person may be watching.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        try
        {
            var parsed = Parse(CreateRoot(terminal), args);
            var mistakes = Mistakes.Of(parsed);
            if (mistakes.Count > 0)
            {
                mistakes.ForEach(terminal.Report);
                terminal.Report($"See {PathOf(parsed.CommandResult)} --help.");
                return ExitCode.Usage;
            }
            return await parsed.InvokeAsync(Configuration(terminal), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (BrokenPipeException)
        {
            return ExitCode.BrokenPipe;
        }
        catch (UnwritableStreamException error)
        {
            terminal.Report($"The standard output could not be written ({error.Message}); open it, or send it to a place with room.");
            return ExitCode.Failure;
        }
        catch (CommandException error)
        {
            terminal.Report(error.Message);
            return error.ExitCode;
        }
        catch (AuricleException error)
        {
            terminal.Report(error.Message);
            return error.IsRequest ? ExitCode.Usage : ExitCode.Failure;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            terminal.Report(error.Message);
            return ExitCode.Failure;
        }
        catch (Exception error)
        {
            ReportUnforeseen(terminal, error);
            return ExitCode.Unforeseen;
        }
    }

    /// <summary>Says what nobody foresaw in a sentence that helps to find it.</summary>
    public static void ReportUnforeseen(Terminal terminal, object fault)
    {
        var error = fault as Exception;
        const string Frame = "at Auricle.";
        var place = error?.StackTrace?.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith(Frame, StringComparison.Ordinal));
        var where = place is null ? "" : $" in {place["at ".Length..].Split('(')[0]}";
        terminal.Report(
            $"Auricle failed in a way that nobody foresaw: {error?.GetType().Name ?? fault.GetType().Name}{where}: {error?.Message ?? fault.ToString()} "
            + "Please report this line and the command to the place you have Auricle from, with the input if you can.");
    }

    // What begins with an at sign is the name of a file like any other.
    private static ParseResult Parse(Command root, IReadOnlyList<string> args) => root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

    private static string PathOf(CommandResult result) => result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}"
        : result.Command.Name;

    // Not a RootCommand, which calls itself after the file it runs from.
    private static Command CreateRoot(Terminal terminal)
    {
        var version = new Option<bool>("--version") { Description = "Show the version." };
        var root = new Command("auricle", "Describes sound in words. The first caption needs no download: a small model comes with Auricle.")
        {
            new HelpOption(),
            version,
            CaptionCommand.Create(terminal),
            TagCommand.Create(terminal),
            EmbedCommand.Create(terminal),
            IndexCommand.Create(terminal),
            SearchCommand.Create(terminal),
            ClassifyCommand.Create(terminal),
            TrainCommand.Create(terminal),
            RecipesCommand.Create(terminal),
            EvaluateCommand.Create(terminal),
            HearCommand.Create(terminal),
            ModelsCommand.Create(terminal),
            DataCommand.Create(terminal),
            InfoCommand.Create(terminal),
            ServeCommand.Create(terminal),
            ServeCommand.CreateMcp(terminal),
            ConvertCommand.Create(terminal),
            DoctorCommand.Create(terminal),
        };
        root.Add(HelpCommand.Create(Help));
        root.Add(CompletionCommand.Create(terminal, (line, position) => root.Parse(line[..position], new ParserConfiguration { ResponseFileTokenReplacer = null }).GetCompletions(position)
            .Select(item => item.InsertText ?? item.Label)));
        root.SetAction(parsed =>
        {
            if (parsed.GetValue(version))
            {
                terminal.Out.WriteLine(AuricleInfo.Version);
                return ExitCode.Success;
            }
            Help([]);
            return ExitCode.Usage;
        });
        return root;

        int Help(string[] verbs)
        {
            var known = root;
            foreach (var verb in verbs)
            {
                known = known.Subcommands.FirstOrDefault(command => command.Name == verb)
                    ?? throw CommandException.Usage(Mistakes.Unknown("command", verb, known.Subcommands.Select(command => command.Name)));
            }
            return Parse(root, [.. verbs, "--help"]).Invoke(Configuration(terminal));
        }
    }

    private static InvocationConfiguration Configuration(Terminal terminal) => new()
    {
        Output = terminal.Out,
        Error = terminal.Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,   // signals are Program's business
    };
}
