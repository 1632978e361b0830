using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Fetching;
using Auricle.Reading;

namespace Auricle.Models.Hub;

/// <summary>
/// A published model, or a part of one, that a short name stands for: a line of <c>catalogue.json</c>. It comes from exactly one of
/// <see cref="Repository"/>, <see cref="Record"/> and <see cref="Address"/>; where all are missing, people must fetch it by hand.
/// </summary>
public sealed record PublishedModel
{
    private const int LongestTable = 4 << 20;

    private static readonly Lazy<IReadOnlyList<PublishedModel>> Embedded = new(() => ReadEmbedded());

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Other names under which the field knows it.</summary>
    public IReadOnlyList<string> Aliases { get => field ?? []; init; }

    /// <summary>The published system.</summary>
    public required string System { get; init; }

    /// <summary>What it does, as verbs.</summary>
    public required IReadOnlyList<string> Does { get; init; }

    /// <summary>The repository of the Hugging Face hub, with its owner.</summary>
    public string? Repository { get; init; }

    /// <summary>The branch, tag or commit of <see cref="Repository"/>.</summary>
    public string Revision { get => field ?? "main"; init; }

    /// <summary>The page of a record of Zenodo.</summary>
    public Uri? Record { get; init; }

    /// <summary>The address below which the files lie, such as a release on GitHub; with a slash at the end.</summary>
    public Uri? Address { get; init; }

    /// <summary>The page from which people fetch what no program can.</summary>
    public Uri? Page { get; init; }

    /// <summary>What people must know to fetch it by hand.</summary>
    public string? Note { get; init; }

    /// <summary>The licence of the weights, where it is known without asking the place that they come from.</summary>
    public string? License { get; init; }

    /// <summary>The files, the weights first; empty takes from the repository what a model of a known kind consists of.</summary>
    public IReadOnlyList<PublishedFile> Files { get => field ?? []; init; }

    /// <summary>The name of the audio encoder that belongs to it.</summary>
    public string? Encoder { get; init; }

    /// <summary>The name of the tokenizer that belongs to it.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The name of the text encoder that belongs to it.</summary>
    public string? TextEncoder { get; init; }

    /// <summary>
    /// All models of the catalogue: those that Auricle knows, and before them those of the table that <c>AURICLE_CATALOGUE</c> names,
    /// which has the same form.
    /// </summary>
    /// <exception cref="ModelException">That table cannot be used.</exception>
    public static IReadOnlyList<PublishedModel> All =>
        Environment.GetEnvironmentVariable("AURICLE_CATALOGUE") is { Length: > 0 } path ? [.. ReadTable(path), .. Embedded.Value] : Embedded.Value;

    /// <summary>All names by which models of the catalogue are found.</summary>
    public static IEnumerable<string> Names => All.SelectMany(model => model.Aliases.Prepend(model.Name));

    /// <summary>The names of the models that it brings along.</summary>
    [JsonIgnore]
    public IEnumerable<string> Parts => new[] { Encoder, Tokenizer, TextEncoder }.OfType<string>();

    /// <summary>Whether no program can fetch it.</summary>
    [JsonIgnore]
    public bool IsByHand => Repository is null && Record is null && Address is null;

    /// <summary>Where it comes from, for people.</summary>
    [JsonIgnore]
    public string Origin => Repository is not null ? $"{Repository} on the Hugging Face hub" : (Record ?? Address ?? Page)?.AbsoluteUri ?? "not published";

    /// <summary>Whether its place is a folder and not the file of the weights.</summary>
    internal bool IsFolder => Files.Count == 0 || !ModelCatalog.IsCheckpoint(Files[0].Name);

    /// <summary>The model of a name or alias, in any case; <see langword="null"/> where there is none.</summary>
    public static PublishedModel? Find(string name) => All.FirstOrDefault(model =>
        name.Equals(model.Name, StringComparison.OrdinalIgnoreCase) || model.Aliases.Contains(name, StringComparer.OrdinalIgnoreCase));

    private static List<PublishedModel> ReadEmbedded()
    {
        using var stream = typeof(PublishedModel).Assembly.GetManifestResourceStream("Auricle.Models.catalogue.json")!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return Parse(content.ToArray(), "catalogue.json");
    }

    private static List<PublishedModel> ReadTable(string path) => Parse(WholeFile.Read(path, LongestTable, problem => Fault(path, problem)), path);

    private static List<PublishedModel> Parse(ReadOnlyMemory<byte> utf8, string path)
    {
        using var document = JsonText.Parse(utf8, problem => Fault(path, problem));
        try
        {
            var models = document.RootElement.Deserialize(CatalogueJson.Default.ListPublishedModel) ?? [];
            foreach (var model in models)
            {
                if (model.Files.FirstOrDefault(file => !IsSafe(file.Name)) is { } file)
                    throw new ModelException($"The catalogue '{path}' has a file '{file.Name}' of {model.Name}; give a name below the model's own folder.");
                if (!IsSafe(model.Name) || model.Name.Contains('/', StringComparison.Ordinal))
                    throw new ModelException($"The catalogue '{path}' has a model '{model.Name}'; give it a plain name.");
            }
            return models;
        }
        catch (JsonException error)
        {
            throw Fault(path, new($"is no list of models ({JsonText.Reason(error)})") { Inner = error });
        }
    }

    /// <summary>Whether a relative path stays below the folder that it is put into.</summary>
    internal static bool IsSafe(string path) =>
        path.Length > 0 && !path.Contains('\\', StringComparison.Ordinal) && !path.Contains('\0', StringComparison.Ordinal) && path.Split('/').All(part => part is not ("" or "." or ".."));

    private static ModelException Fault(string path, FileProblem problem) =>
        new($"The catalogue '{path}' {problem.What}; {problem.Remedy ?? "correct it, or unset AURICLE_CATALOGUE"}.", problem.Inner);
}

/// <summary>A file of a <see cref="PublishedModel"/>.</summary>
/// <param name="Name">Its path where it comes from.</param>
/// <param name="Size">Its length in bytes, where that is known.</param>
/// <param name="Hash">Its hash, such as <c>sha256:…</c>, where one is published.</param>
public sealed record PublishedFile(string Name, long? Size = null, string? Hash = null)
{
    /// <summary>The hash, read.</summary>
    internal FileHash? Expected => FileHash.TryParse(Hash);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(List<PublishedModel>))]
internal sealed partial class CatalogueJson : JsonSerializerContext;
