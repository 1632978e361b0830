namespace Auricle.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Everything was done.</summary>
    public const int Success = 0;

    /// <summary>A file failed and was left out, the output could not be written, or doctor found a fault.</summary>
    public const int Failure = 1;

    /// <summary>The command line cannot be carried out as given.</summary>
    public const int Usage = 2;

    /// <summary>Ctrl-C: what was finished is kept.</summary>
    public const int Interrupted = 130;
}
