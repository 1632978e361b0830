using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Auricle.Reading;

namespace Auricle.Models.Encoders;

/// <summary>The numbers of an audio encoder; in a model's configuration the field <c>type</c> says which kind it is.</summary>
[JsonConverter(typeof(EncoderConfigConverter))]
public abstract record EncoderConfig
{
    /// <summary>The number of tags; 0 where the checkpoint has no head for them.</summary>
    public int Tags { get; init; } = 527;

    /// <summary>The size of each frame vector.</summary>
    [JsonIgnore]
    public abstract int Width { get; }

    /// <summary>The rate of the sound it takes, in hertz.</summary>
    [JsonIgnore]
    public abstract int SampleRate { get; }

    /// <summary>The same encoder with an embedding for each window of frames instead of one for the clip.</summary>
    /// <param name="poolFrames">Frames of a window; 0 leaves it as it is.</param>
    /// <param name="framesHaveTags">Whether the windows' vectors end with their tag probabilities.</param>
    /// <exception cref="NotSupportedException">Encoders of this kind have no windows.</exception>
    public virtual EncoderConfig WithWindows(int poolFrames, bool framesHaveTags) =>
        throw new NotSupportedException($"An encoder of type {EncoderFamily.Of(this).Kind} has no windows; leave out pool_frames and frames_have_tags.");

    /// <summary>Checks the numbers of a configuration file.</summary>
    internal void Check(ConfigRules rules)
    {
        rules.Within("tags", Tags, 0, 1 << 20);
        CheckSizes(rules);
    }

    /// <summary>Checks the numbers of this kind.</summary>
    private protected abstract void CheckSizes(ConfigRules rules);
}

/// <summary>Reads and writes the numbers of an encoder of any kind in <see cref="EncoderFamily.All"/>.</summary>
internal sealed class EncoderConfigConverter : JsonConverter<EncoderConfig>
{
    private const string Kind = "type";

    public override EncoderConfig Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var fields = document.RootElement;
        if (fields.ValueKind != JsonValueKind.Object)
            throw new JsonException("it is no JSON object");
        if (fields.Member(Kind) is not { ValueKind: JsonValueKind.String } kind)
            throw new JsonException($"it has no text '{Kind}'");
        var family = EncoderFamily.All.FirstOrDefault(family => kind.ValueEquals(family.Kind))
            ?? throw new JsonException(
                $"there is no encoder of type {(kind.GetRawText() is { Length: <= 60 } text ? text.Replace('"', '\'') : "that it names")}; known are "
                    + string.Join(", ", EncoderFamily.All.Select(family => family.Kind)));
        return (EncoderConfig)JsonSerializer.Deserialize(
            ConfigFile.Overlay(JsonSerializer.SerializeToElement(family.Defaults, family.Json), fields, Kind), family.Json)!;
    }

    public override void Write(Utf8JsonWriter writer, EncoderConfig value, JsonSerializerOptions options)
    {
        var family = EncoderFamily.Of(value);
        var fields = JsonSerializer.SerializeToNode(value, family.Json)!.AsObject();
        fields.Insert(0, Kind, family.Kind);
        fields.WriteTo(writer, options);
    }
}
