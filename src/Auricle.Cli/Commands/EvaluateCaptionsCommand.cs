using System.CommandLine;
using System.Globalization;
using Auricle.Cli.Evaluation;
using Auricle.Cli.Fetching;
using Auricle.Evaluation;
using Auricle.Evaluation.Neural;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle evaluate captions</c>: scores captions against references.</summary>
internal static class EvaluateCaptionsCommand
{
    private const int MostDraws = 1_000_000;

    public static Command Create(Terminal terminal)
    {
        var candidates = new Option<string>("--candidates", "-c")
        {
            Description = "The system's captions: CSV, JSON or JSON lines.",
            HelpName = "FILE",
            Required = true,
        };
        var references = new Option<string>("--references", "-r")
        {
            Description = "The references: CSV of Clotho or AudioCaps, JSON or JSON lines.",
            HelpName = "FILE",
            Required = true,
        };
        var compare = new Option<string?>("--compare")
        {
            Description = "A second system's captions of the same clips: differences with intervals and p-values.",
            HelpName = "FILE",
        };
        var preset = new Option<string?>("--preset")
        {
            Description = "Metrics of the reference package or of a challenge (default: default).",
            HelpName = string.Join('|', MetricRegistry.Presets),
        };
        preset.CompletionSources.Add([.. MetricRegistry.Presets]);
        var metrics = new Option<string[]>("--metrics")
        {
            Description = "Metrics by name instead of a preset, for example bleu,cider_d,vocab.",
            HelpName = "NAMES",
            AllowMultipleArgumentsPerToken = true,
        };
        var tokenizer = CommandOptions.Choice<MetricTokenizer>("--tokenizer",
            "What is done to captions first: ptb, as the reference package does, or none (default: ptb).");
        var common = new Option<bool>("--common") { Description = "Score the clips that all files have, instead of refusing what does not match." };
        var bootstrap = new Option<int?>("--bootstrap")
        {
            Description = "Draws for the 95 % intervals over clips, 0 for none (default: 1000).",
            HelpName = "N",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= MostDraws)
                    return value;
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--bootstrap takes a whole number, not '{text}', and at most {MostDraws}."));
                return null;
            },
        };
        var seed = CommandOptions.Seed($"Decides which clips are drawn (default: {new ResamplingOptions().Seed}).");
        var given = new Option<string?>("--given-scores")
        {
            Description = "CSV with the clips' scores of metrics computed elsewhere, for example the column spice.",
            HelpName = "FILE",
        };
        var paraphrases = new Option<string?>("--meteor-paraphrases")
        {
            Description = "METEOR's paraphrase table (paraphrase-en.gz), with which published figures were made.",
            HelpName = "FILE",
        };
        var models = new Option<string?>("--models-folder")
        {
            Description = "Folder of published models, for fer, fense, sbert_sim, bert_score, clap_sim and mace (default: the caches; what --metrics names is fetched).",
            HelpName = "FOLDER",
        };
        var yes = LoadingOptions.Yes();
        var sounds = new Option<string?>("--sounds")
        {
            Description = "Folder of the clips' sounds, for clap_sim and mace.",
            HelpName = "FOLDER",
        };
        var clapMethod = CommandOptions.Choice<ClapMethod>("--clap-method",
            "What clap_sim and mace compare captions with: the references, the sound, or both (default: combined where --sounds is given, else text).");
        var spice = CommandOptions.Choice<SpiceMode>(
            "--spice", "Whether SPICE comes from Auricle's parser or the original program (default: exact where the program is given).");
        var spiceProgram = new Option<string?>("--spice-program")
        {
            Description = "Folder of the original SPICE (spice-1.0.jar with lib), run through Java of a version 8 to 14.",
            HelpName = "FOLDER",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object with corpus scores, intervals and the scores of each clip." };
        var perClip = new Option<string?>("--per-clip") { Description = "Also write a CSV with the scores of each clip.", HelpName = "FILE" };
        var report = new Option<string?>("--report")
        {
            Description = "Also write a page with distributions, best and worst clips.",
            HelpName = "FILE.html",
        };

        var command = new Command("captions", "Scores captions against references with the metrics of audio captioning.")
        {
            candidates, references, compare, preset, metrics, tokenizer, common, bootstrap, seed, given, paraphrases, models, yes, sounds, clapMethod, spice, spiceProgram, json, perClip, report,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(preset) is not null && result.GetValue(metrics) is { Length: > 0 })
                result.AddError("--preset and --metrics both choose the metrics; give one of them.");
            if (result.GetValue(clapMethod) is { } method && method != ClapMethod.Text && result.GetValue(sounds) is null)
                result.AddError($"--clap-method {method.ToString().ToLowerInvariant()} listens to the clips; name the folder of their sounds with --sounds.");
            if (result.GetValue(spice) is { } mode && (mode == SpiceMode.Exact) != (result.GetValue(spiceProgram) is not null))
            {
                result.AddError(mode == SpiceMode.Exact
                    ? "--spice exact runs the original program; name its folder with --spice-program."
                    : "--spice approximate runs without a program; leave --spice-program out, or say --spice exact.");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(seed) is not null && parsed.GetValue(bootstrap) == 0 && parsed.GetValue(compare) is null)
                terminal.Report("Note: --seed has no effect without draws, which --bootstrap 0 leaves out.");
            var names = (parsed.GetValue(metrics) ?? [])
                .SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray();
            var rounds = parsed.GetValue(bootstrap) ?? new ResamplingOptions().Rounds;
            var job = new CaptionScoring
            {
                Options = new CaptionEvaluationOptions
                {
                    Candidates = parsed.GetRequiredValue(candidates),
                    References = parsed.GetRequiredValue(references),
                    Compare = parsed.GetValue(compare),
                    Metrics = names.Length > 0 ? names : null,
                    Preset = parsed.GetValue(preset) ?? "default",
                    Tokenizer = parsed.GetValue(tokenizer) ?? MetricTokenizer.Ptb,
                    CommonOnly = parsed.GetValue(common),
                    Resampling = rounds > 0 ? new ResamplingOptions { Rounds = rounds, Seed = parsed.GetValue(seed) ?? new ResamplingOptions().Seed } : null,
                    GivenScores = parsed.GetValue(given),
                    MeteorParaphrases = parsed.GetValue(paraphrases),
                    SpiceProgram = parsed.GetValue(spiceProgram),
                },
                // A preset takes what is here, and asks for nothing.
                Models = new MetricModels(parsed.GetValue(models))
                {
                    Fetching = names.Length > 0 || parsed.GetValue(yes) ? FetchConsent.Of(terminal, parsed.GetValue(yes), cancellationToken) : null,
                },
                SoundsFolder = parsed.GetValue(sounds),
                ClapMethod = parsed.GetValue(clapMethod) ?? (parsed.GetValue(sounds) is null ? ClapMethod.Text : ClapMethod.Combined),
                Json = parsed.GetValue(json),
                PerClip = parsed.GetValue(perClip),
                Report = parsed.GetValue(report),
            };
            return Task.FromResult(job.Run(terminal, cancellationToken));
        });
        return command;
    }
}
