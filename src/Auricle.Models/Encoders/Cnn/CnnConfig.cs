using System.Text.Json.Serialization;
using Auricle.Models.FrontEnds;

namespace Auricle.Models.Encoders.Cnn;

/// <summary>The sizes of a <see cref="CnnEncoder"/>.</summary>
public sealed record CnnConfig : EncoderConfig
{
    /// <summary>The log-mel front end; that of PANNs has 64 bands.</summary>
    public LogMelConfig LogMel { get; init; } = new();

    /// <summary>Channels after each block.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [64, 128, 256, 512, 1024, 2048];
    /// <summary>Step of the first convolution along time and frequency; PANNs use 1.</summary>
    public int FirstStride { get; init; } = 1;
    /// <summary>Whether the last block is pooled by two as the others are.</summary>
    public bool PoolsLastBlock { get; init; }
    /// <summary>Width of the clip embedding.</summary>
    public int EmbeddingWidth { get; init; } = 2048;
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
    public override int Width => PoolFrames == 0 ? Widths[^1] : EmbeddingWidth + (FramesHaveTags ? Tags : 0);

    /// <inheritdoc/>
    [JsonIgnore]
    public override int SampleRate => LogMel.SampleRate;

    /// <inheritdoc/>
    public override EncoderConfig WithWindows(int poolFrames, bool framesHaveTags) =>
        this with { PoolFrames = poolFrames > 0 ? poolFrames : PoolFrames, FramesHaveTags = framesHaveTags || FramesHaveTags };

    /// <summary>CNN14 of PANNs (Kong et al. 2020), 80.8 million parameters.</summary>
    public static CnnConfig Cnn14 { get; } = new();
}

/// <summary>Reads and writes the sizes without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CnnConfig))]
internal sealed partial class CnnJson : JsonSerializerContext;
