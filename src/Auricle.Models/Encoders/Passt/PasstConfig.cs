using System.Text.Json.Serialization;
using Auricle.Models.FrontEnds;

namespace Auricle.Models.Encoders.Passt;

/// <summary>The sizes of a <see cref="PasstEncoder"/>. Defaults are those of PaSST-S without overlap of its patches.</summary>
public sealed record PasstConfig : EncoderConfig
{
    /// <summary>The log-mel front end: 128 bands at 32 kHz.</summary>
    public KaldiMelConfig Mel { get; init; } = new();

    /// <summary>Width of a patch.</summary>
    public int PatchWidth { get; init; } = 768;
    /// <summary>Blocks.</summary>
    public int Layers { get; init; } = 12;
    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;
    /// <summary>How many times wider the hidden layer of a block is.</summary>
    public int Expansion { get; init; } = 4;
    /// <summary>Side of a patch.</summary>
    public int PatchSize { get; init; } = 16;
    /// <summary>From one patch to the next, over time as over bands; patches overlap where it is less than their side.</summary>
    public int Stride { get; init; } = 16;
    /// <summary>Patches above each other that have an embedding of their place.</summary>
    public int BandPositions { get; init; } = 8;
    /// <summary>Patches behind each other that have an embedding of their place: the longest image.</summary>
    public int TimePositions { get; init; } = 62;
    /// <summary>Columns of patches that are left out in training (Koutini et al. 2022, structured patchout), drawn for every batch.</summary>
    public int TimePatchout { get; init; }
    /// <summary>Rows of patches that are left out in training.</summary>
    public int BandPatchout { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Width => PatchWidth;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int SampleRate => Mel.SampleRate;

    /// <summary>The most frames of an image that need no more places than there are.</summary>
    [JsonIgnore]
    public int MaximumFrames => TimePositions * Stride + PatchSize - 1;

    /// <summary>Frames of each window of a longer image: whole seconds where there is room for one.</summary>
    [JsonIgnore]
    public int WindowFrames
    {
        get
        {
            var second = Mel.SampleRate / Mel.HopLength;
            return MaximumFrames >= second ? MaximumFrames / second * second : MaximumFrames;
        }
    }

    private protected override void CheckSizes(ConfigRules rules)
    {
        Mel.Check(rules);
        rules.Within("patch_width", PatchWidth, 1, 1 << 13);
        rules.Within("layers", Layers, 1, ConfigRules.MostLayers);
        rules.Within("heads", Heads, 1, 1024);
        rules.Require(Heads > 0 && PatchWidth % Heads == 0, $"patch_width {PatchWidth} does not divide into {Heads} heads");
        rules.Within("expansion", Expansion, 1, 64);
        rules.Within("patch_size", PatchSize, 1, Math.Min(256, Mel.MelBands));
        rules.Within("stride", Stride, 1, PatchSize);
        rules.Within("band_positions", BandPositions, 1, 1024);
        rules.Within("time_positions", TimePositions, 1, 1 << 16);
        rules.Within("time_patchout", TimePatchout, 0, TimePositions - 1);
        rules.Within("band_patchout", BandPatchout, 0, BandPositions - 1);
    }

    /// <summary>PaSST-S, patches without overlap: <c>passt-s-f128-p16-s16-ap.468</c>, 86 million parameters.</summary>
    public static PasstConfig Small { get; } = new();

    /// <summary>PaSST-S, patches that overlap by six: <c>passt-s-f128-p16-s10-ap.476-swa</c> and <c>passt-s-kd-ap.486</c>.</summary>
    public static PasstConfig SmallOverlapping { get; } = new() { Stride = 10, BandPositions = 12, TimePositions = 99 };

    /// <summary>The same for 20 s at once.</summary>
    public static PasstConfig TwentySeconds { get; } = SmallOverlapping with { TimePositions = 200 };

    /// <summary>The same for 30 s at once.</summary>
    public static PasstConfig ThirtySeconds { get; } = SmallOverlapping with { TimePositions = 300 };

    /// <summary>PaSST-L: seven blocks, <c>passt-l-kd-ap.47</c>.</summary>
    public static PasstConfig Light { get; } = SmallOverlapping with { Layers = 7 };

    /// <summary>Frames of 3.1 ms instead of 10: <c>passt-s-f128-stfthop100-p16-s10-ap.473-swa</c>.</summary>
    public static PasstConfig Hop100 { get; } = SmallOverlapping with { Mel = new KaldiMelConfig { HopLength = 100 }, TimePositions = 320 };

    /// <summary>Frames of 5 ms: <c>passt-s-f128-stfthop160-p16-s10-ap.473-swa</c>.</summary>
    public static PasstConfig Hop160 { get; } = SmallOverlapping with { Mel = new KaldiMelConfig { HopLength = 160 }, TimePositions = 200 };
}

/// <summary>Reads and writes configurations without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PasstConfig))]
internal sealed partial class PasstJson : JsonSerializerContext;
