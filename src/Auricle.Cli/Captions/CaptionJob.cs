using Auricle.Cli.Inputs;
using Auricle.Cli.Outputs;

namespace Auricle.Cli.Captions;

/// <summary>One run of <c>auricle caption</c>: which sounds, and where results go.</summary>
internal sealed record CaptionJob
{
    /// <summary>Files, folders, patterns and <c>-</c> as the user gave them.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    public required string Model { get; init; }

    public required AudioModelOptions Loading { get; init; }

    public required CaptionOptions Options { get; init; }

    public required CaptionFormat Format { get; init; }

    /// <summary>The file or, for the subtitles of several sounds, the folder; <see langword="null"/> is standard output.</summary>
    public string? Output { get; init; }

    /// <summary>Whether to keep what an earlier run wrote, and leave out what it did.</summary>
    public bool Resume { get; init; }

    /// <summary>Where CoNeTTE's own table goes, if anywhere.</summary>
    public string? CsvExport { get; init; }

    /// <summary>The options that shape rows, by name, as the user gave them.</summary>
    public required IReadOnlyDictionary<string, string> Given { get; init; }

    private bool HasCandidates => Options.Candidates > 1;
    private bool IsSubtitles => Format is CaptionFormat.Srt or CaptionFormat.Vtt;

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    public int Run(Terminal terminal, CancellationToken cancellationToken)
    {
        var inputs = new SoundInputs(Inputs, terminal);
        var files = inputs.Files;
        if (IsSubtitles && Output is null && files.Count > 1)
            throw CommandException.Usage($"{files.Count} sounds give {files.Count} subtitle files; name a folder for them with --output.");
        if (files.Count == 0)
            return ExitCode.Failure;
        if (Options.Tasks is { } tasks && tasks.Count != files.Count)
            throw CommandException.Usage($"--task names {tasks.Count} tasks and there are {files.Count} files; name one for each file, or one for all.");
        var subtitles = FindSubtitles(files);
        Protect(files, subtitles);

        using var captioner = AudioCaptioner.Load(Model, Loading);
        captioner.Check(Options);   // before an earlier output is touched
        using var writer = OpenWriter(terminal, files, subtitles, captioner, out var earlier, out var isOfAnotherRun);
        using var export = OpenExport(terminal, earlier, isOfAnotherRun);
        var places = Enumerable.Range(0, files.Count).Where(place => !IsDone(files[place])).ToList();
        var pending = places.ConvertAll(place => files[place]);
        FileRun run;
        try
        {
            run = FileRun.Start(terminal, HasProgress(terminal, pending), pending.Count, Caption, Write, result => result.Warnings, cancellationToken);
        }
        catch (ArgumentOutOfRangeException error) when (error.ActualValue is not null)
        {
            // Only the model knows some bounds, for example how wide a beam its vocabulary fills.
            throw CommandException.Usage(error.Message.Split(" (Parameter")[0], error);
        }
        writer.Finish();
        if (run.IsInterrupted)
        {
            export?.Complete(isWhole: false);
            terminal.Report($"Interrupted after {run.Done} of {pending.Count} files{Kept(writer)}.");
            return ExitCode.Interrupted;
        }
        var failures = inputs.Failures + run.Failed;
        export?.Complete(isWhole: run.Succeeded > 0);
        writer.Complete();
        if (inputs.IsBatch)
            terminal.Report($"{run.Succeeded} captioned, {(Resume ? $"{files.Count - pending.Count} done before, " : "")}{failures} failed, {inputs.LeftOut} left out.");
        return failures == 0 ? ExitCode.Success : ExitCode.Failure;

        bool IsDone(string file) => writer.IsDone(file) && (earlier is not null || export?.Contains(file) != false);

        IEnumerable<FileOutcome<CaptionResult>> Caption(IProgress<double> shares) => captioner.CaptionFiles(
            pending, Options with { Tasks = Options.Tasks is { } each ? places.ConvertAll(place => each[place]) : null, FileProgress = shares }, cancellationToken);

        // A sentence where the sound's own file cannot be written.
        string? Write(CaptionResult result)
        {
            export?.Begin();
            try
            {
                writer.Write(result);
            }
            catch (CommandException error) when (writer.HasOwnFiles)
            {
                return error.Message;
            }
            export?.Write(result);
            return null;
        }
    }

    private string Kept(CaptionWriter writer) => Output is null || OutputPath.IsStandardOutput(Output) ? ""
        : writer.Place is not null && writer.Place != Output ? $"; their rows are in '{writer.Place}', '{Output}' is as before, and --resume goes on from there"
        : "; --resume goes on from there";

    /// <summary>The subtitle file of each sound where they go into a folder.</summary>
    private Dictionary<string, string>? FindSubtitles(IReadOnlyList<string> files)
    {
        var isFolder = IsSubtitles && Output is not null && !OutputPath.IsStandardOutput(Output)
            && (files.Count > 1 || Directory.Exists(Inputs[0]) || Path.EndsInDirectorySeparator(Output) || Directory.Exists(Output));
        if (!isFolder)
            return null;
        return File.Exists(Output)
            ? throw CommandException.Usage($"'{Output}' is a file, but the subtitles need a folder; name one with --output.")
            : SubtitleWriter.Targets(Format, Output!, files);
    }

    private void Protect(IReadOnlyList<string> files, Dictionary<string, string>? subtitles)
    {
        // A folder in the way of one sound's subtitles is that sound's misfortune, and no mistake in the command.
        var written = subtitles is null ? [Output ?? "-"] : subtitles.Values.Where(path => !Directory.Exists(path));
        OutputPath.RefuseOverlap([.. written.Select(path => ((string?)path, "--output")), (CsvExport, "--csv_export")], files);
    }

    private CaptionWriter OpenWriter(
        Terminal terminal, IReadOnlyList<string> files, Dictionary<string, string>? subtitles, AudioCaptioner captioner, out EarlierRows? earlier, out bool isOfAnotherRun)
    {
        earlier = null;
        isOfAnotherRun = false;
        if (subtitles is not null)
            return new SubtitleWriter(Format, Output!, subtitles, Resume);
        if (Resume && (IsSubtitles || Format == CaptionFormat.Table || OutputPath.IsStandardOutput(Output)))
            throw CommandException.Usage("--resume reads the output back, which works with --format json, jsonl or csv in a file, and with a folder of subtitles.");
        var isStandard = Output is null || OutputPath.IsStandardOutput(Output);
        if (isStandard && Format == CaptionFormat.Table && terminal.OutIsScreen)
            return new ScreenWriter(terminal, HasCandidates);
        var output = isStandard ? RowOutput.To(terminal.Out) : RowOutput.To(Output!, "--output", Resume);
        try
        {
            earlier = new EarlierRows();
            if (Format is CaptionFormat.Json or CaptionFormat.Jsonl or CaptionFormat.Csv && !isStandard)
                output.Record = new RunRecord(Path.GetFileName(Output!), Given);
            if (Resume)
            {
                var bytes = output.ReadEarlier();
                earlier = EarlierRows.Read(bytes, Format, output.Place);
                new ResumeCheck(this, output.Place, captioner).Apply(earlier, output.ReadRecord(), files, bytes.Length);
                output.Keep(earlier.KeptBytes);
                isOfAnotherRun = output.GoesOnFromPart;
            }
            return Format switch
            {
                CaptionFormat.Json => new JsonArrayWriter(output, earlier),
                CaptionFormat.Jsonl => new JsonLinesWriter(output, earlier),
                CaptionFormat.Csv => new CsvWriter(output, earlier),
                CaptionFormat.Table => new PlainWriter(output, HasCandidates),
                _ => new SingleSubtitleWriter(Format, output),
            };
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    private CsvExport? OpenExport(Terminal terminal, EarlierRows? earlier, bool isOfAnotherRun) => CsvExport is null ? null
        : OutputPath.IsStandardOutput(CsvExport) ? new CsvExport(RowOutput.To(terminal.Out))
        : Resume ? new CsvExport(CsvExport, earlier?.Clips, isOfAnotherRun)
        : new CsvExport(RowOutput.To(CsvExport, "--csv_export"));

    // Rows that appear on the same screen as they come are progress enough, and a bar would run through them.
    private bool HasProgress(Terminal terminal, List<string> pending) =>
        terminal.ErrorIsScreen && (pending.Count > 1 || Options.Seconds is not null)
        && !(terminal.OutIsScreen && (Output is null || OutputPath.IsStandardOutput(Output)) && Format != CaptionFormat.Table);
}
