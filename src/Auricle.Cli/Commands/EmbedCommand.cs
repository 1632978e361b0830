using System.CommandLine;
using Auricle.Cli.Embeddings;
using Auricle.Models;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle embed</c>: makes vectors of sounds and of texts.</summary>
internal static class EmbedCommand
{
    public static Command Create(Terminal terminal)
    {
        var paths = CommandOptions.Sounds();
        paths.Arity = ArgumentArity.ZeroOrMore;
        var loading = new LoadingOptions(terminal, Precision.Float32);   // vectors of bfloat16 depend a little on what they share a batch with
        var text = new Option<string[]>("--text")
        {
            Description = "Text in place of sounds, for models that embed text; may be given several times.",
            HelpName = "TEXT",
        };
        var textFile = new Option<string?>("--text-file") { Description = "File with a text in each line.", HelpName = "FILE" };
        var frames = new Option<bool>("--frames") { Description = "Vectors along each sound with their times, instead of one for all of it." };
        var raw = new Option<bool>("--no-normalise") { Description = "Leave vectors as the model gives them (default: each is brought to length 1)." };
        var track = CommandOptions.Track();
        var batch = CommandOptions.Batch();
        var format = CommandOptions.Choice<VectorFormat>(
            "--format", "How vectors are written: npy as one matrix with a .json beside it that names its rows (default: by the extension of --output, else jsonl).", "-f");
        var output = new Option<string?>("--output", "-o") { Description = "File to write (default: standard output).", HelpName = "FILE" };

        var command = new Command("embed", "Turns sounds or texts into vectors, which lie close to each other where their meanings do.")
        {
            paths, text, textFile, frames, raw, track, batch, format, output,
        };
        loading.AddTo(command);
        command.Validators.Add(result =>
        {
            var hasSounds = result.GetValue(paths) is { Length: > 0 };
            var hasTexts = result.GetValue(text) is { Length: > 0 } || result.GetValue(textFile) is not null;
            if (hasSounds == hasTexts)
                result.AddError(hasSounds ? "Sounds and texts are given; embed them one after the other, into two files." : "Nothing is given to embed; name sounds, or give --text or --text-file.");
            if (hasTexts && result.GetValue(frames))
                result.AddError("--frames is for sounds; leave it out with texts.");
        });
        command.SetAction((parsed, cancellationToken) => Task.FromResult(new EmbedJob
        {
            Inputs = parsed.GetValue(paths) ?? [],
            Texts = parsed.GetValue(text) ?? [],
            TextFile = parsed.GetValue(textFile),
            Model = loading.Name(parsed),
            Loading = loading.Of(parsed, cancellationToken),
            Options = new EmbedOptions
            {
                Normalise = !parsed.GetValue(raw),
                BatchSize = parsed.GetValue(batch) ?? 1,
                Track = parsed.GetValue(track),
            },
            Frames = parsed.GetValue(frames),
            Format = parsed.GetValue(format) ?? CommandOptions.FormatOf(parsed.GetValue(output), VectorFormat.Jsonl),
            Output = parsed.GetValue(output),
        }.Run(terminal, cancellationToken)));
        return command;
    }
}
