using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

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
}

/// <summary>Reads and writes the numbers of an encoder of any kind in <see cref="EncoderFamily.All"/>.</summary>
internal sealed class EncoderConfigConverter : JsonConverter<EncoderConfig>
{
    private const string Kind = "type";

    public override EncoderConfig Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (JsonNode.Parse(ref reader) is not JsonObject fields)
            throw new JsonException("it is no JSON object");
        if (fields[Kind] is not JsonValue value || !value.TryGetValue<string>(out var kind))
            throw new JsonException($"it has no text '{Kind}'");
        var family = EncoderFamily.All.FirstOrDefault(family => family.Kind == kind)
            ?? throw new JsonException($"there is no encoder of type '{kind}'; known are {string.Join(", ", EncoderFamily.All.Select(family => family.Kind))}");
        // Generated readers give init-only properties that a file lacks zero instead of their default, so defaults are filled in first.
        var whole = JsonSerializer.SerializeToNode(family.Defaults, family.Json)!.AsObject();
        JsonDefaults.Overlay(whole, fields);
        whole.Remove(Kind);
        return (EncoderConfig)whole.Deserialize(family.Json)!;
    }

    public override void Write(Utf8JsonWriter writer, EncoderConfig value, JsonSerializerOptions options)
    {
        var family = EncoderFamily.Of(value);
        var fields = JsonSerializer.SerializeToNode(value, family.Json)!.AsObject();
        fields.Insert(0, Kind, family.Kind);
        fields.WriteTo(writer, options);
    }
}

/// <summary>Fills what a JSON file leaves out.</summary>
internal static class JsonDefaults
{
    /// <summary>Puts fields over those of an object of defaults; objects within are merged.</summary>
    public static void Overlay(JsonObject target, JsonObject fields)
    {
        foreach (var (name, value) in fields)
        {
            if (value is JsonObject inner && target[name] is JsonObject known)
                Overlay(known, inner);
            else
                target[name] = value?.DeepClone();
        }
    }
}
