using System.Diagnostics;

namespace Auricle.Cli.Tests;

/// <summary>What one command line did.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CliRun(int Code, string Out, string Error)
{
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a command line in this process.</summary>
    public static async Task<CliRun> InProcess(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, output, error);
        return new CliRun(code, output.ToString(), error.ToString());
    }

    /// <summary><c>auricle caption --model tiny</c> in this process.</summary>
    public static Task<CliRun> Caption(params string[] args)
    {
        _ = TestModel.Numbers;
        return InProcess(["caption", "--model", TestModel.Name, .. args]);
    }

    /// <summary>Starts <c>auricle caption --model tiny</c> as a process of its own.</summary>
    public static Process Start(params string[] args)
    {
        _ = TestModel.Numbers;
        return Launch(["caption", "--model", TestModel.Name, .. args]);
    }

    /// <summary>Starts a command line as a process of its own, with some variables of its environment set.</summary>
    public static Process Launch(string[] args, params (string Name, string Value)[] environment)
    {
        // A shell starts what it runs in the background deaf to Ctrl-C, and these tests may run there.
        var start = new ProcessStartInfo("env")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["--default-signal=INT", "dotnet", typeof(CommandLine).Assembly.Location])
            start.ArgumentList.Add(argument);
        foreach (var argument in args)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Waits for a process that was started here.</summary>
    public static async Task<CliRun> End(Process process)
    {
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(timeout.Token);
        return new CliRun(process.ExitCode, await output, await error);
    }
}
