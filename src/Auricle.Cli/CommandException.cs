namespace Auricle.Cli;

/// <summary>A command ends early: one sentence for the user, and the exit code.</summary>
internal sealed class CommandException(int exitCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public int ExitCode { get; } = exitCode;

    public static CommandException Usage(string message, Exception? innerException = null) => new(Cli.ExitCode.Usage, message, innerException);
}
