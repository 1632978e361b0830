using System.CommandLine;
using Auricle.Cli.Captions;
using Auricle.Models;
using Auricle.Models.Decoding;
using Auricle.Torch;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle caption</c>: says what is heard in files.</summary>
internal static class CaptionCommand
{
    private const double SubtitleSeconds = 10;
    private const double ShortestSegment = 0.1;   // in less nothing is heard
    private const int MostSentences = 1000;
    private const int MostTokens = 1000;

    public static Command Create(Terminal terminal)
    {
        var paths = CommandOptions.Sounds();
        paths.Arity = ArgumentArity.OneOrMore;
        var loading = new LoadingOptions(terminal, Precision.Auto);
        var task = new Option<string[]>("--task", "-t")
        {
            Description = "Style of the captions, or one for each file, separated by commas (default: the model's first; see auricle info).",
            HelpName = "NAME",
        };
        var beam = CommandOptions.Count("--beam", "Sentences the search keeps at a time; 1 is greedy (default: the model's own).", MostSentences);
        var temperature = CommandOptions.Number("--temperature", "Draw sentences instead of searching; below 1 the likely becomes likelier.", 0, 10);
        var topK = CommandOptions.Count("--top-k", "Draw among this many of the likeliest tokens.", 1_000_000);
        var topP = CommandOptions.Number("--top-p", "Draw among the fewest likeliest tokens whose probabilities reach this sum.", 0.001, 1);
        var seed = CommandOptions.Seed("Decides what is drawn (default: 0).");
        var candidates = CommandOptions.Count("--candidates", "Different sentences for each sound, best first (default: 1).", MostSentences);
        var rerank = new Option<bool>("--rerank")
        {
            Description = "Draw the candidates, and put those first that lie closest to the sound in the space that the model gives to sound and text.",
        };
        var timestamps = new Option<bool>("--timestamps") { Description = "Tell in JSON when each word was heard, in seconds." };
        var minLength = CommandOptions.Count("--min-length", "Fewest words of a caption (default: the model's own).", MostTokens);
        var maxLength = CommandOptions.Count("--max-length", "Most tokens of a caption, its end included (default: the model's own).", MostTokens);
        var segments = CommandOptions.Seconds(
            "--segments", $"Describe stretches of this length one by one, with their times, in little memory (default: the whole file; {SubtitleSeconds} for srt and vtt).",
            ShortestSegment, AudioCaptioner.LongestWhole);
        var track = CommandOptions.Track();
        var batch = CommandOptions.Batch();
        var format = CommandOptions.Choice<CaptionFormat>("--format", "How results are written (default: by the extension of --output, else table).", "-f");
        var output = new Option<string?>("--output", "-o")
        {
            Description = "File to write, or folder for the subtitles of several sounds (default: standard output).",
            HelpName = "FILE",
        };
        var resume = new Option<bool>("--resume") { Description = "Keep what --output holds, leave out what is in it, and append the rest." };
        var export = new Option<string?>("--csv_export", "--csv-export")
        {
            Description = "Also write a table with the columns audio, task and candidate, as CoNeTTE does.",
            HelpName = "FILE",
        };

        var command = new Command("caption", "Says in a sentence what is heard in each file.")
        {
            paths, task, beam, temperature, topK, topP, seed, candidates, rerank, timestamps, minLength, maxLength, segments, track, batch, format, output, resume, export,
        };
        loading.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(resume) && result.GetValue(output) is null)
                result.AddError("--resume needs --output: the file to go on from.");
            if (result.GetValue(minLength) is { } fewest && result.GetValue(maxLength) is { } most && fewest > most)
                result.AddError($"--min-length {fewest} is more than --max-length {most}; give fewer.");
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(rerank) && (result.GetValue(candidates) ?? 1) < 2)
                result.AddError("--rerank needs several sentences to choose from; give --candidates 20, for example.");
            if (result.GetValue(timestamps) && (result.GetValue(format) ?? CommandOptions.FormatOf(result.GetValue(output), CaptionFormat.Table)) is not (CaptionFormat.Json or CaptionFormat.Jsonl))
                result.AddError("--timestamps are written in JSON alone; give --format json or --format jsonl.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var kind = parsed.GetValue(format) ?? CommandOptions.FormatOf(parsed.GetValue(output), CaptionFormat.Table);
            string[] tasks = [.. (parsed.GetValue(task) ?? []).SelectMany(names => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
            if (parsed.GetValue(beam) is not null && Drawn([temperature, topK, topP]))
                throw CommandException.Usage("--beam searches, and --temperature, --top-k and --top-p draw; choose one of the two.");
            bool Drawn(Option[] options) => Array.Exists(options, option => parsed.GetResult(option) is { Implicit: false });
            var job = new CaptionJob
            {
                Inputs = parsed.GetRequiredValue(paths),
                Model = loading.Name(parsed),
                Loading = loading.Of(parsed, cancellationToken),
                Options = new CaptionOptions
                {
                    Tasks = tasks is { Length: > 1 } ? tasks : null,
                    Task = tasks is [var one] ? one : null,
                    BeamSize = parsed.GetValue(beam),
                    Rerank = parsed.GetValue(rerank),
                    Timestamps = parsed.GetValue(timestamps),
                    Sampling = Drawn([temperature, topK, topP, seed]) || parsed.GetValue(rerank) && parsed.GetValue(beam) is null
                        ? new Sampling { Temperature = parsed.GetValue(temperature) ?? 1, TopK = parsed.GetValue(topK), TopP = parsed.GetValue(topP) ?? 1, Seed = parsed.GetValue(seed) ?? 0 }
                        : null,
                    Candidates = parsed.GetValue(candidates) ?? 1,
                    MinLength = parsed.GetValue(minLength),
                    MaxLength = parsed.GetValue(maxLength),
                    Seconds = parsed.GetValue(segments) ?? (kind is CaptionFormat.Srt or CaptionFormat.Vtt ? SubtitleSeconds : null),
                    Track = parsed.GetValue(track),
                    BatchSize = parsed.GetValue(batch) ?? 1,
                },
                Format = kind,
                Output = parsed.GetValue(output),
                Resume = parsed.GetValue(resume),
                CsvExport = parsed.GetValue(export),
                Given = Given(parsed, [beam, temperature, topK, topP, seed, candidates, rerank, timestamps, minLength, maxLength, segments, track, .. loading.Deciding]),
            };
            if (job.Options.Candidates > 1 && kind is CaptionFormat.Srt or CaptionFormat.Vtt)
                terminal.Report($"Note: --candidates has no effect on {kind.ToString().ToLowerInvariant()}, which has room for the best sentence alone.");
            if (parsed.GetValue(beam) < job.Options.Candidates)
                terminal.Report($"Note: --beam {parsed.GetValue(beam)} has no effect, since {job.Options.Candidates} candidates need a beam as wide.");
            if (parsed.GetValue(batch) > 1 && job.Options.Seconds is null && job.Inputs is [var only] && !Directory.Exists(only) && !only.Contains('*', StringComparison.Ordinal))
                terminal.Report("Note: --batch has no effect on a single sound that is described as a whole.");
            return Task.FromResult(job.Run(terminal, cancellationToken));
        });
        return command;
    }

    private static Dictionary<string, string> Given(ParseResult parsed, Option[] options) => options
        .Select(option => (option.Name, IsFlag: option.ValueType == typeof(bool), Result: parsed.GetResult(option)))
        .Where(option => option.Result is { Implicit: false } && (option.IsFlag || option.Result.Tokens.Count > 0))
        .ToDictionary(option => option.Name, option => string.Join(' ', option.Result!.Tokens.Select(token => token.Value)), StringComparer.Ordinal);
}
