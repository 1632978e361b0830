using Auricle.Data.Reading;

namespace Auricle.Data.Layouts;

/// <summary>
/// Clotho v2 (Drossos et al. 2020): five captions for each clip, from its authors' tables (<c>file_name, caption_1 … caption_5</c>) or those of the DCASE
/// baseline (<c>fname, raw_text</c>, a caption in each row). The metadata, where they are there, tell from which Freesound recording a clip is.
/// </summary>
internal sealed class ClothoLayout() : DataLayout(
    "clotho", "Clotho", "clotho_captions_SPLIT.csv beside folders development, validation and evaluation with the sounds", "development", "validation", "evaluation")
{
    internal override void Read(DataSetBuilder set)
    {
        var found = false;
        foreach (var split in set.Splits)
        {
            if (set.FindFile([.. Places($"clotho_captions_{split}.csv", split), $"{split}_captions.csv"]) is not { } table)
            {
                if (set.Options.Splits.Count > 0)
                    set.RequireFile($"clotho_captions_{split}.csv");
                continue;
            }
            found = true;
            var recordings = Recordings(set, split);
            var rows = DataTable.Read(table);
            if (rows.Count > 0 && rows[0].Table.Place("fname") is not null)
            {
                foreach (var clip in DataTable.Read(table, "fname", "raw_text").GroupBy(row => row.Text("fname"), StringComparer.Ordinal))
                    Add(clip.Key, [.. clip.Select(row => row["raw_text"])]);
            }
            else
            {
                foreach (var row in DataTable.Read(table, "file_name", "caption_1"))
                    Add(row.Text("file_name"), [.. Enumerable.Range(1, 5).Select(i => row[$"caption_{i}"]).Where(caption => caption.Length > 0)]);
            }

            void Add(string file, string[] captions) => set.Add(
                new DataItem { Id = $"{split}/{file}", Captions = captions, Split = split, Recording = recordings.GetValueOrDefault(file) },
                [file], split, $"clotho_audio_{split}");
        }
        if (!found)
            set.RequireFile("clotho_captions_development.csv");
    }

    private static Dictionary<string, string> Recordings(DataSetBuilder set, string split)
    {
        var recordings = new Dictionary<string, string>(StringComparer.Ordinal);
        if (set.FindFile(Places($"clotho_metadata_{split}.csv", split)) is { } metadata)
        {
            // An id is missing here and there; the link ends with it.
            foreach (var row in DataTable.Read(metadata, "file_name", "sound_id"))
            {
                var id = row["sound_id"].Trim();
                if (!id.All(char.IsAsciiDigit) || id.Length == 0)
                    id = row["sound_link"].TrimEnd('/').Split('/')[^1];
                if (id.Length > 0 && id.All(char.IsAsciiDigit))
                    recordings[row["file_name"].Trim()] = $"freesound:{id}";
            }
        }
        return recordings;
    }

    private static string[] Places(string name, string split) =>
        [name, Path.Combine("clotho_csv_files", name), Path.Combine("clotho_csv_files", split, name), Path.Combine(split, name), Path.Combine("csv", name)];
}
