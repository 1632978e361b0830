using Auricle.Audio;

namespace Auricle.Cli.Captions;

/// <summary>One run of <c>auricle caption</c>: which sounds, and where results go.</summary>
internal sealed record CaptionJob
{
    /// <summary>Files, folders, patterns and <c>-</c> as the user gave them.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    public required string Model { get; init; }

    public required CaptionerOptions Loading { get; init; }

    public required CaptionOptions Options { get; init; }

    public required CaptionFormat Format { get; init; }

    /// <summary>The file or, for the subtitles of several sounds, the folder; <see langword="null"/> is standard output.</summary>
    public string? Output { get; init; }

    /// <summary>Whether to keep what an earlier run wrote, and leave out what it did.</summary>
    public bool Resume { get; init; }

    /// <summary>Where CoNeTTE's own table goes, if anywhere.</summary>
    public string? CsvExport { get; init; }

    private bool HasCandidates => Options.Candidates > 1;
    private bool IsSubtitles => Format is CaptionFormat.Srt or CaptionFormat.Vtt;

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    public int Run(Terminal terminal, CancellationToken cancellationToken)
    {
        var failures = 0;
        var files = ListFiles(out var leftOut, sentence =>
        {
            failures++;
            terminal.Report(sentence);
        });
        if (leftOut > 0)
            terminal.Report(leftOut == 1 ? "1 other file was left out: by its name it is no sound." : $"{leftOut} other files were left out: by their names they are no sound.");
        if (IsSubtitles && Output is null && files.Count > 1)
            throw CommandException.Usage($"{files.Count} sounds give {files.Count} subtitle files; name a folder for them with --output.");
        if (files.Count == 0)
            return ExitCode.Failure;
        if (Options.Tasks is { } tasks && tasks.Count != files.Count)
            throw CommandException.Usage($"--task names {tasks.Count} tasks and there are {files.Count} files; name one for each file, or one for all.");

        using var captioner = AudioCaptioner.Load(Model, Loading);
        captioner.Check(Options);   // before an earlier output is touched
        using var writer = OpenWriter(terminal, files);
        using var export = CsvExport is null ? null : new CsvExport(CsvExport, Resume);
        var places = Enumerable.Range(0, files.Count).Where(place => !writer.IsDone(files[place])).ToList();
        var pending = places.ConvertAll(place => files[place]);
        var done = 0;
        try
        {
            CaptionProgress.Run(terminal, HasProgress(terminal, pending), pending.Count, progress =>
            {
                var options = Options with
                {
                    Tasks = Options.Tasks is { } each ? places.ConvertAll(place => each[place]) : null,
                    FileProgress = new Shares(share => progress.Show(done + share)),
                };
                foreach (var outcome in captioner.CaptionFiles(pending, options, cancellationToken))
                {
                    if (outcome.IsSuccess)
                    {
                        writer.Write(outcome.Result);
                        export?.Write(outcome.Result);
                        foreach (var warning in outcome.Result.Warnings)
                            progress.Report($"Warning: {warning}");
                    }
                    else
                    {
                        failures++;
                        progress.Report(outcome.Error);
                    }
                    progress.Show(++done);
                }
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            writer.Finish();
            terminal.Report($"Interrupted after {done} of {pending.Count} files{(Output is null ? "" : "; --resume goes on from there")}.");
            return ExitCode.Interrupted;
        }
        writer.Finish();
        return failures == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>The files that the inputs name, each once; an input that names none is reported and left out.</summary>
    private List<string> ListFiles(out int leftOut, Action<string> report)
    {
        leftOut = 0;
        var files = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in Inputs)
        {
            try
            {
                var found = AudioPaths.Expand([input]);
                leftOut += found.LeftOut;
                foreach (var problem in found.Problems)
                    report(problem);
                files.AddRange(found.Where(file => seen.Add(file == AudioFile.StandardInput ? file : Path.GetFullPath(file))));
            }
            catch (AudioException error)
            {
                report(error.Message);
            }
        }
        return files;
    }

    private CaptionWriter OpenWriter(Terminal terminal, List<string> files)
    {
        if (IsSubtitles && Output is not null && (files.Count > 1 || Directory.Exists(Inputs[0]) || Path.EndsInDirectorySeparator(Output) || Directory.Exists(Output)))
        {
            return File.Exists(Output)
                ? throw CommandException.Usage($"'{Output}' is a file, but the subtitles need a folder; name one with --output.")
                : new SubtitleWriter(Format, Output, files, Resume);
        }
        if (Output is not null && Directory.Exists(Output))
            throw CommandException.Usage($"'{Output}' is a folder; name a file with --output.");
        if (Resume && (IsSubtitles || Format == CaptionFormat.Table))
            throw CommandException.Usage("--resume reads the output back, which works with --format json, jsonl or csv, and with a folder of subtitles.");

        if (Output is null && Format == CaptionFormat.Table && terminal.OutIsScreen)
            return new ScreenWriter(terminal, HasCandidates);
        var earlier = Resume ? EarlierRows.Read(Output!, Format) : new EarlierRows();
        var output = Output is null ? RowOutput.To(terminal.Out) : RowOutput.To(Output, earlier.KeptBytes);
        return Format switch
        {
            CaptionFormat.Json => new JsonArrayWriter(output, earlier),
            CaptionFormat.Jsonl => new JsonLinesWriter(output, earlier),
            CaptionFormat.Csv => new CsvWriter(output, earlier),
            CaptionFormat.Table => new PlainWriter(output, HasCandidates),
            _ => new SingleSubtitleWriter(Format, output),
        };
    }

    // Rows that appear on the same screen as they come are progress enough, and a bar would run through them.
    private bool HasProgress(Terminal terminal, List<string> pending) =>
        terminal.ErrorIsScreen && (pending.Count > 1 || Options.Seconds is not null)
        && !(terminal.OutIsScreen && Output is null && Format != CaptionFormat.Table);

    // Unlike Progress<T>, which posts to other threads, this keeps the order of what it is told.
    private sealed class Shares(Action<double> show) : IProgress<double>
    {
        public void Report(double value) => show(value);
    }
}
