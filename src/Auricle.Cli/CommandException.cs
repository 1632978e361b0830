namespace Auricle.Cli;

/// <summary>A command ends early: one sentence for the user, and the exit code.</summary>
internal sealed class CommandException(int exitCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>Something could not be written.</summary>
    /// <param name="name">The file or what else it is.</param>
    /// <param name="error">Why.</param>
    /// <param name="remedy">What to do, as the end of a sentence.</param>
    public static CommandException NotWritten(string name, Exception error, string remedy)
    {
        // The system's sentence ends in the path in quotes, which would be there twice.
        var reason = error.Message.Split(" : '")[0].TrimEnd('.');
        return new(Cli.ExitCode.Failure, $"'{name}' could not be written ({reason}); {remedy}.", error);
    }

    public static CommandException Usage(string message, Exception? innerException = null) => new(Cli.ExitCode.Usage, message, innerException);
}
