using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Captions;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle info</c>: says what a model is, without loading it.</summary>
internal static class InfoCommand
{
    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("MODEL")
        {
            Description = "Name or folder of the model.",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => ModelCatalog.DefaultModel,
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("info", "Shows what a model is: sizes, tasks, vocabulary, licence.") { model, json };
        command.SetAction(parsed =>
        {
            var description = ModelDescription.Read(ModelCatalog.Find(parsed.GetRequiredValue(model)));
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(JsonSerializer.Serialize(description, InfoJson.Default.ModelDescription));
            else
                Print(terminal, description);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(Terminal terminal, ModelDescription model) => terminal.WritePairs(
    [
        ("name", model.Name),
        ("folder", model.Folder),
        ("architecture", model.Architecture),
        ("parameters", Say($"{model.Parameters:N0} (encoder {model.EncoderParameters:N0}, captioner {model.CaptionerParameters:N0})")),
        ("weights", Say($"{model.WeightBytes / 1e6:0.0} MB")),
        ("sample rate", Say($"{model.SampleRate} Hz")),
        ("tasks", model.Tasks.Count == 0 ? "none" : string.Join(", ", model.Tasks)),
        ("vocabulary", Say($"{model.VocabularySize:N0} tokens")),
        ("tags", Say($"{model.TagCount:N0}")),
        ("search", Say($"beam {model.BeamSize}, {model.MinLength} to {model.MaxLength} tokens")),
        ("licence", model.License ?? "not stated"),
    ]);

    private static string Say(FormattableString text) => text.ToString(Times.Culture);
}

/// <summary>The JSON form of a model's description.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ModelDescription))]
internal sealed partial class InfoJson : JsonSerializerContext;
