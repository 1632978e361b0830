using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Auricle.Reading;

/// <summary>
/// Reads JSON that people bring. What the platform's reader finds out only when a value is asked for, with an exception of another kind, is
/// an error here at once: texts with half a surrogate pair, bytes that are no UTF-8, a name that an object has twice.
/// </summary>
public static class JsonText
{
    private const int LongestReason = 160;

    private static readonly string[] Places = [" LineNumber:", " Path:"];

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a text.</summary>
    /// <param name="utf8">The text in UTF-8; a byte order mark is passed over.</param>
    /// <param name="fault">Makes the reader's exception.</param>
    /// <param name="firstLine">The number of the text's first line in its file.</param>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, Func<FileProblem, Exception> fault, int firstLine = 1)
    {
        ArgumentNullException.ThrowIfNull(fault);
        if (utf8.Span.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        if (!Utf8.IsValid(utf8.Span))
            throw fault(WholeFile.NotUtf8());
        try
        {
            CheckTexts(utf8.Span);
            return JsonDocument.Parse(utf8, Options);
        }
        catch (JsonException error)
        {
            int? line = error.LineNumber is { } number ? firstLine + (int)number : null;
            throw fault(new($"is no JSON{(line is null ? "" : $" at line {line}")} ({Reason(error)})") { Line = line, Inner = error });
        }
    }

    /// <summary>As <see cref="Parse(ReadOnlyMemory{byte}, Func{FileProblem, Exception}, int)"/>, from characters.</summary>
    public static JsonDocument Parse(string text, Func<FileProblem, Exception> fault, int firstLine = 1) =>
        Parse(Encoding.UTF8.GetBytes(text), fault, firstLine);

    /// <summary>What an exception of the platform's reader says, without the place that it appends.</summary>
    public static string Reason(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var end = Places.Select(mark => error.Message.IndexOf(mark, StringComparison.Ordinal)).Where(place => place >= 0)
            .DefaultIfEmpty(error.Message.Length).Min();
        var reason = error.Message[..end].TrimEnd(' ', '.', '|');
        // It may quote the text, as much as there is without a mark.
        return (reason.Length <= LongestReason ? reason : $"{reason[..LongestReason]}…").ReplaceLineEndings(" ");
    }

    /// <summary>A member that is there and not null; none where the element is no object.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    private static void CheckTexts(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException error)
            {
                var line = utf8[..(int)reader.TokenStartIndex].Count((byte)'\n');
                throw new JsonException("a text holds half a surrogate pair", path: null, line, bytePositionInLine: null, error);
            }
        }
    }
}
