using System.Text.Json;
using System.Text.Json.Nodes;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Reading;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Models.Encoders.Text;

/// <summary>
/// A text encoder whose token vectors are pooled into one for each text, as the sentence-transformers library stores it
/// (Reimers and Gurevych 2019). One loaded model serves concurrent callers.
/// </summary>
public sealed class SentenceEncoder : ITextEmbedder, IDescribed
{
    private const string ModuleList = "modules.json";
    private const string Prefix = "pooling_mode_";

    private static readonly Dictionary<string, SentencePooling> Poolings = new(StringComparer.Ordinal)
    {
        [Prefix + "cls_token"] = SentencePooling.FirstToken,
        [Prefix + "max_tokens"] = SentencePooling.Maximum,
        [Prefix + "mean_tokens"] = SentencePooling.Mean,
        [Prefix + "mean_sqrt_len_tokens"] = SentencePooling.MeanOfRoot,
    };

    private readonly bool _lowercases;

    private SentenceEncoder(TextModel model, SentenceModules modules)
    {
        Model = model;
        Pooling = modules.Pooling;
        IsNormalised = modules.IsNormalised;
        MaximumLength = Math.Min(modules.MaximumLength ?? int.MaxValue, model.Encoder.Config.MaximumLength);
        _lowercases = modules.Lowercases;
    }

    /// <summary>The encoder and its tokenizer.</summary>
    public TextModel Model { get; }

    /// <summary>How token vectors become one.</summary>
    public SentencePooling Pooling { get; }

    /// <summary>Whether the model itself scales its vectors to length 1.</summary>
    public bool IsNormalised { get; }

    /// <summary>The most tokens of a text, special ones included; longer texts are cut.</summary>
    public int MaximumLength { get; }

    /// <summary>The size of each text's vector.</summary>
    public int Width => Model.Encoder.Width * int.PopCount((int)Pooling);

    /// <inheritdoc/>
    public int EmbeddingWidth => Width;

    string IDescribed.SystemName => $"sentence encoder ({Model.Encoder.Config.ModelType})";

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts => [];

    IEnumerable<(string Name, string Value)> IDescribed.Details =>
    [
        ("vectors", $"{Width} numbers for a text{(IsNormalised ? ", of length 1" : "")}"),
        ("texts", $"up to {MaximumLength} tokens"),
    ];

    /// <summary>Loads a model.</summary>
    /// <param name="folder">
    /// A folder with <c>modules.json</c> that lists an encoder, a pooling and perhaps a normalisation; or the folder of a plain
    /// text encoder (<see cref="TextModel.Load"/>), whose token vectors are then averaged.
    /// </param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    /// <exception cref="TextEncoderConfigException">A configuration makes no sense or asks for a part that is not supported.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged or belong to another model.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or do not fit the configuration.</exception>
    public static SentenceEncoder Load(string folder, ModelLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var modules = ReadModules(folder);
        return new SentenceEncoder(TextModel.Load(modules.Folder, options), modules);
    }

    /// <summary>As <see cref="Load(string, ModelLoadOptions?)"/>, from files that were found.</summary>
    public static SentenceEncoder Load(ModelFiles files, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        return Load(files.Folder ?? files.Path, options);
    }

    /// <summary>Whether files are a text encoder as the hub has it.</summary>
    internal static bool Recognises(ModelFiles files) => files.Config?["model_type"] is JsonValue type && type.TryGetValue<string>(out var name) && name is ("bert" or "roberta" or "mpnet");

    /// <inheritdoc/>
    public Tensor EmbedText(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count);
        return Tensor.From<float>([.. Embed(texts).SelectMany(vector => vector)], texts.Count, Width);
    }

    /// <summary>The vectors of tokenised texts; gradients are recorded where the model is trainable.</summary>
    /// <param name="batch">The texts, at most <see cref="MaximumLength"/> tokens each.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <returns>[rows, width].</returns>
    public Tensor Forward(TokenBatch batch, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = TensorScope.Begin();
        return scope.Keep(Finish(Model.Forward(batch, training), batch, IsNormalised));
    }

    /// <summary>The vectors of texts. Equal texts are encoded once, texts of similar length together.</summary>
    /// <param name="texts">The texts; blanks around them do not count.</param>
    /// <param name="normalise">Whether vectors have length 1 even where the model does not see to that itself.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <returns>A vector of <see cref="Width"/> values for each text, in order; equal texts share one.</returns>
    public float[][] Embed(IReadOnlyList<string> texts, bool normalise = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var clean = texts.Select(text => _lowercases ? text.Trim().ToLowerInvariant() : text.Trim()).ToArray();
        var distinct = clean.Distinct(StringComparer.Ordinal).ToArray();
        var vectors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        Model.ForEachBatch(
            distinct,
            MaximumLength,
            (places, batch, hidden) =>
            {
                var values = Finish(hidden, batch, normalise || IsNormalised).ToArray<float>();
                for (var row = 0; row < places.Count; row++)
                    vectors[distinct[places[row]]] = values[(row * Width)..((row + 1) * Width)];
            },
            cancellationToken: cancellationToken);
        return Array.ConvertAll(clean, text => vectors[text]);
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Model.Dispose();

    private Tensor Finish(Tensor hidden, TokenBatch batch, bool normalise)
    {
        var pooled = Pooling.Apply(hidden, Model.Mask(batch));
        return normalise ? SentencePoolings.Normalise(pooled) : pooled;
    }

    private static SentenceModules ReadModules(string folder)
    {
        var list = Path.Combine(folder, ModuleList);
        if (!File.Exists(list))
            return WithSettings(new SentenceModules(folder, SentencePooling.Mean));
        var modules = new SentenceModules("", SentencePooling.None);
        foreach (var module in Read(list, JsonValueKind.Array).EnumerateArray())
        {
            var type = Field(module, "type", list);
            var place = Path.Combine(folder, Field(module, "path", list));
            modules = type[(type.LastIndexOf('.') + 1)..] switch
            {
                "Transformer" => WithSettings(modules with { Folder = place }),
                "Pooling" => modules with { Pooling = ReadPooling(Path.Combine(place, ModelFiles.ConfigFile)) },
                "Normalize" => modules with { IsNormalised = true },
                _ => throw new TextEncoderConfigException(
                    list, $"it lists a module '{type}', which is not supported; known are Transformer, Pooling and Normalize."),
            };
        }
        if (modules.Folder.Length == 0 || modules.Pooling == SentencePooling.None)
            throw new TextEncoderConfigException(list, "it lists no Transformer with a Pooling behind it; fetch the file again.");
        return modules;
    }

    // The library names this file after the architecture, so sentence_bert_config.json is only the most frequent name.
    private static SentenceModules WithSettings(SentenceModules modules)
    {
        if (!Directory.Exists(modules.Folder)
            || Directory.GetFiles(modules.Folder, "sentence_*_config.json").Order(StringComparer.Ordinal).FirstOrDefault() is not { } file)
            return modules;
        var settings = Read(file, JsonValueKind.Object);
        return modules with
        {
            MaximumLength = settings.Member("max_seq_length") is not { ValueKind: JsonValueKind.Number } length ? null
                : length.TryGetInt32(out var tokens) && tokens > 2 ? tokens
                : throw new TextEncoderConfigException(file, $"max_seq_length is {length.GetRawText()}; correct it or fetch the file again."),
            Lowercases = settings.Member("do_lower_case") is { ValueKind: JsonValueKind.True },
        };
    }

    private static SentencePooling ReadPooling(string file)
    {
        var pooling = SentencePooling.None;
        foreach (var field in Read(file, JsonValueKind.Object).EnumerateObject())
        {
            if (field.Value.ValueKind != JsonValueKind.True || !field.Name.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            if (!Poolings.TryGetValue(field.Name, out var kind))
                throw new TextEncoderConfigException(
                    file, $"it asks for {field.Name}, which is not supported; known are {string.Join(", ", Poolings.Keys)}.");
            pooling |= kind;
        }
        return pooling;
    }

    private static JsonElement Read(string file, JsonValueKind kind)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException($"The sentence encoder lacks '{file}'; fetch it from where the model came from.", file);
        using var document = ConfigFile.Read(file, kind, (problem, inner) => new TextEncoderConfigException(file, problem, inner));
        return document.RootElement.Clone();
    }

    private static string Field(JsonElement module, string name, string file) =>
        module.Member(name) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!
            : throw new TextEncoderConfigException(file, $"a module has no '{name}'; fetch the file again.");

    /// <summary>What the files beside the weights say.</summary>
    private sealed record SentenceModules(string Folder, SentencePooling Pooling)
    {
        public bool IsNormalised { get; init; }
        public int? MaximumLength { get; init; }
        public bool Lowercases { get; init; }
    }
}
