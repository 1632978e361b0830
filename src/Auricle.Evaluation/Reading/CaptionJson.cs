using System.Globalization;
using System.Text.Json;

namespace Auricle.Evaluation;

/// <summary>Reads captions from JSON: an array of objects, one object a line, or one object that maps clips to captions.</summary>
internal static class CaptionJson
{
    private static readonly string[] ListNames = ["candidates", "captions", "references", "mrefs"];

    public static List<CaptionRow> Read(string path, string text, bool isCandidates)
    {
        var rows = new List<CaptionRow>();
        try
        {
            if (text.AsSpan().TrimStart()[0] == '[')
            {
                using var array = JsonDocument.Parse(text);
                var place = 0;
                foreach (var item in array.RootElement.EnumerateArray())
                    rows.Add(ReadObject(path, item, ++place, "item", isCandidates));
                return rows;
            }
            var lines = text.ReplaceLineEndings("\n").Split('\n');
            if (IsWholeObject(lines))
            {
                for (var line = 1; line <= lines.Length; line++)
                {
                    if (string.IsNullOrWhiteSpace(lines[line - 1]))
                        continue;
                    using var item = ParseLine(path, lines[line - 1], line);
                    rows.Add(ReadObject(path, item.RootElement, line, "line", isCandidates));
                }
                return rows;
            }
            using var map = JsonDocument.Parse(text);
            foreach (var item in map.RootElement.EnumerateObject())
                rows.Add(new CaptionRow(item.Name, Texts(path, item.Value, $"'{item.Name}'", 1), 1));
            return rows;
        }
        catch (JsonException error)
        {
            var line = (int)(error.LineNumber ?? 0) + 1;
            throw new CaptionFileException(path, $"'{path}' is no valid JSON at line {line}; mend it or write it anew.", line, error);
        }
    }

    /// <summary>Whether the first line is an object of its own that names a clip, as in a file of JSON lines.</summary>
    private static bool IsWholeObject(string[] lines)
    {
        try
        {
            using var first = JsonDocument.Parse(Array.Find(lines, line => !string.IsNullOrWhiteSpace(line))!);
            return Array.Exists(CaptionCsv.ClipColumns, name => first.RootElement.TryGetProperty(name, out _));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonDocument ParseLine(string path, string text, int line)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException error)
        {
            throw new CaptionFileException(path, $"'{path}' is no valid JSON at line {line}; mend it or write it anew.", line, error);
        }
    }

    private static CaptionRow ReadObject(string path, JsonElement item, int place, string unit, bool isCandidates)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw new CaptionFileException(path, $"'{path}' has no object in {unit} {place}; each clip is an object with its file and caption.",
                place);
        var clip = Array.Find(CaptionCsv.ClipColumns, name => item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String);
        if (clip is null)
        {
            throw new CaptionFileException(
                path, $"'{path}' does not name the clip in {unit} {place}; give its file name as one "
                    + $"of {string.Join(", ", CaptionCsv.ClipColumns.Take(5))}.", place);
        }
        var name = item.GetProperty(clip).GetString()!.Trim();
        if (item.TryGetProperty("segments", out var segments) && segments.ValueKind == JsonValueKind.Array && segments.GetArrayLength() > 0)
        {
            throw new CaptionFileException(
                path, $"'{path}' describes '{name}' in stretches of time ({unit} {place}), but a reference describes a whole clip; caption it "
                    + "without --segments.", place);
        }
        return new CaptionRow(name, Captions(path, item, name, place, isCandidates), place)
        {
            Aliases = clip == "youtube_id" ? [$"Y{name}"] : [],
        };
    }

    private static string[] Captions(string path, JsonElement item, string clip, int place, bool isCandidates)
    {
        var list = Array.Find(ListNames, name => item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            && (isCandidates || name != "candidates"));
        if (list is not null)
            return Texts(path, item.GetProperty(list), $"'{list}' of '{clip}'", place);
        var numbered = Enumerable.Range(1, 100).Select(number => string.Create(CultureInfo.InvariantCulture, $"caption_{number}"))
            .TakeWhile(name => item.TryGetProperty(name, out _)).ToArray();
        if (numbered.Length > 0)
            return [.. numbered.Select(name => Text(path, item.GetProperty(name), $"'{name}' of '{clip}'", place))];
        var single = Array.Find(CaptionCsv.CaptionColumns, name => item.TryGetProperty(name, out _));
        return single is not null
            ? [Text(path, item.GetProperty(single), $"'{single}' of '{clip}'", place)]
            : throw new CaptionFileException(path, $"'{path}' has no caption for '{clip}'; give it as caption, captions or candidates.", place);
    }

    private static string[] Texts(string path, JsonElement value, string what, int place) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray()
            .Select(element => Text(path, element.ValueKind == JsonValueKind.Object && element.TryGetProperty("caption", out var caption) ? caption
            : element, what, place))]
        : [Text(path, value, what, place)];

    private static string Text(string path, JsonElement value, string what, int place) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new CaptionFileException(path, $"'{path}' has {value.ValueKind.ToString().ToLowerInvariant()} where {what} should be text.", place);
}
