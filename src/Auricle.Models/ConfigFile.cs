using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Auricle.Reading;

namespace Auricle.Models;

/// <summary>Reads the <c>config.json</c> of a model: a JSON object whose missing or empty fields have the values of defaults.</summary>
internal static class ConfigFile
{
    // The largest published ones hold a tokenizer's vocabulary and have less than a megabyte.
    private const int LargestFile = 64 << 20;

    // An encoder's defaults depend on its kind, so its own reader fills them in.
    private const string Encoder = "encoder";

    /// <summary>Reads a JSON file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">Whether an object or a list belongs in it.</param>
    /// <param name="fault">Makes the reader's exception from the rest of a sentence that begins with "it".</param>
    public static JsonDocument Read(string path, JsonValueKind kind, Func<string, Exception?, Exception> fault)
    {
        var document = JsonText.Parse(WholeFile.Read(path, LargestFile, Report), Report);
        if (document.RootElement.ValueKind == kind)
            return document;
        document.Dispose();
        throw fault($"it holds no JSON {(kind == JsonValueKind.Array ? "list" : "object")}; fetch the file again.", null);

        Exception Report(FileProblem problem) => fault($"it {problem.What}; {problem.Remedy ?? "correct it or fetch the file again"}.", problem.Inner);
    }

    /// <summary>Reads a configuration over defaults.</summary>
    /// <param name="fields">What the file holds.</param>
    /// <param name="defaults">The defaults as JSON.</param>
    /// <param name="type">How to read it.</param>
    /// <param name="fault">Makes the reader's exception from the rest of a sentence that begins with "it".</param>
    public static T Deserialize<T>(JsonElement fields, JsonElement defaults, JsonTypeInfo<T> type, Func<string, Exception?, Exception> fault)
    {
        try
        {
            return JsonSerializer.Deserialize(Overlay(defaults, fields), type)!;
        }
        catch (JsonException error)
        {
            throw fault($"field '{error.Path ?? "$"}' cannot be read ({JsonText.Reason(error)}); correct it or fetch the file again.", error);
        }
        catch (NotSupportedException error)
        {
            throw fault($"{error.Message.TrimEnd('.')}; the model may need a newer version of this program.", error);
        }
    }

    /// <summary>
    /// Puts the fields of a file over defaults: generated readers give properties that a text lacks zero instead of their default.
    /// </summary>
    /// <param name="defaults">The defaults.</param>
    /// <param name="fields">What the file holds; null is as if it were left out.</param>
    /// <param name="without">A field of the file that is left out.</param>
    public static ReadOnlySpan<byte> Overlay(JsonElement defaults, JsonElement fields, string? without = null)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            Overlay(writer, defaults, fields, without);
        return stream.GetBuffer().AsSpan(0, (int)stream.Length);
    }

    private static void Overlay(Utf8JsonWriter writer, JsonElement defaults, JsonElement fields, string? without = null)
    {
        writer.WriteStartObject();
        foreach (var known in defaults.EnumerateObject())
        {
            writer.WritePropertyName(known.Name);
            if (fields.Member(known.Name) is not { } value)
                known.Value.WriteTo(writer);
            else if (known.Value.ValueKind == JsonValueKind.Object && value.ValueKind == JsonValueKind.Object && known.Name != Encoder)
                Overlay(writer, known.Value, value);
            else
                value.WriteTo(writer);
        }
        foreach (var field in fields.EnumerateObject())
        {
            if (field.Value.ValueKind != JsonValueKind.Null && field.Name != without && !defaults.TryGetProperty(field.Name, out _))
                field.WriteTo(writer);
        }
        writer.WriteEndObject();
    }
}

/// <summary>
/// Checks the numbers of a configuration before anything is made of them: a network as large as a damaged or hostile file says would take
/// memory and time without end. Limits lie far above every published model.
/// </summary>
internal sealed class ConfigRules
{
    /// <summary>The most layers, blocks or stages.</summary>
    public const int MostLayers = 1024;

    /// <summary>The largest width of a layer.</summary>
    public const int WidestLayer = 1 << 16;

    /// <summary>The first rule that was broken, in words; <see langword="null"/> where all fit.</summary>
    public string? Problem { get; private set; }

    /// <summary>Takes a rule.</summary>
    /// <param name="fits">Whether it is kept.</param>
    /// <param name="problem">What is said where it is not.</param>
    public void Require(bool fits, string problem)
    {
        if (!fits)
            Problem ??= problem;
    }

    /// <summary>A number within limits, both included.</summary>
    public void Within(string field, double value, double least, double most) =>
        Require(value >= least && value <= most, FormattableString.Invariant($"{field} is {value}, but {least} to {most} is possible"));

    /// <summary>A list of so many numbers, each within limits.</summary>
    public void Within(string field, IReadOnlyList<int> values, int most, int least = 1, int longest = MostLayers)
    {
        Require(values.Count > 0 && values.Count <= longest, $"{field} has {values.Count} numbers, but 1 to {longest} are possible");
        foreach (var value in values)
            Within(field, value, least, most);
    }

    /// <summary>A share, from 0 to 1.</summary>
    public void Share(string field, double value) => Within(field, value, 0, 1);

    /// <summary>A list of names, none of them missing.</summary>
    public void Names(string field, IReadOnlyList<string> names) => Require(!names.Contains(null!), $"{field} has a name that is null");
}
