using System.Text.Json.Serialization;

namespace Auricle.Models.Encoders.MobileNet;

/// <summary>The sizes of a <see cref="WindowedMobileNet"/>. Its tags are those of the network, then its own.</summary>
public sealed record WindowedMobileNetConfig : EncoderConfig
{
    /// <summary>The pretrained network.</summary>
    public MobileNetConfig Network { get; init; } = MobileNetConfig.Mn04;

    /// <summary>Columns of the network's last map in a window; a column is 0.32 s.</summary>
    public int WindowColumns { get; init; } = 8;

    /// <summary>Columns from one window to the next.</summary>
    public int StepColumns { get; init; } = 2;

    /// <summary>Clips shorter than this, in seconds, are repeated until they are that long.</summary>
    public double ShortestSeconds { get; init; } = 3;

    /// <summary>Whether the frame vectors hold the peaks of the tags beside their roots.</summary>
    public bool FramesHavePeaks { get; init; }

    /// <summary>The weight of the windows' shares in the own tags of a clip; the rest is that of the clip's mean.</summary>
    public double WindowShare { get; init; }

    /// <summary>Tags of its own, beside those of the network.</summary>
    [JsonIgnore]
    public int OwnTags => Tags - Network.Tags;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Width => (FramesHavePeaks ? 4 : 2) * Tags;

    /// <summary>Tells what is heard, whatever is made of it, from what another configuration hears.</summary>
    internal string Hearing => $"{Network} {WindowColumns} {StepColumns} {ShortestSeconds}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override int SampleRate => Network.SampleRate;

    private protected override void CheckSizes(ConfigRules rules)
    {
        Network.Check(rules);
        rules.Require(Network.Tags > 0, "network.tags is 0, but windows are told by their tags");
        rules.Require(OwnTags > 0, $"tags is {Tags}, but it counts the network's {Network.Tags} and at least one more");
        rules.Within("window_columns", WindowColumns, 1, 1 << 16);
        rules.Within("step_columns", StepColumns, 1, WindowColumns);
        rules.Within("shortest_seconds", ShortestSeconds, 0, 60);
        rules.Within("window_share", WindowShare, 0, 1);
    }
}

/// <summary>Reads and writes the sizes without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WindowedMobileNetConfig))]
internal sealed partial class WindowedMobileNetJson : JsonSerializerContext;
