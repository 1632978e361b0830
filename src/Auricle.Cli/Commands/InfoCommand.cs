using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Captions;
using Spectre.Console;
using Cell = Spectre.Console.Text;

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

    private static void Print(Terminal terminal, ModelDescription model)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn(new GridColumn().PadRight(0));
        void Row(string name, string value) => grid.AddRow(new Cell(name), new Cell(value));
        Row("name", model.Name);
        Row("folder", model.Folder);
        Row("architecture", model.Architecture);
        Row("parameters", string.Create(Times.Culture, $"{model.Parameters:N0} (encoder {model.EncoderParameters:N0}, captioner {model.CaptionerParameters:N0})"));
        Row("weights", string.Create(Times.Culture, $"{model.WeightBytes / 1e6:0.0} MB"));
        Row("sample rate", string.Create(Times.Culture, $"{model.SampleRate} Hz"));
        Row("tasks", model.Tasks.Count == 0 ? "none" : string.Join(", ", model.Tasks));
        Row("vocabulary", string.Create(Times.Culture, $"{model.VocabularySize:N0} tokens"));
        Row("tags", string.Create(Times.Culture, $"{model.TagCount:N0}"));
        Row("search", string.Create(Times.Culture, $"beam {model.BeamSize}, {model.MinLength} to {model.MaxLength} tokens"));
        Row("licence", model.License ?? "not stated");
        terminal.ForTables().Write(grid);
    }
}

/// <summary>The JSON form of a model's description.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ModelDescription))]
internal sealed partial class InfoJson : JsonSerializerContext;
