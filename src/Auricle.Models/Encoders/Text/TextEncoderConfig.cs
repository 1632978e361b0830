using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Reading;

namespace Auricle.Models.Encoders.Text;

/// <summary>The numbers of a text encoder. The published sizes are static properties; unknown fields of a file are ignored.</summary>
public sealed record TextEncoderConfig
{
    /// <summary>The architecture: <c>bert</c>, <c>roberta</c> or <c>mpnet</c>.</summary>
    public string ModelType { get; init; } = Bert;

    /// <summary>Tokens in the vocabulary.</summary>
    [JsonPropertyName("vocab_size")]
    public int VocabularySize { get; init; } = 30522;

    /// <summary>The size of each token's vector.</summary>
    [JsonPropertyName("hidden_size")]
    public int Width { get; init; } = 768;

    /// <summary>Layers.</summary>
    [JsonPropertyName("num_hidden_layers")]
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    [JsonPropertyName("num_attention_heads")]
    public int Heads { get; init; } = 12;

    /// <summary>The width between the two matrices of a feed-forward layer.</summary>
    [JsonPropertyName("intermediate_size")]
    public int FeedForwardWidth { get; init; } = 3072;

    /// <summary>The function between them; only the exact <c>gelu</c> is known.</summary>
    [JsonPropertyName("hidden_act")]
    public string Activation { get; init; } = Gelu;

    /// <summary>Dropout of embeddings and of every branch in training.</summary>
    [JsonPropertyName("hidden_dropout_prob")]
    public double HiddenDropout { get; init; } = 0.1;

    /// <summary>Dropout of attention weights in training.</summary>
    [JsonPropertyName("attention_probs_dropout_prob")]
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Rows of the table of positions.</summary>
    [JsonPropertyName("max_position_embeddings")]
    public int Positions { get; init; } = 512;

    /// <summary>Rows of the table of token types; MPNet has none.</summary>
    [JsonPropertyName("type_vocab_size")]
    public int TokenTypes { get; init; } = 2;

    /// <summary>What layer norms add to the variance.</summary>
    [JsonPropertyName("layer_norm_eps")]
    public double LayerNormEpsilon { get; init; } = 1e-12;

    /// <summary>The id of the padding token.</summary>
    [JsonPropertyName("pad_token_id")]
    public int PaddingId { get; init; }

    /// <summary>How positions enter; only <c>absolute</c> is known.</summary>
    public string PositionEmbeddingType { get; init; } = Absolute;

    /// <summary>Classes of distances in MPNet's attention.</summary>
    [JsonPropertyName("relative_attention_num_buckets")]
    public int RelativeBuckets { get; init; } = 32;

    /// <summary>The standard deviation of new weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    internal const string Bert = "bert";
    internal const string Roberta = "roberta";
    internal const string Mpnet = "mpnet";
    private const string Gelu = "gelu";
    private const string Absolute = "absolute";

    /// <summary>bert-base-uncased, 110 million parameters.</summary>
    public static TextEncoderConfig BertBase { get; } = new();

    /// <summary>bert-large-uncased.</summary>
    public static TextEncoderConfig BertLarge { get; } = BertOf(24, 1024);

    /// <summary>prajjwal1/bert-tiny.</summary>
    public static TextEncoderConfig BertTiny { get; } = BertOf(2, 128);

    /// <summary>prajjwal1/bert-mini.</summary>
    public static TextEncoderConfig BertMini { get; } = BertOf(4, 256);

    /// <summary>prajjwal1/bert-small.</summary>
    public static TextEncoderConfig BertSmall { get; } = BertOf(4, 512);

    /// <summary>prajjwal1/bert-medium.</summary>
    public static TextEncoderConfig BertMedium { get; } = BertOf(8, 512);

    /// <summary>roberta-base, 124 million parameters.</summary>
    public static TextEncoderConfig RobertaBase { get; } =
        new() { ModelType = Roberta, VocabularySize = 50265, Positions = 514, TokenTypes = 1, LayerNormEpsilon = 1e-5, PaddingId = 1 };

    /// <summary>roberta-large, 354 million parameters.</summary>
    public static TextEncoderConfig RobertaLarge { get; } = RobertaBase with { Layers = 24, Width = 1024, Heads = 16, FeedForwardWidth = 4096 };

    /// <summary>distilroberta-base.</summary>
    public static TextEncoderConfig DistilRoberta { get; } = RobertaBase with { Layers = 6 };

    /// <summary>mpnet-base, which all-mpnet-base-v2 has the shape of.</summary>
    public static TextEncoderConfig MpnetBase { get; } =
        new() { ModelType = Mpnet, VocabularySize = 30527, Positions = 514, TokenTypes = 0, LayerNormEpsilon = 1e-5, PaddingId = 1 };

    /// <summary>Whether positions are counted from the padding id, over tokens that are no padding.</summary>
    [JsonIgnore]
    internal bool CountsPositionsFromPadding => ModelType != Bert;

    /// <summary>The most tokens of a text, special ones included.</summary>
    [JsonIgnore]
    public int MaximumLength => CountsPositionsFromPadding ? Positions - PaddingId - 1 : Positions;

    /// <summary>Reads a <c>config.json</c>. Fields that it lacks have the base size's values.</summary>
    /// <exception cref="TextEncoderConfigException">The file is no JSON, describes another architecture, or a field makes no sense.</exception>
    public static TextEncoderConfig Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = ConfigFile.Read(path, JsonValueKind.Object, Fault);
        var (fields, kind) = (file.RootElement, file.RootElement.Member("model_type"));
        var defaults = (kind is { ValueKind: JsonValueKind.String } name ? name.GetString() : null) switch
        {
            Bert => BertBase,
            Roberta => RobertaBase,
            Mpnet => MpnetBase,
            _ => throw Fault(
                $"model_type is {Shown(kind)}, known are {Bert}, {Roberta} and {Mpnet}; choose a model of one of these.", null),
        };
        var config = ConfigFile.Deserialize(
            fields, JsonSerializer.SerializeToElement(defaults, TextEncoderJson.Default.TextEncoderConfig), TextEncoderJson.Default.TextEncoderConfig, Fault);
        if (config.ModelType == Mpnet)
            config = config with { TokenTypes = 0 };
        var rules = new ConfigRules();
        config.Check(rules);
        return rules.Problem is null ? config : throw Fault($"{rules.Problem}; correct it or fetch the file again.", null);

        Exception Fault(string problem, Exception? inner) => new TextEncoderConfigException(path, problem, inner);
    }

    private static string Shown(JsonElement? value) => value?.GetRawText() is not { } text ? "'missing'" : text.Length <= 60 ? text.Replace('"', '\'') : "another";

    /// <summary>Writes this configuration as JSON.</summary>
    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, TextEncoderJson.Default.TextEncoderConfig));

    // All published sizes have heads of 64 values and feed-forward layers of four times their width.
    private static TextEncoderConfig BertOf(int layers, int width) =>
        new() { Layers = layers, Width = width, Heads = width / 64, FeedForwardWidth = 4 * width };

    private void Check(ConfigRules rules)
    {
        rules.Within("vocab_size", VocabularySize, 1, 1 << 24);
        rules.Within("hidden_size", Width, 1, ConfigRules.WidestLayer);
        rules.Require(Heads > 0 && Width % Heads == 0, $"hidden_size {Width} does not divide into num_attention_heads {Heads} parts");
        rules.Within("num_hidden_layers", Layers, 1, ConfigRules.MostLayers);
        rules.Within("intermediate_size", FeedForwardWidth, 1, 4 * ConfigRules.WidestLayer);
        rules.Require(PaddingId >= 0 && PaddingId < VocabularySize, $"pad_token_id is {PaddingId} in a vocabulary of {VocabularySize}");
        rules.Within("max_position_embeddings", Positions, 1, 1 << 20);
        rules.Require(MaximumLength > 2, $"max_position_embeddings is {Positions}");
        rules.Within("type_vocab_size", TokenTypes, ModelType == Mpnet ? 0 : 1, 1024);
        rules.Require(LayerNormEpsilon > 0 && LayerNormEpsilon < 1, FormattableString.Invariant($"layer_norm_eps is {LayerNormEpsilon}"));
        rules.Within("relative_attention_num_buckets", RelativeBuckets, 4, 4096);
        rules.Require(RelativeBuckets % 2 == 0, $"relative_attention_num_buckets is {RelativeBuckets}, but both directions have equally many");
        rules.Share("hidden_dropout_prob", HiddenDropout);
        rules.Share("attention_probs_dropout_prob", AttentionDropout);
        rules.Within("initializer_range", InitializerRange, 0, 1000);
        rules.Require(Activation == Gelu, $"hidden_act is '{Activation}', known is {Gelu}");
        rules.Require(PositionEmbeddingType == Absolute, $"position_embedding_type is '{PositionEmbeddingType}', known is {Absolute}");
    }
}

/// <summary>Reads and writes configurations without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(TextEncoderConfig))]
internal sealed partial class TextEncoderJson : JsonSerializerContext;

/// <summary>The configuration of a text encoder, or of what stands behind one, cannot be used.</summary>
public sealed class TextEncoderConfigException : ModelException
{
    /// <summary>Names the file and what is wrong with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong and what to do, as the rest of a sentence.</param>
    /// <param name="innerException">What a reader reported.</param>
    public TextEncoderConfigException(string path, string problem, Exception? innerException = null)
        : base($"The configuration '{path}' cannot be used: {problem}", innerException) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}
