using Auricle.Cli.Inputs;
using Auricle.Cli.Outputs;

namespace Auricle.Cli.Tags;

/// <summary>One run of <c>auricle classify</c>: which sounds, by which labels.</summary>
internal sealed record ClassifyJob
{
    /// <summary>Files, folders, patterns and <c>-</c> as the user gave them.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    public required IReadOnlyList<string> Labels { get; init; }

    public required string Model { get; init; }

    public required AudioModelOptions Loading { get; init; }

    public required ClassifyOptions Options { get; init; }

    public required TagFormat Format { get; init; }

    /// <summary>The file; <see langword="null"/> is standard output.</summary>
    public string? Output { get; init; }

    /// <summary>Files that are read besides the sounds.</summary>
    public required IReadOnlyList<string?> Sources { get; init; }

    private bool IsStandard => Output is null || OutputPath.IsStandardOutput(Output);

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    public int Run(Terminal terminal, CancellationToken cancellationToken)
    {
        var inputs = new SoundInputs(Inputs, terminal);
        if (inputs.Files.Count == 0)
            return ExitCode.Failure;
        OutputPath.RefuseOverlap([(Output ?? "-", "--output")], [.. inputs.Files, .. Sources]);
        using var classifier = SoundClassifier.Load(Model, Labels, Options, Loading);
        using var writer = TagWriter.Open(terminal, Format, Output);
        var run = FileRun.Start(
            terminal, terminal.ErrorIsScreen && inputs.Files.Count > 1 && !(terminal.OutIsScreen && IsStandard && Format != TagFormat.Table), inputs.Files.Count,
            shares => classifier.ClassifyFiles(inputs.Files, shares, cancellationToken), Write, result => result.Warnings, cancellationToken);
        writer.Finish();
        if (run.IsInterrupted)
        {
            terminal.Report($"Interrupted after {run.Done} of {inputs.Files.Count} files.");
            return ExitCode.Interrupted;
        }
        writer.Complete();
        var failures = inputs.Failures + run.Failed;
        if (inputs.IsBatch)
            terminal.Report($"{run.Succeeded} classified, {failures} failed, {inputs.LeftOut} left out.");
        return failures == 0 ? ExitCode.Success : ExitCode.Failure;

        string? Write(TagResult result)
        {
            writer.Write(result);
            return null;
        }
    }
}
