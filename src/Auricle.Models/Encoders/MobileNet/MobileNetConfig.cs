using System.Text.Json.Serialization;
using Auricle.Models.FrontEnds;

namespace Auricle.Models.Encoders.MobileNet;

/// <summary>The sizes of a <see cref="MobileNetEncoder"/>.</summary>
public sealed record MobileNetConfig : EncoderConfig
{
    private const int Unit = 8;

    /// <summary>What every number of channels of the plain network is multiplied by; mn04 is 0.4, mn10 is 1.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The mel front end.</summary>
    public KaldiMelConfig Mel { get; init; } = new();

    /// <summary>Dropout before the tags, in training.</summary>
    public double HeadDropout { get; init; } = 0.2;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Width => 6 * Channels(160);

    /// <inheritdoc/>
    [JsonIgnore]
    public override int SampleRate => Mel.SampleRate;

    private protected override void CheckSizes(ConfigRules rules)
    {
        Mel.Check(rules);
        rules.Within("scale", Scale, 0.05, 64);
        rules.Share("head_dropout", HeadDropout);
    }

    /// <summary>The channels that stand for so many of the plain network: a multiple of eight, at most a tenth fewer than asked for.</summary>
    internal int Channels(int plain) => Divisible(plain * Scale);

    /// <summary>Rounds to a multiple of eight.</summary>
    internal static int Divisible(double channels)
    {
        var rounded = Math.Max(Unit, (int)(channels + Unit / 2) / Unit * Unit);
        return rounded < 0.9 * channels ? rounded + Unit : rounded;
    }

    /// <summary>mn04 of EfficientAT (Schmid et al. 2023): 0.98 million parameters.</summary>
    public static MobileNetConfig Mn04 { get; } = new() { Scale = 0.4 };

    /// <summary>mn05.</summary>
    public static MobileNetConfig Mn05 { get; } = new() { Scale = 0.5 };

    /// <summary>mn10: 4.88 million parameters.</summary>
    public static MobileNetConfig Mn10 { get; } = new();

    /// <summary>mn20.</summary>
    public static MobileNetConfig Mn20 { get; } = new() { Scale = 2 };

    /// <summary>mn30.</summary>
    public static MobileNetConfig Mn30 { get; } = new() { Scale = 3 };

    /// <summary>mn40: 68.4 million parameters.</summary>
    public static MobileNetConfig Mn40 { get; } = new() { Scale = 4 };
}

/// <summary>Reads and writes the sizes without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MobileNetConfig))]
internal sealed partial class MobileNetJson : JsonSerializerContext;
