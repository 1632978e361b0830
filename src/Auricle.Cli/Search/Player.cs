using System.Diagnostics;

namespace Auricle.Cli.Search;

/// <summary>A program that plays sound.</summary>
internal sealed class Player
{
    private static readonly string[] Programs = ["ffplay", "aplay"];

    private readonly string _program;

    private Player(string program) => _program = program;

    /// <summary>Finds one.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static Player Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Programs.SelectMany(program => folders.Select(folder => Path.Combine(folder, program))).FirstOrDefault(File.Exists) is { } found
            ? new Player(found)
            : throw CommandException.Usage($"--play needs {string.Join(" or ", Programs)}, and neither is installed; install ffmpeg, or write a playlist with --m3u.");
    }

    /// <summary>Plays the stretch that was found, and waits for its end.</summary>
    public void Play(SoundHit hit, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_program) { RedirectStandardInput = true };
        var (from, length) = (Times.Number(hit.Start), Times.Number(hit.End - hit.Start));
        // A name that begins with a hyphen is a path all the same: those of the index are absolute.
        foreach (var argument in Path.GetFileName(_program) == "ffplay"
            ? (string[])["-nodisp", "-autoexit", "-loglevel", "error", "-ss", from, "-t", length, hit.File]
            : ["--quiet", hit.File])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        using var end = cancellationToken.Register(() => process.Kill());
        process.StandardInput.Close();
        process.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
            throw new CommandException(ExitCode.Failure, $"{_program} could not play '{hit.File}' (it ended with {process.ExitCode}); check the sound device, or leave --play out.");
    }
}
