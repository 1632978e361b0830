using System.Text.Json.Serialization;
using Auricle.Models.FrontEnds;

namespace Auricle.Models.Encoders.HtsAt;

/// <summary>The sizes of an <see cref="HtsAtEncoder"/>. Defaults are those of the AudioSet checkpoints, which MS-CLAP uses as well.</summary>
public sealed record HtsAtConfig : EncoderConfig
{
    /// <summary>The log-mel front end: 64 bands at 32 kHz.</summary>
    public LogMelConfig LogMel { get; init; } = new();

    /// <summary>Width of a patch in the first stage; every further stage doubles it.</summary>
    public int PatchWidth { get; init; } = 96;
    /// <summary>Blocks of each stage.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 6, 2];
    /// <summary>Attention heads of each stage.</summary>
    public IReadOnlyList<int> Heads { get; init; } = [4, 8, 16, 32];
    /// <summary>Side of the square image that a log-mel image is folded into; a multiple of the bands.</summary>
    public int ImageSize { get; init; } = 256;
    /// <summary>Side of a patch.</summary>
    public int PatchSize { get; init; } = 4;
    /// <summary>Side, in patches, of the windows within which patches attend to each other.</summary>
    public int WindowSize { get; init; } = 8;
    /// <summary>How many times wider the hidden layer of a block is.</summary>
    public int Expansion { get; init; } = 4;
    /// <summary>Share of items whose last block is left out in training; earlier blocks are left out less often.</summary>
    public double DropPath { get; init; } = 0.1;

    /// <summary>Whether the encoder can look at excerpts of long clips beside a shrunk image of the whole (LAION-CLAP's fusion models).</summary>
    public bool IsFused { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Width => PatchWidth << (Depths.Count - 1);

    /// <inheritdoc/>
    [JsonIgnore]
    public override int SampleRate => LogMel.SampleRate;

    /// <summary>Pieces of time that stand above each other in the image.</summary>
    [JsonIgnore]
    public int Groups => ImageSize / LogMel.MelBands;

    /// <summary>Frames of a full image; fewer are stretched to as many.</summary>
    [JsonIgnore]
    public int Frames => ImageSize * Groups;

    /// <summary>Frame vectors of an image.</summary>
    [JsonIgnore]
    public int Steps => Groups * Side;

    /// <summary>Side, in patches, of the image in the last stage.</summary>
    [JsonIgnore]
    public int Side => ImageSize / PatchSize >> (Depths.Count - 1);

    private protected override void CheckSizes(ConfigRules rules)
    {
        LogMel.Check(rules);
        rules.Within("patch_width", PatchWidth, 1, 1 << 13);
        rules.Within("depths", Depths, 256, longest: 8);
        rules.Within("heads", Heads, 1024, longest: 8);
        rules.Require(Depths.Count == Heads.Count, $"depths has {Depths.Count} numbers and heads {Heads.Count}, but each stage has one of both");
        for (var stage = 0; stage < Math.Min(Heads.Count, 8); stage++)
            rules.Require(Heads[stage] > 0 && (PatchWidth << stage) % Heads[stage] == 0, $"patch_width {PatchWidth} does not divide into the heads of stage {stage + 1}");
        rules.Within("image_size", ImageSize, 1, 4096);
        rules.Within("patch_size", PatchSize, 1, ImageSize);
        rules.Within("window_size", WindowSize, 1, 256);
        rules.Require(rules.Problem is not null || (ImageSize % LogMel.MelBands == 0 && Side > 0),
            $"image_size {ImageSize} is no multiple of {LogMel.MelBands} mel bands, or too small for {Depths.Count} stages");
        rules.Within("expansion", Expansion, 1, 64);
        rules.Share("drop_path", DropPath);
    }

    /// <summary>LAION-CLAP's HTSAT-tiny: 48 kHz.</summary>
    public static HtsAtConfig LaionTiny { get; } = new() { LogMel = new LogMelConfig { SampleRate = 48000, HopLength = 480 } };

    /// <summary>LAION-CLAP's HTSAT-base: 48 kHz, wider and deeper.</summary>
    public static HtsAtConfig LaionBase { get; } = LaionTiny with { PatchWidth = 128, Depths = [2, 2, 12, 2] };

    /// <summary>LAION-CLAP's HTSAT-large: 48 kHz, twice as wide as the base.</summary>
    public static HtsAtConfig LaionLarge { get; } = LaionBase with { PatchWidth = 256 };
}

/// <summary>Reads and writes the sizes without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HtsAtConfig))]
internal sealed partial class HtsAtJson : JsonSerializerContext;
