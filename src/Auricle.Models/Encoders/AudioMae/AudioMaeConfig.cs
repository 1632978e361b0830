using System.Text.Json.Serialization;
using Auricle.Models.FrontEnds;

namespace Auricle.Models.Encoders.AudioMae;

/// <summary>The sizes of an <see cref="AudioMaeEncoder"/>. Defaults are those of Cacophony's authors.</summary>
public sealed record AudioMaeConfig : EncoderConfig
{
    /// <summary>Starts without tags: the checkpoint has no head for them.</summary>
    public AudioMaeConfig() => Tags = 0;

    /// <summary>The log-mel front end: 128 bands at 16 kHz.</summary>
    public MagnitudeMelConfig Mel { get; init; } = new();

    /// <summary>Width of a patch.</summary>
    public int PatchWidth { get; init; } = 768;
    /// <summary>Blocks.</summary>
    public int Layers { get; init; } = 12;
    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 8;
    /// <summary>How many times wider the hidden layer of a block is.</summary>
    public int Expansion { get; init; } = 4;
    /// <summary>Side of a patch.</summary>
    public int PatchSize { get; init; } = 16;
    /// <summary>The most columns of patches that are encoded at once: the authors' 30 s.</summary>
    public int MaximumColumns { get; init; } = 187;
    /// <summary>What layer norms add to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Width => PatchWidth;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int SampleRate => Mel.SampleRate;

    /// <summary>Patches above each other.</summary>
    [JsonIgnore]
    public int Rows => Mel.MelBands / PatchSize;

    /// <summary>As the authors' JAX code computes it, with which the published checkpoints were trained.</summary>
    public static AudioMaeConfig Jax { get; } = new();

    /// <summary>As their later port to torch computes it.</summary>
    public static AudioMaeConfig Torch { get; } = new() { Mel = new() { CentresWindow = true, IsStraightInHertz = true }, LayerNormEpsilon = 1e-5 };

    /// <summary>The size of a width and a depth. Heads follow from the width, since checkpoints tell nothing else of them.</summary>
    /// <param name="width">The width of a patch.</param>
    /// <param name="layers">Blocks.</param>
    public static AudioMaeConfig OfSize(int width, int layers) => new() { PatchWidth = width, Layers = layers, Heads = AudioMaeWeights.HeadsOf(width) };

    private protected override void CheckSizes(ConfigRules rules)
    {
        Mel.Check(rules);
        rules.Within("patch_width", PatchWidth, 2, ConfigRules.WidestLayer);
        rules.Within("layers", Layers, 1, ConfigRules.MostLayers);
        rules.Within("heads", Heads, 1, PatchWidth);
        rules.Require(PatchWidth % 2 == 0 && PatchWidth % Math.Max(1, Heads) == 0, $"patch_width is {PatchWidth}, no even multiple of {Heads} heads");
        rules.Within("expansion", Expansion, 1, 64);
        rules.Within("patch_size", PatchSize, 1, 1024);
        rules.Require(Mel.MelBands % Math.Max(1, PatchSize) == 0, $"mel_bands is {Mel.MelBands}, no multiple of patch_size, {PatchSize}");
        rules.Within("maximum_columns", MaximumColumns, 1, 1 << 16);
        rules.Within("layer_norm_epsilon", LayerNormEpsilon, 0, 1);
    }
}

/// <summary>Reads and writes the sizes without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AudioMaeConfig))]
internal sealed partial class AudioMaeJson : JsonSerializerContext;
