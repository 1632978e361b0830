using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Data.Reading;

/// <summary>Ids of what is to be left out of a set, so that what a model is tested with is not what it learned from.</summary>
internal sealed class ExclusionList
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>How many ids are listed.</summary>
    public int Count => _ids.Count;

    /// <summary>How often one was met.</summary>
    public int Used { get; private set; }

    /// <summary>Reads lists: CSV whose first column is ids, with or without header, an id in each line, or JSON with ids in arrays.</summary>
    public static ExclusionList Read(IReadOnlyList<string> files)
    {
        var list = new ExclusionList();
        foreach (var file in files)
        {
            var before = list.Count;
            if (file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            {
                using var document = DataTable.Json(file);
                list.Add(document.RootElement);
            }
            else
            {
                foreach (var row in DataTable.Rows(file))
                    list.Add(row.Fields[0]);
            }
            if (list.Count == before)
                throw new DataSetException(file, $"'{file}' lists no ids to be left out; give a file with one in each line.");
        }
        return list;
    }

    /// <summary>Whether an item is listed: by its id, its file's name, or the number of its recording.</summary>
    public bool Has(string id)
    {
        if (_ids.Count == 0)
            return false;
        var isListed = _ids.Contains(Plain(id)) || (id.StartsWith("freesound:", StringComparison.Ordinal) && _ids.Contains(id["freesound:".Length..]));
        if (isListed)
            Used++;
        return isListed;
    }

    private void Add(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    Add(item);
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                    Add(member.Value);
                break;
            case JsonValueKind.String:
                Add(element.GetString()!);
                break;
            case JsonValueKind.Number:
                Add(element.GetRawText());
                break;
        }
    }

    private void Add(string id)
    {
        if (Plain(id) is { Length: > 0 } plain)
            _ids.Add(plain);
    }

    private static string Plain(string id)
    {
        id = id.Trim();
        return Audio.AudioPaths.Extensions.Contains(Path.GetExtension(id)) ? id[..^Path.GetExtension(id).Length] : id;
    }
}
