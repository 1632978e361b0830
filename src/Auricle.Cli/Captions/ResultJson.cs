using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Auricle.Cli.Captions;

/// <summary>The JSON form of a result, the same in arrays and lines.</summary>
[JsonSerializable(typeof(CaptionResult))]
internal sealed partial class ResultJson : JsonSerializerContext
{
    // Captions hold apostrophes, paths any letter: escapes would only make them hard to read and search.
    private static readonly ResultJson Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>One object on one line. What steers a terminal stands as JSON's own escapes, which any reader takes back.</summary>
    public static string Serialize(CaptionResult result) => ShownText.InJson(JsonSerializer.Serialize(result, Readable.CaptionResult));
}
