using System.Diagnostics;
using Auricle.Fetching;

namespace Auricle.Fetching.Tests;

/// <summary>This assembly as a program: fetches one file, so that a test can have several processes, kill them, and put them into places of their own.</summary>
internal static class FetchingProgram
{
    /// <summary>ADDRESS TARGET [HASH]; the exit code is 0, or 1 with the fault and its sentence on standard output.</summary>
    public static async Task<int> Main(string[] args)
    {
        using var fetcher = new Fetcher(new FetcherOptions { FirstDelay = TimeSpan.FromMilliseconds(20) });
        try
        {
            await fetcher.FetchAsync(new RemoteFile("file", new Uri(args[0])) { Hash = FileHash.TryParse(args.ElementAtOrDefault(2)) }, new FetchTarget(args[1]));
            return 0;
        }
        catch (FetchException error)
        {
            Console.WriteLine($"{error.Fault}: {error.Message}");
            return 1;
        }
    }

    /// <summary>Starts the program.</summary>
    /// <param name="args">Its arguments.</param>
    /// <param name="script">A shell script that runs it as <c>"$@"</c> and may mount file systems, which only it sees.</param>
    /// <param name="environment">Variables of its environment.</param>
    public static Process Start(string[] args, string? script = null, params (string Name, string Value)[] environment)
    {
        string[] program = ["dotnet", typeof(FetchingProgram).Assembly.Location, .. args];
        var start = script is null
            ? new ProcessStartInfo("dotnet", program[1..])
            : new ProcessStartInfo("unshare", ["--mount", "sh", "-c", script, "sh", .. program]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Waits for a process, and says what it wrote.</summary>
    public static async Task<(int Code, string Text)> End(Process process)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var text = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var errors = process.StandardError.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, await text + await errors);
    }
}
