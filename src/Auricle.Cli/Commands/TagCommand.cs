using System.CommandLine;
using System.Globalization;
using Auricle.Cli.Tags;
using Auricle.Models;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle tag</c>: says which labels fit files.</summary>
internal static class TagCommand
{
    private const int MostLabels = 10_000;
    private const string PictureEnd = ".svg";

    public static Command Create(Terminal terminal)
    {
        var paths = CommandOptions.Sounds();
        paths.Arity = ArgumentArity.OneOrMore;
        var loading = new LoadingOptions(terminal, Precision.Auto);
        var top = CommandOptions.Count("--top", "Labels for each sound, or for each time of a timeline, the most probable first (default: 10).", MostLabels);
        var threshold = new Option<double?>("--threshold")
        {
            Description = string.Create(CultureInfo.InvariantCulture, $"Leave out labels that are less probable, 0 to 1 (default: 0; {SoundTagger.TimelineThreshold} in timelines)."),
            HelpName = "P",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 0 && value <= 1)
                    return value;
                result.AddError($"--threshold takes a probability from 0 to 1, not '{text}'.");
                return null;
            },
        };
        var timeline = new Option<bool>("--timeline") { Description = "Say when the labels fit: those of each second or so, with its time." };
        var picture = new Option<string?>(TagJob.PictureOption)
        {
            Description = "Draw the timeline of one sound's strongest labels, as SVG.",
            HelpName = "FILE.svg",
        };
        var labels = new Option<string?>("--labels-file")
        {
            Description = "File with the names of the model's labels, one in each line, or a table as AudioSet's (default: the model's own).",
            HelpName = "FILE",
        };
        var track = CommandOptions.Track();
        var batch = CommandOptions.Batch();
        var format = CommandOptions.Choice<TagFormat>("--format", "How labels are written (default: by the extension of --output, else table).", "-f");
        var output = new Option<string?>("--output", "-o") { Description = "File to write (default: standard output).", HelpName = "FILE" };

        var command = new Command("tag", "Says which labels a model knows fit each file, and how probable each is.")
        {
            paths, top, threshold, timeline, picture, labels, track, batch, format, output,
        };
        loading.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(picture) is { } named && !named.EndsWith(PictureEnd, StringComparison.OrdinalIgnoreCase))
                result.AddError($"{TagJob.PictureOption} draws SVG, which '{named}' does not say; name a file that ends in {PictureEnd}.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var drawn = parsed.GetValue(picture);
            var job = new TagJob
            {
                Inputs = parsed.GetRequiredValue(paths),
                Model = loading.Name(parsed),
                Loading = loading.Of(parsed, cancellationToken) with { LabelsFile = parsed.GetValue(labels) },
                Options = new TagOptions
                {
                    Top = parsed.GetValue(top) ?? new TagOptions().Top,
                    Threshold = parsed.GetValue(threshold),
                    Timeline = parsed.GetValue(timeline) || drawn is not null,
                    Track = parsed.GetValue(track),
                    BatchSize = parsed.GetValue(batch) ?? 1,
                },
                Format = parsed.GetValue(format) ?? CommandOptions.FormatOf(parsed.GetValue(output), TagFormat.Table),
                Output = parsed.GetValue(output),
                Picture = drawn,
            };
            return Task.FromResult(job.Run(terminal, cancellationToken));
        });
        return command;
    }
}
