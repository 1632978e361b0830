using System.Globalization;
using System.Text.Json;
using Auricle.Data.Reading;

namespace Auricle.Data.Layouts;

/// <summary>ESC-50 (Piczak 2015): 2,000 clips of 50 classes in five folds. Labels keep their underscores, as published.</summary>
internal sealed class Esc50Layout() : DataLayout("esc50", "ESC-50", "meta/esc50.csv and the folder audio")
{
    internal override void Read(DataSetBuilder set)
    {
        foreach (var row in DataTable.Read(set.RequireFile("meta/esc50.csv", "ESC-50-master/meta/esc50.csv", "esc50.csv"), "filename", "fold", "category"))
        {
            var file = row.Text("filename");
            set.Add(
                new DataItem
                {
                    Id = file, Labels = [row.Text("category")], Fold = row.Whole("fold"), Seconds = 5,
                    Recording = row["src_file"].Trim() is { Length: > 0 } source ? $"freesound:{source}" : null,
                },
                [file], "audio");
        }
    }
}

/// <summary>UrbanSound8K (Salamon et al. 2014): 8,732 slices of ten classes in ten folds.</summary>
internal sealed class UrbanSound8KLayout() : DataLayout("urbansound8k", "UrbanSound8K", "metadata/UrbanSound8K.csv and folders audio/fold1 to fold10")
{
    internal override void Read(DataSetBuilder set)
    {
        foreach (var row in DataTable.Read(set.RequireFile("metadata/UrbanSound8K.csv", "UrbanSound8K/metadata/UrbanSound8K.csv", "UrbanSound8K.csv"), "slice_file_name", "fold", "class"))
        {
            var file = row.Text("slice_file_name");
            set.Add(
                new DataItem
                {
                    Id = file, Labels = [row.Text("class")], Fold = row.Whole("fold"), Recording = row["fsID"].Trim() is { Length: > 0 } source ? $"freesound:{source}" : null,
                    Seconds = row["start"].Trim().Length > 0 && row["end"].Trim().Length > 0 ? row.Seconds("end") - row.Seconds("start") : null,
                },
                [file], $"fold{row.Whole("fold")}");
        }
    }
}

/// <summary>
/// TUT Acoustic Scenes 2017: ten-second pieces of fifteen scenes, from <c>meta.txt</c> and the lists of four folds, or from maps of names to labels
/// (<c>meta_train.json</c>, <c>meta_eval.json</c>). A piece's fold is the one that evaluates it.
/// </summary>
internal sealed class Tut2017Layout() : DataLayout(
    "tut2017", "TUT Acoustic Scenes 2017", "TUT-acoustic-scenes-2017-development and -evaluation with meta.txt and audio, or meta_train.json and meta_eval.json", "development", "evaluation")
{
    private const int Folds = 4;

    internal override void Read(DataSetBuilder set)
    {
        var found = false;
        foreach (var split in set.Splits)
        {
            var folder = $"TUT-acoustic-scenes-2017-{split}";
            if (set.FindFile(Path.Combine(folder, "meta.txt"), Path.Combine(split, "meta.txt"), split == "development" ? "meta.txt" : "evaluation_meta.txt") is { } meta)
            {
                found = true;
                ReadMeta(set, split, meta, folder);
            }
            else if (set.FindFile(split == "development" ? "meta_train.json" : "meta_eval.json") is { } map)
            {
                found = true;
                ReadMap(set, split, map);
            }
        }
        if (!found)
            set.RequireFile("meta.txt");
    }

    private static void ReadMeta(DataSetBuilder set, string split, string meta, string folder)
    {
        var folds = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var fold = 1; fold <= Folds; fold++)
        {
            var list = Path.Combine(Path.GetDirectoryName(meta)!, "evaluation_setup", $"fold{fold}_evaluate.txt");
            foreach (var row in File.Exists(list) ? DataTable.Rows(list, '\t') : [])
                folds[Path.GetFileName(row.Fields[0].Trim())] = fold;
        }
        foreach (var row in DataTable.Rows(meta, '\t'))
        {
            if (row.Fields.Length < 2)
                throw new DataSetException(meta, $"'{meta}' has no label in line {row.Line}; each line is a file, a tab and its scene.", row.Line);
            var file = Path.GetFileName(row.Fields[0].Trim());
            set.Add(
                new DataItem
                {
                    Id = $"{split}/{file}", Labels = [row.Fields[1].Trim()], Split = split, Seconds = 10,
                    Fold = folds.TryGetValue(file, out var fold) ? fold : null,
                    Recording = row.Fields.Length > 2 ? $"tut:{split}/{row.Fields[2].Trim()}" : null,
                },
                [file], folder, split);
        }
    }

    private static void ReadMap(DataSetBuilder set, string split, string map)
    {
        using var document = DataTable.Json(map);
        foreach (var member in Maps.Of(document, map))
        {
            set.Add(new DataItem { Id = $"{split}/{member.Name}", Labels = [member.Value], Split = split, Seconds = 10 },
                [member.Name], split == "development" ? ["train", split] : ["eval", "test", split]);
        }
    }
}

/// <summary>
/// VGGSound (Chen et al. 2020): ten-second clips of videos with one of 309 labels, from <c>vggsound.csv</c> (id, start, label, split), or from a map of clips
/// to labels (<c>vggsound_full.json</c>) beside the folder test.
/// </summary>
internal sealed class VggSoundLayout() : DataLayout("vggsound", "VGGSound", "vggsound.csv and the clips, such as test/YOUTUBEID_000030.wav", "train", "test")
{
    private const double ClipSeconds = 10;

    internal override void Read(DataSetBuilder set)
    {
        if (set.FindFile("vggsound.csv") is { } table)
        {
            foreach (var row in DataTable.Rows(table, ','))
            {
                if (row.Fields.Length != 4 || !double.TryParse(row.Fields[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var start))
                    throw new DataSetException(table, $"'{table}' has '{string.Join(',', row.Fields.Take(4))}' in line {row.Line}; each line is an id, a start in seconds, a label and train or test.", row.Line);
                var (id, label, split) = (row.Fields[0].Trim(), row.Fields[2].Trim(), row.Fields[3].Trim());
                if (!set.Splits.Contains(split, StringComparer.OrdinalIgnoreCase))
                    continue;
                set.Add(
                    new DataItem { Id = $"{split}/{VideoNames.Key(id, start)}", Labels = [label], Split = split, Seconds = ClipSeconds, Recording = $"youtube:{id}" },
                    VideoNames.Of(id, start, ClipSeconds), split);
            }
            return;
        }
        var map = set.RequireFile("vggsound.csv", "vggsound_full.json");
        using var document = DataTable.Json(map);
        var labels = Maps.Of(document, map).ToDictionary(member => Path.GetFileNameWithoutExtension(member.Name), member => member.Value, StringComparer.Ordinal);
        // The map is of all clips; the folder tells which are tested.
        foreach (var path in set.Sounds.Paths.Where(path => Path.GetRelativePath(set.Root, path).Split(Path.DirectorySeparatorChar).Contains("test")))
        {
            var id = Path.GetFileNameWithoutExtension(path);
            if (labels.TryGetValue(id, out var label))
                set.Add(new DataItem { Id = $"test/{id}", Labels = [label], Split = "test", Seconds = ClipSeconds, Recording = id.Length >= 11 ? $"youtube:{id[..11]}" : null }, [id], "test");
            else
                set.LeaveOut("not in the map of labels");
        }
    }
}

/// <summary>AudioSet (Gemmeke et al. 2017): segments of videos with any number of labels; those of <c>class_labels_indices.csv</c> where it is there, else their marks.</summary>
internal sealed class AudioSetLayout() : DataLayout(
    "audioset", "AudioSet", "balanced_train_segments.csv, unbalanced_train_segments.csv, eval_segments.csv and perhaps class_labels_indices.csv, and the clips anywhere below, such as YYOUTUBEID.wav",
    "balanced_train", "unbalanced_train", "eval")
{
    internal override void Read(DataSetBuilder set)
    {
        var names = set.FindFile("class_labels_indices.csv", Path.Combine("metadata", "class_labels_indices.csv")) is { } labels
            ? DataTable.Read(labels, "mid", "display_name").ToDictionary(row => row.Text("mid"), row => row.Text("display_name"), StringComparer.Ordinal)
            : [];
        var found = false;
        foreach (var split in set.Splits)
        {
            var file = $"{split}_segments.csv";
            if (set.FindFile(file, Path.Combine("metadata", file)) is not { } table)
                continue;
            found = true;
            foreach (var (line, text) in DataTable.Lines(table))
            {
                if (text.Length == 0 || text[0] == '#')
                    continue;
                // Fields are parted by a comma and a blank, and the labels stand in quotes, so that it is no CSV.
                var fields = text.Split(',', 4, StringSplitOptions.TrimEntries);
                if (fields.Length < 4 || !double.TryParse(fields[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var start)
                    || !double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var end))
                {
                    throw new DataSetException(table, $"'{table}' has '{(text.Length > 60 ? text[..60] + "…" : text)}' in line {line}; each line is an id, a start, an end and labels in quotes.", line);
                }
                set.Add(
                    new DataItem
                    {
                        Id = $"{split}/{VideoNames.Key(fields[0], start)}", Split = split, Seconds = end - start, Recording = $"youtube:{fields[0]}",
                        Labels = [.. fields[3].Trim('"').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(mid => names.GetValueOrDefault(mid, mid))],
                    },
                    VideoNames.Of(fields[0], start, end - start), split, $"{split}_segments");
            }
        }
        if (!found)
            set.RequireFile("balanced_train_segments.csv");
    }
}

/// <summary>JSON objects whose members are texts.</summary>
internal static class Maps
{
    public static IEnumerable<(string Name, string Value)> Of(JsonDocument document, string path)
    {
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new DataSetException(path, $"'{path}' is no JSON object of clips and their labels; fetch it anew.");
        foreach (var member in document.RootElement.EnumerateObject())
        {
            yield return member.Value.ValueKind == JsonValueKind.String
                ? (member.Name, member.Value.GetString()!)
                : throw new DataSetException(path, $"'{path}' has no text as label of '{member.Name}'; fetch it anew.");
        }
    }
}
