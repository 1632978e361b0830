using System.Globalization;
using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Evaluation;

/// <summary>
/// Reads captions from JSON: an array of objects, one object a line, one object that maps clips to captions, and the forms of COCO
/// (<c>images</c> and <c>annotations</c>; results with <c>image_id</c>) and WavCaps (<c>data</c>).
/// </summary>
internal sealed class CaptionJson
{
    private static readonly string[] ListNames = ["candidates", "captions", "references", "mrefs"];

    // Numbers and ids name a clip where nothing better does.
    private static readonly string[] ClipNames = [.. CaptionCsv.ClipColumns, "image_id", "id"];

    private static readonly string[] VideoStarts = ["start_time", "start_seconds"];

    private readonly string _path;
    private readonly bool _isCandidates;
    private readonly List<CaptionRow> _rows = [];

    private CaptionJson(string path, bool isCandidates) => (_path, _isCandidates) = (path, isCandidates);

    /// <summary>Reads captions.</summary>
    /// <exception cref="CaptionFileException">The text is no JSON, or of none of these forms.</exception>
    public static List<CaptionRow> Read(string path, string text, bool isCandidates)
    {
        var reader = new CaptionJson(path, isCandidates);
        if (text.AsSpan().TrimStart()[0] == '[')
        {
            using var array = reader.Parse(text);
            reader.AddItems(array.RootElement);
        }
        else
        {
            var lines = text.ReplaceLineEndings("\n").Split('\n');
            if (IsObjectOfItsOwn(Array.Find(lines, line => !string.IsNullOrWhiteSpace(line))!))
                reader.AddLines(lines);
            else
                reader.AddWhole(text);
        }
        return reader._rows;
    }

    private JsonDocument Parse(string text, int firstLine = 1) => JsonText.Parse(text, CaptionFile.Fault(_path), firstLine);

    /// <summary>Whether the first line is an object that names a clip, as in a file of JSON lines.</summary>
    private static bool IsObjectOfItsOwn(string line)
    {
        try
        {
            using var first = JsonText.Parse(line, problem => new CaptionFileException("", problem.What));
            // A line cut short is for the reader of lines to complain of, with its number.
            return ClipOf(first.RootElement) is not null;
        }
        catch (CaptionFileException)
        {
            return false;
        }
    }

    private void AddLines(string[] lines)
    {
        for (var line = 1; line <= lines.Length; line++)
        {
            if (string.IsNullOrWhiteSpace(lines[line - 1]))
                continue;
            using var item = Parse(lines[line - 1], line);
            Add(item.RootElement, line, "line");
        }
    }

    private void AddItems(JsonElement items)
    {
        var place = 0;
        foreach (var item in items.EnumerateArray())
            Add(item, ++place, "item");
    }

    private void AddWhole(string text)
    {
        using var document = Parse(text);
        var root = document.RootElement;
        if (root.Member("annotations") is { ValueKind: JsonValueKind.Array } annotations)
        {
            AddCoco(annotations, root.Member("images"));
        }
        else if (root.Member("data") is { ValueKind: JsonValueKind.Array } data && data.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object))
        {
            AddItems(data);
        }
        else if (ClipOf(root) is not null && HasCaption(root))
        {
            Add(root, 1, "line");
        }
        else
        {
            foreach (var item in root.EnumerateObject())
                _rows.Add(new CaptionRow(item.Name.Trim(), Texts(item.Value, $"'{item.Name}'", 1), 1));
        }
    }

    private void AddCoco(JsonElement annotations, JsonElement? images)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (images is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (var image in list.EnumerateArray())
            {
                if (Name(image, "id") is { } id && Name(image, "file_name") is { } name)
                    names[id] = name;
            }
        }
        var place = 0;
        foreach (var annotation in annotations.EnumerateArray())
        {
            place++;
            var id = Name(annotation, "image_id") ?? throw new CaptionFileException(
                _path, $"'{_path}' does not name the clip in annotation {place}; give it its image_id.", place);
            var caption = annotation.Member("caption") ?? throw new CaptionFileException(
                _path, $"'{_path}' has no caption in annotation {place}; give it one, or leave the annotation out.", place);
            _rows.Add(new CaptionRow(names.GetValueOrDefault(id, id), [Text(caption, $"'caption' of '{id}'", place)], place) { Aliases = [id] });
        }
    }

    private void Add(JsonElement item, int place, string unit)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw new CaptionFileException(_path, $"'{_path}' has no object in {unit} {place}; each clip is an object with its file and caption.",
                place);
        if (ClipOf(item) is not { } field)
        {
            throw new CaptionFileException(
                _path, $"'{_path}' does not name the clip in {unit} {place}; give its file name as one "
                    + $"of {string.Join(", ", CaptionCsv.ClipColumns.Take(5))}.", place);
        }
        var name = Name(item, field)!;
        if (item.Member("segments") is { ValueKind: JsonValueKind.Array } segments && segments.GetArrayLength() > 0)
        {
            throw new CaptionFileException(
                _path, $"'{_path}' describes '{name}' in stretches of time ({unit} {place}), but a reference describes a whole clip; caption it "
                    + "without --segments.", place);
        }
        var start = Array.ConvertAll(VideoStarts, key => Name(item, key)).FirstOrDefault(value => value is not null) ?? "";
        _rows.Add(CaptionCsv.VideoColumns.Contains(field)
            ? CaptionCsv.VideoRow(name, start, Captions(item, name, place), place)
            : new CaptionRow(name, Captions(item, name, place), place) { Aliases = field != "id" && Name(item, "id") is { Length: > 0 } id ? [id] : [] });
    }

    private static string? ClipOf(JsonElement item) => Array.Find(ClipNames, name => Name(item, name) is not null);

    private static bool HasCaption(JsonElement item) =>
        ListNames.Concat(CaptionCsv.CaptionColumns).Append(CaptionCsv.Numbered + "1").Any(name => item.Member(name) is not null);

    /// <summary>A text, or a number as it is written.</summary>
    private static string? Name(JsonElement item, string field) => item.Member(field) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Trim(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    private string[] Captions(JsonElement item, string clip, int place)
    {
        var list = Array.Find(ListNames, name => item.Member(name) is { ValueKind: JsonValueKind.Array } && (_isCandidates || name != "candidates"));
        if (list is not null)
            return Texts(item.GetProperty(list), $"'{list}' of '{clip}'", place);
        var numbered = Enumerable.Range(1, 100).Select(number => string.Create(CultureInfo.InvariantCulture, $"{CaptionCsv.Numbered}{number}"))
            .TakeWhile(name => item.TryGetProperty(name, out _)).ToArray();
        if (numbered.Length > 0)
            return [.. numbered.Select(name => Text(item.GetProperty(name), $"'{name}' of '{clip}'", place))];
        var single = Array.Find(CaptionCsv.CaptionColumns, name => item.TryGetProperty(name, out _));
        return single is not null
            ? [Text(item.GetProperty(single), $"'{single}' of '{clip}'", place)]
            : throw new CaptionFileException(_path, $"'{_path}' has no caption for '{clip}'; give it as caption, captions or candidates.", place);
    }

    private string[] Texts(JsonElement value, string what, int place) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(element => Text(element.Member("caption") ?? element, what, place))]
        : [Text(value, what, place)];

    private string Text(JsonElement value, string what, int place) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new CaptionFileException(_path, $"'{_path}' has {Kind(value.ValueKind)} where {what} should be text.", place);

    private static string Kind(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };
}
