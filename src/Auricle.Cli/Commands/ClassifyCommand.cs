using System.CommandLine;
using Auricle.Cli.Tags;
using Auricle.Models;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle classify</c>: says which of the user's own labels fit files.</summary>
internal static class ClassifyCommand
{
    private const int MostLabels = 100_000;

    public static Command Create(Terminal terminal)
    {
        var paths = CommandOptions.Sounds();
        paths.Arity = ArgumentArity.OneOrMore;
        var loading = new LoadingOptions(terminal, Precision.Float32);
        var labels = new Option<string?>("--labels") { Description = "The labels, with commas between them.", HelpName = "A,B,C" };
        var labelsFile = new Option<string?>("--labels-file") { Description = "File with a label in each line, or a JSON list.", HelpName = "FILE" };
        var descriptions = new Option<string?>("--descriptions")
        {
            Description = "File with sentences that describe labels, taken instead of templates: label, tab, sentence in each line, or .csv or .json. Labels need not be given besides.",
            HelpName = "FILE",
        };
        var templates = new Option<string[]>("--template")
        {
            Description = $"A text with {SoundClassifier.Placeholder} for the label; several are averaged (default: {string.Join("; ", ClassifyOptions.DefaultTemplates)}).",
            HelpName = "TEXT",
        };
        var multi = new Option<bool>("--multi") { Description = "Judge each label on its own, since several may fit (default: their probabilities sum up to 1)." };
        var top = CommandOptions.Count("--top", "Labels for each sound, the most probable first (default: 3, with --multi all).", MostLabels);
        var threshold = CommandOptions.Number("--threshold", "Leave out labels that are less probable (default: 0, with --multi 0.5).", 0, 1, "P", "a probability");
        var track = CommandOptions.Track();
        var batch = CommandOptions.Batch();
        var format = CommandOptions.Choice<TagFormat>("--format", "How labels are written (default: by the extension of --output, else table).", "-f");
        var output = new Option<string?>("--output", "-o") { Description = "File to write (default: standard output).", HelpName = "FILE" };

        var command = new Command("classify", "Says which of your own labels fit each file, without training.")
        {
            paths, labels, labelsFile, descriptions, templates, multi, top, threshold, track, batch, format, output,
        };
        loading.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(labels) is not null && result.GetValue(labelsFile) is not null)
                result.AddError("Labels are given by --labels and by --labels-file; choose one.");
            if (result.GetValue(labels) is null && result.GetValue(labelsFile) is null && result.GetValue(descriptions) is null)
                result.AddError("No labels are given; name them with --labels a,b,c or --labels-file.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var described = parsed.GetValue(descriptions) is { } named ? LabelFiles.ReadDescriptions(named) : null;
            var isMulti = parsed.GetValue(multi);
            return Task.FromResult(new ClassifyJob
            {
                Inputs = parsed.GetRequiredValue(paths),
                Labels = parsed.GetValue(labels)?.Split(',') ?? (parsed.GetValue(labelsFile) is { } file ? LabelFiles.Read(file) : [.. described!.Keys]),
                Model = loading.Name(parsed),
                Loading = loading.Of(parsed, cancellationToken),
                Options = new ClassifyOptions
                {
                    Templates = parsed.GetValue(templates) is { Length: > 0 } given ? given : ClassifyOptions.DefaultTemplates,
                    Descriptions = described,
                    Multi = isMulti,
                    Top = parsed.GetValue(top) ?? (isMulti ? null : 3),
                    Threshold = parsed.GetValue(threshold) ?? (isMulti ? 0.5 : null),
                    BatchSize = parsed.GetValue(batch) ?? 1,
                    Track = parsed.GetValue(track),
                },
                Format = parsed.GetValue(format) ?? CommandOptions.FormatOf(parsed.GetValue(output), TagFormat.Table),
                Output = parsed.GetValue(output),
                Sources = [parsed.GetValue(labelsFile), parsed.GetValue(descriptions)],
            }.Run(terminal, cancellationToken));
        });
        return command;
    }
}
