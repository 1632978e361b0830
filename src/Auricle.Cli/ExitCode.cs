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

    /// <summary>A fault of Auricle that nobody foresaw.</summary>
    public const int Unforeseen = 70;

    /// <summary>Whoever read the results has gone, as for any program that this ends.</summary>
    public const int BrokenPipe = 141;

    /// <summary>Ctrl-C: what was finished is kept.</summary>
    public const int Interrupted = 130;
}
