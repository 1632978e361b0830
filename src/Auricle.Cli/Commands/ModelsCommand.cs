using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Cli.Fetching;
using Auricle.Fetching;
using Auricle.Models.Hub;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle models</c>: the catalogue of published models, and the caches.</summary>
internal static class ModelsCommand
{
    public static Command Create(Terminal terminal) => new("models", "Lists, fetches and removes published models.")
    {
        CreateList(terminal), CreatePull(terminal), CreateRemove(terminal), CreateInfo(terminal),
    };

    /// <summary>Names that the shell offers: those of the catalogue, and what is here.</summary>
    public static IEnumerable<string> Names() =>
        ModelCatalog.List().Select(model => model.Name).Concat(PublishedModel.Names).Distinct(StringComparer.Ordinal).Order(StringComparer.OrdinalIgnoreCase);

    private static Command CreateList(Terminal terminal)
    {
        var here = new Option<bool>("--here") { Description = "Only what lies in the caches, with its size." };
        var json = new Option<bool>("--json") { Description = "Print one JSON array." };
        var command = new Command("list", "Lists the models that a name fetches; any owner/repository of the Hugging Face hub can be named as well.") { here, json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(here))
                ListCached(terminal, ModelStore.Cached(), parsed.GetValue(json));
            else
                ListPublished(terminal, PublishedModel.All, parsed.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreatePull(Terminal terminal)
    {
        var names = Names("Models to fetch: names of the catalogue, or owner/repository of the hub, also with @revision or /file.");
        var from = new Option<string?>("--from") { Description = "A file that was fetched by hand, for a model that no program can fetch.", HelpName = "FILE" };
        var command = new Command("pull", "Fetches models with all that belongs to them, and prints where they lie.") { names, from };
        command.Validators.Add(result =>
        {
            if (result.GetValue(from) is not null && result.GetValue(names) is { Length: > 1 })
                result.AddError("--from takes in a file for one model; name one.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var store = new ModelStore();
            var code = ExitCode.Success;
            foreach (var name in parsed.GetRequiredValue(names))
            {
                try
                {
                    if (parsed.GetValue(from) is { } file)
                        await ModelStore.ImportAsync(name, file, cancellationToken).ConfigureAwait(false);
                    var plan = await store.PlanAsync(name, cancellationToken).ConfigureAwait(false);
                    FetchConsent.Describe(terminal, plan);
                    await store.FetchAsync(plan, new FetchReport(terminal), cancellationToken).ConfigureAwait(false);
                    terminal.Say(ModelCatalog.Find(name).Path);
                }
                catch (AuricleException error)
                {
                    terminal.Report(error.Message);
                    code = error.IsRequest && code == ExitCode.Success ? ExitCode.Usage : ExitCode.Failure;
                }
            }
            return code;
        });
        return command;
    }

    private static Command CreateRemove(Terminal terminal)
    {
        var names = Names("Models to remove from the caches; tokenizers and encoders that others may share stay.");
        var command = new Command("remove", "Removes models from the caches.") { names };
        command.SetAction(parsed =>
        {
            var code = ExitCode.Success;
            foreach (var name in parsed.GetRequiredValue(names))
            {
                if (ModelStore.Remove(name) is { } bytes)
                {
                    terminal.Say($"{name}: {FetchReport.Size(bytes)} removed");
                }
                else
                {
                    terminal.Report($"There is nothing of '{name}' in the caches; auricle models list --here shows what there is.");
                    code = ExitCode.Usage;
                }
            }
            return code;
        });
        return command;
    }

    private static Command CreateInfo(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "A name of the catalogue." };
        name.CompletionSources.Add(_ => PublishedModel.Names.Select(one => new System.CommandLine.Completions.CompletionItem(one)));
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("info", "Shows where a published model comes from, its files, licence, and what belongs to it.") { name, json };
        command.SetAction(parsed =>
        {
            var asked = parsed.GetRequiredValue(name);
            var model = PublishedModel.Find(asked) ?? throw CommandException.Usage($"{Mistakes.Unknown("model of the catalogue", asked, PublishedModel.Names)} Any model that is here is shown by auricle info.");
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(JsonSerializer.Serialize(Document(model), ModelsJson.Default.ModelDocument));
            else
                Print(terminal, model);
            return ExitCode.Success;
        });
        return command;
    }

    private static Argument<string[]> Names(string description)
    {
        var names = new Argument<string[]>("NAMES") { Description = description, Arity = ArgumentArity.OneOrMore };
        names.CompletionSources.Add(_ => Names().Select(name => new System.CommandLine.Completions.CompletionItem(name)));
        return names;
    }

    private static void ListPublished(Terminal terminal, IReadOnlyList<PublishedModel> models, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(models.Select(Document).ToList(), ModelsJson.Default.ListModelDocument));
            return;
        }
        terminal.WritePairs([.. models.Select(model => (
            model.Name,
            $"{model.System}: {string.Join(", ", model.Does)}{(ModelStore.Locate(model.Name) is not null ? ", here" : model.IsByHand ? ", by hand" : "")}"))]);
    }

    private static void ListCached(Terminal terminal, IReadOnlyList<CachedModel> models, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize([.. models], ModelsJson.Default.ListCachedModel));
            return;
        }
        if (models.Count == 0)
            terminal.Report($"There is nothing in '{ModelStore.OwnFolder}' and '{ModelCatalog.HubFolder}'.");
        else
            terminal.WritePairs([.. models.Select(model => (model.Name, $"{Text(model)} ({model.Path})"))]);
    }

    /// <summary>What of a cached model is worth knowing.</summary>
    public static string Text(CachedModel model) =>
        FetchReport.Size(model.Bytes)
        + (model.UnfinishedBytes > 0 ? $", of which {FetchReport.Size(model.UnfinishedBytes)} of fetches that did not end" : "")
        + (model.OutdatedBytes > 0 ? $", of which {FetchReport.Size(model.OutdatedBytes)} of earlier revisions" : "");

    private static void Print(Terminal terminal, PublishedModel model) => terminal.WritePairs(
    [
        ("name", model.Name),
        .. model.Aliases.Count == 0 ? Array.Empty<(string, string)>() : [("also called", string.Join(", ", model.Aliases))],
        ("system", model.System),
        ("does", string.Join(", ", model.Does)),
        ("comes from", model.Origin + (model.Repository is null ? "" : $", revision {model.Revision}")),
        .. model.Note is null ? Array.Empty<(string, string)>() : [("note", model.Note)],
        ("licence", model.License ?? "not in the catalogue; pull says what the place it comes from states"),
        .. model.Files.Select(file => ("file", $"{file.Name}, {(file.Size is { } size ? FetchReport.Size(size) : "size not in the catalogue")}, {file.Hash ?? "no hash published beforehand"}")),
        .. model.Parts.Select(part => ("brings", part)),
        ("here", ModelStore.Locate(model.Name)?.Path ?? (model.IsByHand ? "no; fetch it by hand, then: auricle models pull " + model.Name + " --from FILE" : "no; auricle models pull " + model.Name)),
    ]);

    private static ModelDocument Document(PublishedModel model) => new(
        model.Name, model.Aliases, model.System, model.Does, model.Origin, model.Repository is null ? null : model.Revision, model.License, model.Files, [.. model.Parts], model.IsByHand,
        ModelStore.Locate(model.Name)?.Path);
}

/// <summary>The JSON form of a published model.</summary>
internal sealed record ModelDocument(
    string Name, IReadOnlyList<string> Aliases, string System, IReadOnlyList<string> Does, string Origin, string? Revision, string? License, IReadOnlyList<PublishedFile> Files,
    IReadOnlyList<string> Brings, bool IsByHand, string? Path);

/// <summary>Writes them without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ModelDocument))]
[JsonSerializable(typeof(List<ModelDocument>))]
[JsonSerializable(typeof(List<CachedModel>))]
internal sealed partial class ModelsJson : JsonSerializerContext;
