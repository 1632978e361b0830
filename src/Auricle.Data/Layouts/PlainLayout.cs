using Auricle.Data.Reading;
using Auricle.Reading;

namespace Auricle.Data.Layouts;

/// <summary>
/// Sounds of one's own: a table of files with captions or labels, a folder with a text or JSON file beside each sound (as LAION's), or folders named after
/// the labels of what lies in them.
/// </summary>
internal sealed class PlainLayout() : DataLayout(
    "plain", "a plain folder or table",
    "a CSV with a column file_name and caption, caption_1 …, label or labels, and perhaps split and fold; or sounds with a .txt or .json of their captions beside each; or a folder of sounds for each label")
{
    private static readonly string[] Tables = ["captions.csv", "metadata.csv", "labels.csv", "manifest.csv"];
    internal static readonly string[] FileColumns = ["file_name", "fname", "file", "filename", "path", "audio", "slice_file_name"];
    internal static readonly string[] LabelColumns = ["label", "labels", "category", "class"];
    internal static readonly string[] CaptionColumns = ["caption", "raw_text", "text", "captions"];

    public override bool TakesFile => true;

    internal override void Read(DataSetBuilder set)
    {
        if (File.Exists(set.Root))
            ReadTable(set, set.Root);
        else if (set.FindFile(Tables) is { } table)
            ReadTable(set, table);
        else
            ReadFolder(set);
    }

    private static void ReadTable(DataSetBuilder set, string path)
    {
        var rows = DataTable.Read(path);
        var columns = rows is [var first, ..] ? first.Table.Columns : [];
        string? Column(string[] names) => Array.Find(names, name => columns.Contains(name, StringComparer.OrdinalIgnoreCase));
        var (file, label, caption) = (Column(FileColumns), Column(LabelColumns), Column(CaptionColumns));
        var numbered = columns.Where(name => name.StartsWith("caption_", StringComparison.OrdinalIgnoreCase)).ToList();
        if (file is null || (label is null && caption is null && numbered.Count == 0))
        {
            throw new DataSetException(
                path, $"'{path}' needs a column that names the sound ({string.Join(", ", FileColumns.Take(3))}) and one that describes it (caption, caption_1 …, label); it has {string.Join(", ", columns.Take(12).Select(name => $"'{name}'"))}.", 1);
        }
        // A caption in each row adds up.
        foreach (var clip in rows.GroupBy(row => row.Text(file), StringComparer.Ordinal))
        {
            var head = clip.First();
            if (!set.IsChosen(head["split"].Trim()))
                continue;
            string[] captions = [.. clip.SelectMany(row => numbered.Select(name => row[name]).Append(caption is null ? "" : row[caption])).Where(text => !string.IsNullOrWhiteSpace(text))];
            string[] labels = label is null ? [] : [.. clip.SelectMany(row => label == "labels" ? row[label].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [row.Text(label)]).Distinct()];
            set.Add(
                new DataItem
                {
                    Id = clip.Key,
                    Captions = captions,
                    Labels = labels,
                    Split = head["split"].Trim() is { Length: > 0 } split ? split : null,
                    Fold = head["fold"].Trim().Length > 0 ? head.Whole("fold") : null,
                    Recording = head["source_id"].Trim() is { Length: > 0 } source ? source : null,
                },
                [clip.Key]);
        }
    }

    private static void ReadFolder(DataSetBuilder set)
    {
        foreach (var path in set.Sounds.Paths)
        {
            var id = Path.GetRelativePath(set.Root, path).Replace('\\', '/');
            if (Sidecar(path) is { Count: > 0 } captions)
                set.Add(new DataItem { Id = id, Captions = captions }, [id]);
            else if (Path.GetDirectoryName(id) is { Length: > 0 } folder)
                set.Add(new DataItem { Id = id, Labels = [Path.GetFileName(folder)] }, [id]);
            else
                set.LeaveOut("a sound without caption or label");
        }
    }

    private static IReadOnlyList<string> Sidecar(string sound)
    {
        if (Path.ChangeExtension(sound, ".txt") is var text && File.Exists(text))
            return [.. DataTable.Lines(text).Select(line => line.Text.Trim()).Where(line => line.Length > 0)];
        if (Path.ChangeExtension(sound, ".json") is not { } json || !File.Exists(json))
            return [];
        using var document = DataTable.Json(json);
        var captions = document.RootElement.Member("text") ?? document.RootElement.Member("caption");
        return captions switch
        {
            { ValueKind: System.Text.Json.JsonValueKind.String } one => [one.GetString()!],
            { ValueKind: System.Text.Json.JsonValueKind.Array } several => [.. several.EnumerateArray().Where(item => item.ValueKind == System.Text.Json.JsonValueKind.String).Select(item => item.GetString()!)],
            _ => throw new DataSetException(json, $"'{json}' has no text or caption; write {{\"text\": [\"…\"]}}."),
        };
    }
}
