using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Torch.Checkpoints;

public static partial class SafetensorsFile
{
    private static void ReadHeader(MappedFile file, long length, List<HeaderEntry> entries, Dictionary<string, string> metadata)
    {
        try
        {
            var reader = new Utf8JsonReader(file.Span(8, length));
            Begin(ref reader, JsonTokenType.StartObject);
            while (NextName(ref reader) is { } name)
            {
                if (name == MetadataKey)
                    ReadTexts(ref reader, metadata);
                else
                    entries.Add(ReadEntry(ref reader, name));
            }
            _ = reader.Read(); // Fails if more than padding follows.
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw CheckpointError.Create(file.Path, $"its header is no sound JSON ({JsonText.Reason(error)}); the file is damaged.", error);
        }
    }

    private static Dictionary<string, string> ReadIndex(MappedFile file, out IReadOnlyDictionary<string, string> metadata)
    {
        var places = new Dictionary<string, string>();
        var texts = new Dictionary<string, string>();
        metadata = texts;
        var found = false;
        try
        {
            var reader = new Utf8JsonReader(file.Span(0, file.Length));
            Begin(ref reader, JsonTokenType.StartObject);
            while (NextName(ref reader) is { } name)
            {
                if (name is not ("weight_map" or "metadata"))
                {
                    reader.Skip();
                    continue;
                }
                found |= name == "weight_map";
                ReadTexts(ref reader, name == "metadata" ? texts : places);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw CheckpointError.Create(file.Path, $"it is no sound JSON ({JsonText.Reason(error)}); fetch it again.", error);
        }
        return found ? places : throw CheckpointError.Create(file.Path, "it is JSON without a 'weight_map', so no index of a sharded checkpoint.");
    }

    private static HeaderEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        ElementType? type = null;
        long[]? shape = null, offsets = null;
        Require(reader.TokenType == JsonTokenType.StartObject, "a tensor is no object");
        while (NextName(ref reader) is { } field)
        {
            switch (field)
            {
                case "dtype":
                    type = ElementType.FromSafetensors(reader.GetString() ?? "");
                    break;
                case "shape":
                    shape = ReadNumbers(ref reader);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(ref reader);
                    break;
                default:
                    throw new JsonException("a tensor has an unknown field");
            }
        }
        Require(type is not null && shape is not null && offsets is { Length: 2 }, "a tensor lacks dtype, shape or data_offsets");
        return new HeaderEntry(name, type!, shape!, offsets![0], offsets[1]);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader)
    {
        Require(reader.TokenType == JsonTokenType.StartArray, "a list is missing");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Require(numbers.Count < StoredTensor.MaxRank, "a list is too long");
            var number = reader.GetInt64();
            Require(number >= 0, "a number is negative");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    private static void ReadTexts(ref Utf8JsonReader reader, Dictionary<string, string> texts)
    {
        Require(reader.TokenType == JsonTokenType.StartObject, "an object is missing");
        while (NextName(ref reader) is { } name)
        {
            // An index states its total size as a number.
            var text = reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString()!,
                JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
                _ => throw new JsonException("a value is no text"),
            };
            Require(texts.TryAdd(name, text), "a name appears twice");
        }
    }

    private static void Begin(ref Utf8JsonReader reader, JsonTokenType token) =>
        Require(reader.Read() && reader.TokenType == token, "it does not begin with an object");

    /// <summary>The next name of the current object, with the reader on its value; <see langword="null"/> at the end.</summary>
    private static string? NextName(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndObject)
            return null;
        var name = reader.GetString();
        reader.Read();
        return name;
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
            throw new JsonException(problem);
    }
}
