using System.Text.Json;

namespace Auricle.Search;

/// <summary>Tags as JSON objects of texts.</summary>
internal static class TagsJson
{
    private static readonly Dictionary<string, string> None = [];

    public static string Write(IReadOnlyDictionary<string, string> tags)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in tags)
                writer.WriteString(key, value);
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    public static IReadOnlyDictionary<string, string> Read(string json)
    {
        if (json == "{}")
            return None;
        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateObject().ToDictionary(tag => tag.Name, tag => tag.Value.GetString()!, StringComparer.Ordinal);
    }
}
