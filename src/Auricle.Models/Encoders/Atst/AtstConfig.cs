using System.Text.Json.Serialization;
using Auricle.Models.FrontEnds;

namespace Auricle.Models.Encoders.Atst;

/// <summary>The sizes of an <see cref="AtstEncoder"/>. Defaults are those of ATST-Frame base.</summary>
public sealed record AtstConfig : EncoderConfig
{
    /// <summary>Starts without tags: the checkpoint has no head for them.</summary>
    public AtstConfig() => Tags = 0;

    /// <summary>The log-mel front end: 64 bands at 16 kHz on the HTK scale.</summary>
    public LogMelConfig LogMel { get; init; } = new() { SampleRate = 16000, HopLength = 160, MinimumFrequency = 60, MaximumFrequency = 7800 };

    /// <summary>Width of a patch.</summary>
    public int PatchWidth { get; init; } = 768;
    /// <summary>Blocks.</summary>
    public int Layers { get; init; } = 12;
    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;
    /// <summary>How many times wider the hidden layer of a block is.</summary>
    public int Expansion { get; init; } = 4;
    /// <summary>Frames of a patch, which has all bands.</summary>
    public int PatchFrames { get; init; } = 4;
    /// <summary>Patches that have an embedding of their place: the longest image.</summary>
    public int Positions { get; init; } = 250;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Width => PatchWidth;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int SampleRate => LogMel.SampleRate;

    /// <summary>Frames of a full image.</summary>
    [JsonIgnore]
    public int WindowFrames => Positions * PatchFrames;

    private protected override void CheckSizes(ConfigRules rules)
    {
        LogMel.Check(rules);
        rules.Within("patch_width", PatchWidth, 1, 1 << 13);
        rules.Within("layers", Layers, 1, ConfigRules.MostLayers);
        rules.Within("heads", Heads, 1, 1024);
        rules.Require(Heads > 0 && PatchWidth % Heads == 0, $"patch_width {PatchWidth} does not divide into {Heads} heads");
        rules.Within("expansion", Expansion, 1, 64);
        rules.Within("patch_frames", PatchFrames, 1, 1024);
        rules.Within("positions", Positions, 1, 1 << 16);
    }

    /// <summary>ATST-Frame base, 86 million parameters.</summary>
    public static AtstConfig Base { get; } = new();
}

/// <summary>Reads and writes the sizes without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AtstConfig))]
internal sealed partial class AtstJson : JsonSerializerContext;
