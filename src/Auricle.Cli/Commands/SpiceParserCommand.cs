using System.CommandLine;
using Auricle.Cli.Captions;
using Auricle.Cli.Outputs;
using Auricle.Evaluation;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle train spice-parser</c>: trains the caption parser of the metric SPICE.</summary>
internal static class SpiceParserCommand
{
    public static Command Create(Terminal terminal)
    {
        var data = Path("--data", "DIR", $"Folder of parsed captions ({SpiceTreebank.FileName}).", isRequired: true);
        var output = Path("--output", "FILE", "File to write the parser to.", isRequired: true);
        var words = Path("--words", "DIR", "Folder of METEOR's English data (WordNet); needed to judge the parser.");
        var scores = Path("--hold-out", "FILE", "JSON of clips with the original's scores, kept from training and judged at the end.");
        var clotho = Path("--hold-out-clotho", "FILE", "Clotho's evaluation captions; every tenth clip is kept from training and judged.");
        var members = CommandOptions.Count("--members", $"Networks that parse side by side (default: {new SpiceParserOptions().Members}).", 100);
        var epochs = CommandOptions.Count("--epochs", $"Passes over the captions (default: {new SpiceParserOptions().Epochs}).", 10_000);
        var seed = CommandOptions.Count("--seed", "Seed of the first network (default: 1).");
        var command = new Command("spice-parser",
            "Trains the caption parser of the metric SPICE, each network on a thread of its own; the same command gives the same parser.")
        {
            data, output, words, scores, clotho, members, epochs, seed,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var (wordFolder, scoreFile, clothoFile) = (parsed.GetValue(words), parsed.GetValue(scores), parsed.GetValue(clotho));
            if (wordFolder is null && (scoreFile ?? clothoFile) is not null)
                throw CommandException.Usage("Clips cannot be judged without WordNet; give the folder of METEOR's English data with --words.");
            if (wordFolder is not null && (scoreFile ?? clothoFile) is null)
                terminal.Report("Note: --words has no effect without clips to judge; name them with --hold-out or --hold-out-clotho.");
            var options = new SpiceParserOptions();
            options = options with
            {
                Members = parsed.GetValue(members) ?? options.Members,
                Epochs = parsed.GetValue(epochs) ?? options.Epochs,
                Seed = parsed.GetValue(seed) ?? options.Seed,
            };
            try
            {
                Run(terminal, parsed.GetRequiredValue(data)!, parsed.GetRequiredValue(output)!, wordFolder, scoreFile, clothoFile, options,
                    cancellationToken);
            }
            catch (MetricDataException error)
            {
                throw new CommandException(ExitCode.Failure, error.Message, error);
            }
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static string[] FilesIn(string? folder) => Directory.Exists(folder) ? Directory.GetFiles(folder) : [];

    private static Option<string?> Path(string name, string kind, string description, bool isRequired = false) =>
        new(name) { Description = description, HelpName = kind, Required = isRequired };

    private static void Run(
        Terminal terminal, string data, string output, string? words, string? scores, string? clotho, SpiceParserOptions options,
            CancellationToken cancellationToken)
    {
        // Asked before the work, not after it.
        OutputPath.RefuseOverlap([(output, "--output")], [.. FilesIn(data), .. FilesIn(words), scores, clotho]);
        if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(output)) is { } folder && !Directory.Exists(folder))
            throw CommandException.Usage($"The folder of '{output}' does not exist; make it first.");
        var sentences = SpiceTreebank.Load(data);
        var resources = words is null ? null : MeteorResources.Load(words);
        var heldOut = new List<(string Name, SpiceHeldOut Clips)>();
        if (scores is not null)
            heldOut.Add((System.IO.Path.GetFileName(scores), SpiceHeldOut.OfScores(scores)));
        if (clotho is not null)
            heldOut.Add((System.IO.Path.GetFileName(clotho), SpiceHeldOut.OfClotho(clotho, sentences, resources!)));
        TreebankSentence[] learned = [.. sentences.Where(sentence => !heldOut.Exists(item => item.Clips.Captions.Contains(sentence.Caption)))];
        if (learned.Length == 0)
            throw new CommandException(ExitCode.Failure, $"No caption of '{data}' is left to learn from once the held-out clips are taken away.");
        terminal.Report($"Learning from {learned.Length} of {sentences.Count} captions.");
        var parser = SpiceParserTrainer.Train(learned, options, new Lines(terminal, options), cancellationToken);
        parser.Save(output);
        terminal.Say($"The parser is in {output} ({new FileInfo(output).Length / 1e6:0.0} MB).");
        if (resources is null)
            return;
        var spice = new Spice(resources, new SpiceOptions { Parser = parser });
        foreach (var (name, clips) in heldOut)
            Print(terminal, name, spice, clips.Clips);
        if (heldOut.Count > 1)
            Print(terminal, "all", spice, [.. heldOut.SelectMany(item => item.Clips.Clips)]);
    }

    private static void Print(Terminal terminal, string name, Spice spice, IReadOnlyList<SpiceClip> clips)
    {
        var agreement = SpiceHeldOut.Compare(spice, clips);
        terminal.Out.WriteLine(string.Create(
            Times.Culture,
            $"{name}: {agreement.Clips} clips, corpus {agreement.Corpus:0.00000} (original {agreement.OriginalCorpus:0.00000}), correlation {agreement.Correlation:0.0000}, mean error {agreement.MeanError:0.0000}"));
    }

    /// <summary>One line for each pass; training runs for minutes.</summary>
    private sealed class Lines(Terminal terminal, SpiceParserOptions options) : IProgress<SpiceParserProgress>
    {
        public void Report(SpiceParserProgress value) => terminal.Report(string.Create(
            Times.Culture, $"network {value.Member + 1}/{options.Members} epoch {value.Epoch + 1}/{options.Epochs} loss {value.Loss:0.000}"));
    }
}
