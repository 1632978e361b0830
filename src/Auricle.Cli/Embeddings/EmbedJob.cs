using Auricle.Cli.Captions;
using Auricle.Cli.Inputs;
using Auricle.Cli.Outputs;

namespace Auricle.Cli.Embeddings;

/// <summary>One run of <c>auricle embed</c>: which sounds or texts, and where vectors go.</summary>
internal sealed record EmbedJob
{
    /// <summary>Files, folders, patterns and <c>-</c> as the user gave them; none where texts are embedded.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Texts from the command line.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>A file with a text in each line.</summary>
    public string? TextFile { get; init; }

    public required string Model { get; init; }

    public required AudioModelOptions Loading { get; init; }

    public required EmbedOptions Options { get; init; }

    /// <summary>Whether vectors along the sounds are wanted.</summary>
    public bool Frames { get; init; }

    public required VectorFormat Format { get; init; }

    /// <summary>The file; <see langword="null"/> is standard output.</summary>
    public string? Output { get; init; }

    private bool IsStandard => Output is null || OutputPath.IsStandardOutput(Output);

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    public int Run(Terminal terminal, CancellationToken cancellationToken)
    {
        if (IsStandard && Format is VectorFormat.Npy or VectorFormat.Parquet)
            throw CommandException.Usage($"{Format.ToString().ToLowerInvariant()} goes into a file; name one with --output, or choose --format jsonl or csv.");
        return Inputs.Count > 0 ? RunSounds(terminal, cancellationToken) : RunTexts(terminal, cancellationToken);
    }

    private int RunSounds(Terminal terminal, CancellationToken cancellationToken)
    {
        var inputs = new SoundInputs(Inputs, terminal);
        if (inputs.Files.Count == 0)
            return ExitCode.Failure;
        Protect(inputs.Files);
        using var embedder = SoundEmbedder.Load(Model, Loading);
        using var writer = OpenWriter(terminal, new VectorSet("file", Frames, Frames ? embedder.FrameWidth : embedder.Width, Options.Normalise, embedder.Model.Name));
        var hasBar = HasProgress(terminal) && inputs.Files.Count > 1;
        var run = Frames
            ? FileRun.Start(
                terminal, hasBar, inputs.Files.Count, shares => embedder.EmbedFrames(inputs.Files, Options with { FileProgress = shares }, cancellationToken), WriteFrames,
                result => result.Warnings, cancellationToken)
            : FileRun.Start(
                terminal, hasBar, inputs.Files.Count, shares => embedder.EmbedFiles(inputs.Files, Options with { FileProgress = shares }, cancellationToken), WriteClip,
                result => result.Warnings, cancellationToken);
        if (run.IsInterrupted)
            return Interrupted(terminal, run.Done, inputs.Files.Count, "files");
        if (run.Succeeded > 0)
            writer.Complete();
        var failures = inputs.Failures + run.Failed;
        if (inputs.IsBatch)
            terminal.Report($"{run.Succeeded} embedded, {failures} failed, {inputs.LeftOut} left out.");
        return failures == 0 ? ExitCode.Success : ExitCode.Failure;

        string? WriteClip(EmbedResult result)
        {
            writer.Write(result.File!, double.NaN, result.Vector);
            return null;
        }

        string? WriteFrames(FrameResult result)
        {
            for (var i = 0; i < result.Frames.Times.Length; i++)
                writer.Write(result.File!, result.Frames.Times[i], result.Frames.At(i));
            return null;
        }
    }

    private int RunTexts(Terminal terminal, CancellationToken cancellationToken)
    {
        string[] texts = [.. Texts, .. TextFile is null ? [] : Lines(TextFile)];
        Protect([TextFile]);
        using var embedder = TextEmbedder.Load(Model, Loading);
        using var writer = OpenWriter(terminal, new VectorSet("text", false, embedder.Width, Options.Normalise, embedder.Model.Name));
        var done = 0;
        try
        {
            CaptionProgress.Run(terminal, HasProgress(terminal) && texts.Length > 1, texts.Length, progress =>
            {
                foreach (var vector in embedder.Embed(texts, Options, cancellationToken))
                {
                    writer.Write(texts[done], double.NaN, vector);
                    progress.Show(++done);
                }
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Interrupted(terminal, done, texts.Length, "texts");
        }
        writer.Complete();
        return ExitCode.Success;
    }

    private int Interrupted(Terminal terminal, int done, int total, string what)
    {
        terminal.Report($"Interrupted after {done} of {total} {what}{(Format is VectorFormat.Npy or VectorFormat.Parquet ? "; nothing was written" : "")}.");
        return ExitCode.Interrupted;
    }

    /// <summary>The texts of a file; blank lines hold none.</summary>
    private static string[] Lines(string path)
    {
        try
        {
            string[] lines = [.. File.ReadLines(path).Where(line => !string.IsNullOrWhiteSpace(line))];
            return lines.Length > 0 ? lines : throw CommandException.Usage($"'{path}' has no line with text; give one text in each line.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"The texts in '{path}' cannot be read ({error.Message.TrimEnd('.')}); name another file with --text-file.", error);
        }
    }

    private void Protect(IEnumerable<string?> inputs) => OutputPath.RefuseOverlap(
        [(Output ?? "-", "--output"), (Format == VectorFormat.Npy ? NpyVectors.NamesOf(Output!) : null, "--output")], inputs);

    private VectorWriter OpenWriter(Terminal terminal, VectorSet set) => Format switch
    {
        VectorFormat.Npy => new NpyVectors(Output!, set),
        VectorFormat.Parquet => new ParquetVectors(Output!, set),
        VectorFormat.Csv => new CsvVectors(OpenRows(terminal), set),
        _ => new JsonLinesVectors(OpenRows(terminal), set),
    };

    private RowOutput OpenRows(Terminal terminal) => IsStandard ? RowOutput.To(terminal.Out) : RowOutput.To(Output!, "--output");

    private bool HasProgress(Terminal terminal) => terminal.ErrorIsScreen && !(terminal.OutIsScreen && IsStandard);
}
