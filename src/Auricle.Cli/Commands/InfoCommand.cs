using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Captions;
using Auricle.Cli.Fetching;
using Auricle.Models;
using Auricle.Models.Families;
using Auricle.Models.Hub;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle info</c>: says what a model is, without loading it.</summary>
internal static class InfoCommand
{
    private const int LabelsShown = 5;
    private const int DifferencesShown = 10;

    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("MODEL")
        {
            Description = "Name, folder or checkpoint of the model.",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => ModelCatalog.DefaultModel,
        };
        model.CompletionSources.Add(_ => ModelsCommand.Names().Select(name => new System.CommandLine.Completions.CompletionItem(name)));
        var encoder = new Option<string?>("--encoder") { Description = "Checkpoint or name of the audio encoder, for captioners that are stored without.", HelpName = "FILE" };
        var yes = LoadingOptions.Yes();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("info", "Shows what a model is: its system, what it does, sizes, labels, licence, and what is missing.") { model, encoder, yes, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            var source = ModelCatalog.Find(parsed.GetRequiredValue(model), FetchConsent.Of(terminal, parsed.GetValue(yes), cancellationToken));
            var description = ModelDescription.Read(source, new ModelLoadOptions { EncoderFile = ModelCatalog.FindPart(parsed.GetValue(encoder)) ?? source.EncoderFile });
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(JsonSerializer.Serialize(description, InfoJson.Default.ModelDescription));
            else
                Print(terminal, description);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static void Print(Terminal terminal, ModelDescription model) => terminal.WritePairs(
    [
        ("name", model.Name),
        ("path", model.Path),
        ("system", model.Family),
        ("does", string.Join(", ", model.Roles)),
        ("parameters", Say($"{model.Parameters:N0}{(model.Parts.Count == 0 ? "" : $" ({string.Join(", ", model.Parts.Select(part => Say($"{part.Key} {part.Value:N0}")))})")}")),
        ("weights", Say($"{model.WeightBytes / 1e6:0.0} MB")),
        ("sample rate", model.SampleRate == 0 ? "hears nothing" : Say($"{model.SampleRate} Hz")),
        ("labels", model.Labels.Count == 0 ? "none" : Say($"{model.Labels.Count:N0}: {string.Join(", ", model.Labels.Take(LabelsShown))}{(model.Labels.Count > LabelsShown ? " …" : "")}")),
        .. model.Details.Select(detail => (detail.Key, detail.Value)),
        ("licence", model.License ?? "not stated"),
        .. Differences("missing", model.Missing),
        .. Differences("left over", model.Unexpected),
    ]);

    private static IEnumerable<(string, string)> Differences(string name, IReadOnlyList<string> names) => names.Count == 0 ? []
        : [(name, $"{names.Count}: {string.Join(", ", names.Take(DifferencesShown))}{(names.Count > DifferencesShown ? " …" : "")}")];

    private static string Say(FormattableString text) => text.ToString(Times.Culture);
}

/// <summary>The JSON form of a model's description.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ModelDescription))]
internal sealed partial class InfoJson : JsonSerializerContext;
