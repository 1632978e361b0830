using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Auricle.Cli.Captions;

/// <summary>The JSON form of a result, the same in arrays and lines.</summary>
[JsonSerializable(typeof(CaptionResult))]
internal sealed partial class CaptionJson : JsonSerializerContext
{
    // Captions hold apostrophes, paths any letter: escapes would only make them hard to read and search.
    private static readonly CaptionJson Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Serialize(CaptionResult result) => JsonSerializer.Serialize(result, Readable.CaptionResult);
}
