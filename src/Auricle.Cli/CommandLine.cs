using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
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
        var root = CreateRoot(terminal);
        var parsed = root.Parse(args);
        if (parsed.Action is null or ParseErrorAction)
        {
            foreach (var mistake in parsed.Errors)
                terminal.Report(mistake.Message);
            terminal.Report($"See {PathOf(parsed.CommandResult)} --help.");
            return ExitCode.Usage;
        }
        try
        {
            return await parsed.InvokeAsync(Configuration(terminal), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
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
    }

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
            TrainCommand.Create(terminal),
            EvaluateCommand.Create(terminal),
            InfoCommand.Create(terminal),
            DoctorCommand.Create(terminal),
        };
        root.SetAction(parsed =>
        {
            if (parsed.GetValue(version))
            {
                terminal.Out.WriteLine(AuricleInfo.Version);
                return ExitCode.Success;
            }
            root.Parse(["--help"]).Invoke(Configuration(terminal));
            return ExitCode.Usage;
        });
        return root;
    }

    private static InvocationConfiguration Configuration(Terminal terminal) => new()
    {
        Output = terminal.Out,
        Error = terminal.Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,   // signals are Program's business
    };
}
