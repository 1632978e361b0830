using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Text;

public sealed partial record TokenizerState
{
    private const string Target = "conette.tokenization.aac_tokenizer.AACTokenizer";

    /// <summary>Reads the record from JSON text.</summary>
    /// <exception cref="TokenizerStateException">The text is no JSON, or a field is missing, of another type, or contradicts another.</exception>
    public static TokenizerState FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        using var document = JsonText.Parse(json, problem => new TokenizerStateException(
            "", $"The tokenizer state {problem.What}; the file is damaged.", problem.Inner));
        return FromJson(document.RootElement);
    }

    /// <summary>Reads the record from a JSON object, for example the field <c>tokenizer_state</c> of a model's configuration.</summary>
    /// <exception cref="TokenizerStateException">The element is no object, or a field is missing, of another type, or contradicts another.</exception>
    public static TokenizerState FromJson(JsonElement element) => Plain(element) is IDictionary record
        ? FromDictionary(record)
        : throw new TokenizerStateException("", $"The tokenizer state is a JSON {element.ValueKind}, but an object belongs there.");

    /// <summary>The record as JSON text, which the reference program reads too.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Writes the record as one JSON object.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("_target_", Target);
        writer.WriteString("_version_", Version);
        writer.WriteString("_type_", "txt");
        writer.WriteStartObject("tokenizer");
        WriteOptions(writer);
        writer.WriteBoolean("normalize", Options.Normalize);
        writer.WriteStartArray("added_special_tokens");
        foreach (var token in AddedSpecialTokens)
            writer.WriteStringValue(token);
        writer.WriteEndArray();
        writer.WriteNumber("max_sentence_size", MaxSentenceSize);
        writer.WriteNumber("min_sentence_size", MinSentenceSize);
        writer.WriteNumber("n_sentences_fit", FittedSentences);
        WriteVocabulary(writer);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteOptions(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("hparams");
        writer.WriteString("level", "word");
        writer.WriteBoolean("lowercase", Options.Lowercase);
        writer.WriteString("punctuation_mode", NameOf(Options.PunctuationMode));
        writer.WriteBoolean("normalize", Options.Normalize);
        writer.WriteString("backend", "spacy");
        writer.WriteString("model_name", Options.ModelName);
        writer.WriteEndObject();
    }

    private void WriteVocabulary(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("itos");
        for (var id = 0; id < Tokens.Count; id++)
            writer.WriteString(id.ToString(CultureInfo.InvariantCulture), Tokens[id]);
        writer.WriteEndObject();
        writer.WriteStartObject("stoi");
        for (var id = 0; id < Tokens.Count; id++)
            writer.WriteNumber(Tokens[id], id);
        writer.WriteEndObject();
        writer.WriteStartObject("vocab");
        for (var id = 0; id < Tokens.Count; id++)
            writer.WriteNumber(Tokens[id], Counts[id]);
        writer.WriteEndObject();
    }

    private static object? Plain(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => PlainObject(element),
        JsonValueKind.Array => element.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out var number) ? (object)number : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static Dictionary<string, object?> PlainObject(JsonElement element)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
            values[property.Name] = Plain(property.Value);
        return values;
    }
}
