using Auricle.Cli.Inputs;
using Auricle.Cli.Outputs;

namespace Auricle.Cli.Tags;

/// <summary>One run of <c>auricle tag</c>: which sounds, and where labels go.</summary>
internal sealed record TagJob
{
    public const string PictureOption = "--picture";

    /// <summary>Files, folders, patterns and <c>-</c> as the user gave them.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    public required string Model { get; init; }

    public required AudioModelOptions Loading { get; init; }

    public required TagOptions Options { get; init; }

    public required TagFormat Format { get; init; }

    /// <summary>The file; <see langword="null"/> is standard output.</summary>
    public string? Output { get; init; }

    /// <summary>Where the timeline is drawn, if anywhere.</summary>
    public string? Picture { get; init; }

    private bool IsStandard => Output is null || OutputPath.IsStandardOutput(Output);

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    public int Run(Terminal terminal, CancellationToken cancellationToken)
    {
        var inputs = new SoundInputs(Inputs, terminal);
        if (inputs.Files.Count == 0)
            return ExitCode.Failure;
        if (Picture is not null && inputs.Files.Count > 1)
            throw CommandException.Usage($"{PictureOption} draws one sound, and {inputs.Files.Count} are named; name one, or leave the picture out.");
        OutputPath.RefuseOverlap([(Output ?? "-", "--output"), (Picture, PictureOption)], [.. inputs.Files, Loading.LabelsFile]);

        using var tagger = SoundTagger.Load(Model, Loading);
        using var writer = TagWriter.Open(terminal, Format, Output);
        var picture = Picture is null ? null : new TimelinePicture(tagger.Labels);
        var run = FileRun.Start(
            terminal, HasProgress(terminal, inputs), inputs.Files.Count,
            shares => tagger.TagFiles(inputs.Files, Options with { FileProgress = shares, Moments = picture }, cancellationToken),
            Write, result => result.Warnings, cancellationToken);
        writer.Finish();
        if (run.IsInterrupted)
        {
            terminal.Report($"Interrupted after {run.Done} of {inputs.Files.Count} files.");
            return ExitCode.Interrupted;
        }
        writer.Complete();
        var failures = inputs.Failures + run.Failed;
        if (inputs.IsBatch)
            terminal.Report($"{run.Succeeded} tagged, {failures} failed, {inputs.LeftOut} left out.");
        return failures == 0 ? ExitCode.Success : ExitCode.Failure;

        string? Write(TagResult result)
        {
            writer.Write(result);
            if (picture is not null)
                OutputPath.Write(Picture!, picture.Draw(ShownText.Of(Path.GetFileName(result.File!)), result.Duration), PictureOption);
            return null;
        }
    }

    // Rows that appear on the same screen as they come are progress enough, and a bar would run through them.
    private bool HasProgress(Terminal terminal, SoundInputs inputs) =>
        terminal.ErrorIsScreen && (inputs.Files.Count > 1 || Options.Timeline) && !(terminal.OutIsScreen && IsStandard && Format != TagFormat.Table);
}
