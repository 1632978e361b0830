using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Text;

namespace Auricle.Models.Systems.Conette;

/// <summary>
/// The configuration of a CoNeTTE model, with the published model's values as defaults. Unknown fields of a file are ignored,
/// since other programs add their own.
/// </summary>
public sealed record ConetteConfig
{
    /// <summary>What task tokens tell apart: <c>ds_src</c>, <c>ds</c> or <c>none</c>.</summary>
    public string TaskMode { get; init; } = "ds_src";

    /// <summary>The tasks, the default first.</summary>
    public IReadOnlyList<string> TaskNames { get; init; } = CaptionTasks.Published.Names;

    /// <summary>The target weight that training spreads over all tokens.</summary>
    public double LabelSmoothing { get; init; } = 0.2;

    /// <summary>Both parameters of the Beta distribution from which training draws mixing weights.</summary>
    public double MixupAlpha { get; init; } = 0.4;

    /// <summary>The fewest words of a caption.</summary>
    public int MinPredSize { get; init; } = 3;

    /// <summary>The most tokens of a caption, the end mark included.</summary>
    public int MaxPredSize { get; init; } = 20;

    /// <summary>Captions followed at a time.</summary>
    public int BeamSize { get; init; } = 3;

    /// <summary>Attention heads.</summary>
    [JsonPropertyName("nhead")]
    public int Heads { get; init; } = 8;

    /// <summary>The width of the decoder.</summary>
    [JsonPropertyName("d_model")]
    public int Width { get; init; } = 256;

    /// <summary>Decoder layers.</summary>
    [JsonPropertyName("num_decoder_layers")]
    public int DecoderLayers { get; init; } = 6;

    /// <summary>Dropout of the decoder in training.</summary>
    [JsonPropertyName("decoder_dropout_p")]
    public double DecoderDropout { get; init; } = 0.2;

    /// <summary>The width between the two matrices of a feed-forward layer.</summary>
    [JsonPropertyName("dim_feedforward")]
    public int FeedForwardWidth { get; init; } = 2048;

    /// <summary>The function between them: <c>gelu</c> or <c>relu</c>.</summary>
    [JsonPropertyName("acti_name")]
    public string Activation { get; init; } = "gelu";

    /// <summary>Dropout before and after the projection in training.</summary>
    public double ProjectionDropout { get; init; } = 0.5;

    /// <summary>AdamW's peak learning rate.</summary>
    [JsonPropertyName("lr")]
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>AdamW's weight decay.</summary>
    public double WeightDecay { get; init; } = 2;

    /// <summary>AdamW's moment weights.</summary>
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.999];

    /// <summary>AdamW's epsilon.</summary>
    [JsonPropertyName("eps")]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Steps of the learning rate schedule.</summary>
    [JsonPropertyName("sched_n_steps")]
    public int ScheduleSteps { get; init; } = 400;

    /// <summary>The audio encoder; ConvNeXt-Tiny where the file says nothing.</summary>
    public EncoderConfig Encoder { get; init; } = new ConvNextConfig();

    /// <summary>The names of the encoder's tags; AudioSet's where the file says nothing.</summary>
    public IReadOnlyList<string>? TagLabels { get; init; }

    /// <summary>The tokenizer's record, where it is not stored with the weights.</summary>
    public JsonElement? TokenizerState { get; init; }

    /// <summary>The tasks with their meaning.</summary>
    /// <exception cref="ArgumentException">The task mode is unknown, or there are no tasks although it needs some.</exception>
    public CaptionTasks CreateTasks() => TaskMode switch
    {
        "ds_src" => new CaptionTasks(TaskNames, CaptionTaskMode.DatasetAndSource),
        "ds" => new CaptionTasks(TaskNames, CaptionTaskMode.Dataset),
        "none" => new CaptionTasks([], CaptionTaskMode.None),
        _ => throw new ArgumentException($"The configuration has task_mode '{TaskMode}'; known are ds_src, ds and none."),
    };

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="ConetteConfigException">The file is no JSON or a field has a value that makes no sense.</exception>
    public static ConetteConfig Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = File.OpenRead(path);
            var fields = JsonNode.Parse(stream) as JsonObject
                ?? throw new ConetteConfigException(path, "it holds no JSON object; fetch the file again.");
            var config = WithDefaults(fields).Deserialize(ConetteJson.Default.ConetteConfig)!;
            config.Check(path);
            return config;
        }
        catch (JsonException error)
        {
            throw new ConetteConfigException(path, $"field '{error.Path}' cannot be read ({error.Message.TrimEnd('.')}); correct it or fetch the file again.", error);
        }
        catch (NotSupportedException error)
        {
            throw new ConetteConfigException(path, $"{error.Message.TrimEnd('.')}; the model may need a newer version of this program.", error);
        }
    }

    /// <summary>Writes this configuration as JSON.</summary>
    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, ConetteJson.Default.ConetteConfig));

    // Generated readers give init-only properties that a file lacks zero instead of their default, so defaults are filled in first.
    private static JsonObject WithDefaults(JsonObject fields)
    {
        var result = JsonSerializer.SerializeToNode(new ConetteConfig(), ConetteJson.Default.ConetteConfig)!.AsObject();
        JsonDefaults.Overlay(result, fields);
        // The encoder's own defaults depend on its kind.
        if (fields["encoder"] is { } encoder)
            result["encoder"] = encoder.DeepClone();
        return result;
    }

    private void Check(string path)
    {
        (bool Fits, string Problem)[] rules =
        [
            (Heads > 0 && Width > 0 && Width % Heads == 0, $"d_model {Width} does not divide into nhead {Heads} parts"),
            (Width % 2 == 0, $"d_model {Width} is odd, but positions need pairs"),
            (DecoderLayers > 0, $"num_decoder_layers is {DecoderLayers}"),
            (FeedForwardWidth > 0, $"dim_feedforward is {FeedForwardWidth}"),
            (Activation is "gelu" or "relu", $"acti_name is '{Activation}', known are gelu and relu"),
            (BeamSize > 0, $"beam_size is {BeamSize}"),
            (MaxPredSize > 0 && MinPredSize >= 0 && MinPredSize <= MaxPredSize, $"min_pred_size is {MinPredSize} and max_pred_size {MaxPredSize}"),
            (TaskMode is "ds_src" or "ds" or "none", $"task_mode is '{TaskMode}', known are ds_src, ds and none"),
            (TaskMode == "none" || TaskNames.Count > 0, "task_names is empty"),
            (TagLabels is null || TagLabels.Count == Encoder.Tags, $"tag_labels has {TagLabels?.Count} names for {Encoder.Tags} tags"),
        ];
        foreach (var (fits, problem) in rules)
        {
            if (!fits)
                throw new ConetteConfigException(path, $"{problem}; correct it or fetch the file again.");
        }
    }
}

/// <summary>Reads and writes configurations without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(ConetteConfig))]
[JsonSerializable(typeof(TagLabelFile))]
internal sealed partial class ConetteJson : JsonSerializerContext;
