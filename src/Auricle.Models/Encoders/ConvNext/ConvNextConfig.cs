using System.Text.Json.Serialization;
using Auricle.Models.FrontEnds;

namespace Auricle.Models.Encoders.ConvNext;

/// <summary>The numbers of a ConvNeXt audio encoder. The defaults are those of ConvNeXt-Tiny for AudioSet.</summary>
public sealed record ConvNextConfig : EncoderConfig
{
    /// <summary>The log-mel front end.</summary>
    public LogMelConfig LogMel { get; init; } = new() { MelBands = 224 };

    /// <summary>Blocks in each of the four stages.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [3, 3, 9, 3];

    /// <summary>Channels of each stage.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [96, 192, 384, 768];

    /// <summary>Side of the stem's square kernel, in spectrogram cells.</summary>
    public int StemKernel { get; init; } = 4;

    /// <summary>Step of the stem, in spectrogram cells.</summary>
    public int StemStride { get; init; } = 4;

    /// <summary>Zero frames before and after the spectrogram; frequency is not padded.</summary>
    public int StemPadding { get; init; } = 4;

    /// <summary>Chance that the last block of the network is skipped in training; earlier blocks less, in proportion to their depth.</summary>
    public double DropPath { get; init; }

    /// <summary>The initial value of the layer scale.</summary>
    public double LayerScale { get; init; } = 1e-6;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Width => Widths[^1];

    /// <inheritdoc/>
    [JsonIgnore]
    public override int SampleRate => LogMel.SampleRate;

    private protected override void CheckSizes(ConfigRules rules)
    {
        LogMel.Check(rules);
        rules.Within("depths", Depths, 256, longest: 16);
        rules.Within("widths", Widths, ConfigRules.WidestLayer, longest: 16);
        rules.Require(Depths.Count == Widths.Count, $"depths has {Depths.Count} numbers and widths {Widths.Count}, but each stage has one of both");
        rules.Within("stem_kernel", StemKernel, 1, 64);
        rules.Within("stem_stride", StemStride, 1, 64);
        rules.Within("stem_padding", StemPadding, 0, 64);
        rules.Share("drop_path", DropPath);
        rules.Within("layer_scale", LayerScale, -1000, 1000);
    }

    /// <summary>The frame vectors that a sound of so many samples gives.</summary>
    public long OutputFrames(long samples)
    {
        var frames = (LogMel.Frames(samples) + 2 * StemPadding - StemKernel) / StemStride + 1;
        for (var stage = 1; stage < Widths.Count; stage++)
            frames /= 2;
        return frames;
    }

    /// <summary>The fewest samples that give one frame vector and can be reflected at the edges.</summary>
    [JsonIgnore]
    public int MinimumSamples
    {
        get
        {
            var stemFrames = 1 << (Widths.Count - 1);
            var frames = (stemFrames - 1) * StemStride + StemKernel - 2 * StemPadding;
            return Math.Max(LogMel.WindowLength / 2 + 1, (frames - 1) * LogMel.HopLength);
        }
    }
}

/// <summary>Reads and writes the sizes without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ConvNextConfig))]
internal sealed partial class ConvNextJson : JsonSerializerContext;
