using System.Text.Json.Serialization;
using Auricle.Models.FrontEnds;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.Encoders.HtsAt;

namespace Auricle.Models.Encoders;

/// <summary>The numbers of an audio encoder; in a model's configuration the field <c>type</c> says which kind it is.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(CnnConfig), "cnn")]
[JsonDerivedType(typeof(ConvNextConfig), "convnext")]
[JsonDerivedType(typeof(HtsAtConfig), "htsat")]
public abstract record EncoderConfig
{
    /// <summary>Every kind with its default numbers, which fields missing from a file take.</summary>
    internal static IReadOnlyList<EncoderConfig> Kinds => [new CnnConfig(), new ConvNextConfig(), new HtsAtConfig()];

    /// <summary>The log-mel front end.</summary>
    public LogMelConfig LogMel { get; init; } = new() { MelBands = 224 };

    /// <summary>The number of tags.</summary>
    public int Tags { get; init; } = 527;

    /// <summary>The size of each frame vector.</summary>
    [JsonIgnore]
    public abstract int Width { get; }
}
