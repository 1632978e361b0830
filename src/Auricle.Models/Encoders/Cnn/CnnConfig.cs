using System.Text.Json.Serialization;
using Auricle.Models.FrontEnds;

namespace Auricle.Models.Encoders.Cnn;

/// <summary>Over what a <see cref="CnnEncoder"/> decides on tags.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CnnDecision>))]
public enum CnnDecision
{
    /// <summary>Over the clip: frames are pooled before the tags.</summary>
    [JsonStringEnumMemberName("clip")]
    Clip,

    /// <summary>Over each frame; a clip's probability is the greatest of its frames' (Cnn14_DecisionLevelMax).</summary>
    [JsonStringEnumMemberName("maximum")]
    Maximum,

    /// <summary>Over each frame; a clip's probability is the mean of its frames' (Cnn14_DecisionLevelAvg).</summary>
    [JsonStringEnumMemberName("average")]
    Average,

    /// <summary>Over each frame; a clip's probability is a mean weighted by attention (Cnn14_DecisionLevelAtt).</summary>
    [JsonStringEnumMemberName("attention")]
    Attention,
}

/// <summary>The sizes of a <see cref="CnnEncoder"/>.</summary>
public sealed record CnnConfig : EncoderConfig
{
    /// <summary>The log-mel front end; that of PANNs has 64 bands.</summary>
    public LogMelConfig LogMel { get; init; } = new();

    /// <summary>Channels after each block.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [64, 128, 256, 512, 1024, 2048];
    /// <summary>Convolutions in each block; CNN6 has one.</summary>
    public int ConvolutionsPerBlock { get; init; } = 2;
    /// <summary>Side of the convolutions' square kernels; 5 in CNN6.</summary>
    public int Kernel { get; init; } = 3;
    /// <summary>Step of the first convolution along time and frequency; PANNs use 1.</summary>
    public int FirstStride { get; init; } = 1;
    /// <summary>Whether the last block is pooled by two as the others are.</summary>
    public bool PoolsLastBlock { get; init; }
    /// <summary>Width of the clip embedding.</summary>
    public int EmbeddingWidth { get; init; } = 2048;
    /// <summary>Width to which a linear layer behind the embedding brings it, as the baseline of DCASE 2023 does; 0 where there is none.</summary>
    public int ProjectionWidth { get; init; }
    /// <summary>Over what tags are decided on. Other than over the clip, the frame vectors are embeddings, each with tags of its own.</summary>
    public CnnDecision Decision { get; init; }
    /// <summary>
    /// Frames over which maximum and mean are taken for one embedding; 0 takes them over the whole clip, as PANNs do.
    /// Otherwise every such window has its own embedding and tags, so that sounds that follow each other stay apart: the
    /// embeddings are the frame vectors, and a clip's tag is the log-mean-exp of its windows' logits.
    /// </summary>
    public int PoolFrames { get; init; }
    /// <summary>
    /// Whether the frame vectors of windows end with the windows' tag probabilities, times the square root of their number
    /// (which gives certain tags the size of other features): a decoder then need not learn again what the tags know.
    /// </summary>
    public bool FramesHaveTags { get; init; }
    /// <summary>
    /// How far below a clip's loudest value of the log-mel image the others may lie, in dB; what is lower is raised to that. 0
    /// sets no limit, as in PANNs. Noise floors and missing high bands tell recordings apart, not sounds.
    /// </summary>
    public double DynamicRange { get; init; }
    /// <summary>Dropout after each block, in training.</summary>
    public double BlockDropout { get; init; } = 0.2;
    /// <summary>Dropout before and after the clip embedding, in training.</summary>
    public double HeadDropout { get; init; } = 0.5;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Width => PoolFrames == 0 && Decision == CnnDecision.Clip ? Widths[^1] : EmbeddingWidth + (FramesHaveTags ? Tags : 0);

    /// <summary>The size of the clip vector.</summary>
    [JsonIgnore]
    public int ClipWidth => ProjectionWidth > 0 ? ProjectionWidth : EmbeddingWidth;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int SampleRate => LogMel.SampleRate;

    /// <inheritdoc/>
    public override EncoderConfig WithWindows(int poolFrames, bool framesHaveTags) =>
        this with { PoolFrames = poolFrames > 0 ? poolFrames : PoolFrames, FramesHaveTags = framesHaveTags || FramesHaveTags };

    private protected override void CheckSizes(ConfigRules rules)
    {
        LogMel.Check(rules);
        rules.Within("widths", Widths, ConfigRules.WidestLayer, longest: 16);
        rules.Within("convolutions_per_block", ConvolutionsPerBlock, 1, 16);
        rules.Within("kernel", Kernel, 1, 64);
        rules.Within("projection_width", ProjectionWidth, 0, ConfigRules.WidestLayer);
        rules.Within("first_stride", FirstStride, 1, 64);
        rules.Within("embedding_width", EmbeddingWidth, 1, ConfigRules.WidestLayer);
        rules.Within("pool_frames", PoolFrames, 0, 1 << 20);
        rules.Within("dynamic_range", DynamicRange, 0, 1000);
        rules.Share("block_dropout", BlockDropout);
        rules.Share("head_dropout", HeadDropout);
    }

    /// <summary>CNN14 of PANNs (Kong et al. 2020), 80.8 million parameters.</summary>
    public static CnnConfig Cnn14 { get; } = new();

    /// <summary>CNN14 for sound of 16 kHz.</summary>
    public static CnnConfig Cnn14At16kHz { get; } = new() { LogMel = FrontEndAt(16000) };

    /// <summary>CNN14 for sound of 8 kHz.</summary>
    public static CnnConfig Cnn14At8kHz { get; } = new() { LogMel = FrontEndAt(8000) };

    /// <summary>CNN10 of PANNs: four blocks, an embedding of 512.</summary>
    public static CnnConfig Cnn10 { get; } = new() { Widths = [64, 128, 256, 512], EmbeddingWidth = 512, PoolsLastBlock = true };

    /// <summary>CNN6 of PANNs: four blocks of a single 5×5 convolution.</summary>
    public static CnnConfig Cnn6 { get; } = Cnn10 with { ConvolutionsPerBlock = 1, Kernel = 5 };

    /// <summary>The audio encoder of the baseline of DCASE 2023, task 6B: every block pooled, 300 numbers for a clip, no tags.</summary>
    public static CnnConfig Dcase2023 { get; } = new()
    {
        LogMel = new LogMelConfig
        {
            SampleRate = 44100, WindowLength = 1764, TransformLength = 2048, HopLength = 882, MinimumFrequency = 0, MaximumFrequency = 22050,
            PadsWithSilence = true, IsNatural = true,
        },
        PoolsLastBlock = true,
        ProjectionWidth = 300,
        Tags = 0,
    };

    /// <summary>The front end of PANNs at 32, 16 or 8 kHz: windows of 32 ms, the upper edge at most half of the rate.</summary>
    internal static LogMelConfig FrontEndAt(int sampleRate) => new()
    {
        SampleRate = sampleRate,
        WindowLength = sampleRate * 32 / 1000,
        HopLength = sampleRate / 100,
        MaximumFrequency = Math.Min(14000, sampleRate / 2),
    };
}

/// <summary>Reads and writes the sizes without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CnnConfig))]
internal sealed partial class CnnJson : JsonSerializerContext;
