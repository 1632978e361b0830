using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Systems.Listener;
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

    /// <summary>The space that sounds and texts share, where the model has one.</summary>
    public SharedSpaceConfig? Space { get; init; }

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
        using var file = ConfigFile.Read(path, JsonValueKind.Object, Fault);
        var config = ConfigFile.Deserialize(
            file.RootElement, JsonSerializer.SerializeToElement(new ConetteConfig(), ConetteJson.Default.ConetteConfig), ConetteJson.Default.ConetteConfig, Fault);
        var rules = new ConfigRules();
        config.Check(rules);
        return rules.Problem is null ? config : throw Fault($"{rules.Problem}; correct it or fetch the file again.", null);

        Exception Fault(string problem, Exception? inner) => new ConetteConfigException(path, problem, inner);
    }

    /// <summary>Writes this configuration as JSON.</summary>
    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, ConetteJson.Default.ConetteConfig));

    private void Check(ConfigRules rules)
    {
        rules.Within("d_model", Width, 2, ConfigRules.WidestLayer);
        rules.Require(Heads > 0 && Width % Heads == 0, $"d_model {Width} does not divide into nhead {Heads} parts");
        rules.Require(Width % 2 == 0, $"d_model {Width} is odd, but positions need pairs");
        rules.Within("num_decoder_layers", DecoderLayers, 1, ConfigRules.MostLayers);
        rules.Within("dim_feedforward", FeedForwardWidth, 1, 4 * ConfigRules.WidestLayer);
        rules.Require(Activation is "gelu" or "relu", $"acti_name is '{Activation}', known are gelu and relu");
        rules.Within("beam_size", BeamSize, 1, 256);
        rules.Within("max_pred_size", MaxPredSize, 1, 4096);
        rules.Require(MinPredSize >= 0 && MinPredSize <= MaxPredSize, $"min_pred_size is {MinPredSize} and max_pred_size {MaxPredSize}");
        rules.Require(TaskMode is "ds_src" or "ds" or "none", $"task_mode is '{TaskMode}', known are ds_src, ds and none");
        rules.Require(TaskMode == "none" || TaskNames.Count > 0, "task_names is empty");
        rules.Names("task_names", TaskNames);
        rules.Share("label_smoothing", LabelSmoothing);
        rules.Within("mixup_alpha", MixupAlpha, 0, 1000);
        rules.Share("decoder_dropout_p", DecoderDropout);
        rules.Share("projection_dropout", ProjectionDropout);
        rules.Within("lr", LearningRate, 0, 1000);
        rules.Within("weight_decay", WeightDecay, 0, 1e6);
        rules.Require(Betas.Count == 2, $"betas has {Betas.Count} numbers, but there are two");
        foreach (var beta in Betas)
            rules.Share("betas", beta);
        rules.Share("eps", Epsilon);
        rules.Within("sched_n_steps", ScheduleSteps, 0, int.MaxValue);
        rules.Require(TagLabels is null || TagLabels.Count == Encoder.Tags, $"tag_labels has {TagLabels?.Count} names for {Encoder.Tags} tags");
        rules.Names("tag_labels", TagLabels ?? []);
        Encoder.Check(rules);
        rules.Require(Space is null || Encoder is WindowedMobileNetConfig, "space is there, but the encoder is none that a shared space goes with: windowed_mobilenetv3");
        Space?.Check(rules);
    }
}

/// <summary>Reads and writes configurations without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(ConetteConfig))]
internal sealed partial class ConetteJson : JsonSerializerContext;

/// <summary>The configuration of a model cannot be used.</summary>
public sealed class ConetteConfigException : ModelException
{
    /// <summary>Names the file and what is wrong with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong and what to do, as the rest of a sentence.</param>
    /// <param name="innerException">What a reader reported.</param>
    public ConetteConfigException(string path, string problem, Exception? innerException = null)
        : base($"The configuration '{path}' cannot be used: {problem}", innerException) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}
