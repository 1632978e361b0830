using System.Globalization;
using Auricle.Data.Reading;

namespace Auricle.Data.Layouts;

/// <summary>
/// AudioCaps (Kim et al. 2019): tables of YouTube ids, starts and captions; the sounds are cut from videos by whoever uses them, and go by many names:
/// the id, a Y before it, the start in seconds or milliseconds behind it.
/// </summary>
internal sealed class AudioCapsLayout(string name, string title, string folder) : DataLayout(
    name, title, $"{folder}/train.csv, val.csv and test.csv, and the sounds anywhere below, such as train/YOUTUBEID_START.wav", "train", "val", "test")
{
    public override bool HasVideoClips => true;

    internal override void Read(DataSetBuilder set)
    {
        var found = false;
        foreach (var split in set.Splits)
        {
            if (set.FindFile(Places(split)) is not { } table)
            {
                if (set.Options.Splits.Count > 0)
                    set.RequireFile($"{folder}/{split}.csv");
                continue;
            }
            found = true;
            foreach (var clip in DataTable.Read(table, "youtube_id", "start_time", "caption").GroupBy(row => (Id: row.Text("youtube_id"), Start: row.Seconds("start_time"))))
            {
                var (id, start) = clip.Key;
                set.Add(
                    new DataItem
                    {
                        Id = $"{split}/{VideoNames.Key(id, start)}", Captions = [.. clip.Select(row => row["caption"])], Split = split, Seconds = VideoNames.ClipSeconds, Recording = $"youtube:{id}",
                    },
                    VideoNames.Of(id, start, VideoNames.ClipSeconds).Concat(clip.Select(row => row["audiocap_id"].Trim()).Where(number => number.Length > 0)), split);
            }
        }
        if (!found)
            set.RequireFile($"{folder}/train.csv");
    }

    private IEnumerable<string> Places(string split)
    {
        yield return Path.Combine(folder, $"{split}.csv");
        // Tables without a folder do not tell the edition; they are taken for the first.
        if (folder == "dataset")
        {
            yield return $"{split}.csv";
            yield return Path.Combine("csv", $"{split}.csv");
        }
    }
}

/// <summary>The names that people give to clips of videos.</summary>
internal static class VideoNames
{
    /// <summary>How long the clips of AudioSet and its kin are.</summary>
    public const double ClipSeconds = 10;

    /// <summary>An id and a start, as one name.</summary>
    public static string Key(string id, double start) => string.Create(CultureInfo.InvariantCulture, $"{id}_{start:0.###}");

    /// <summary>The names of files, the likeliest first.</summary>
    public static IEnumerable<string> Of(string id, double start, double seconds)
    {
        string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        string[] endings =
        [
            Say($"_{start:0.###}"), Say($"_{start:000000}"), Say($"_{start * 1000:0}"), Say($"_{start:0.000}_{start + seconds:0.000}"),
            Say($"_{start:0.###}_{start + seconds:0.###}"), Say($"_{start * 1000:0}_{(start + seconds) * 1000:0}"), "",
        ];
        return endings.SelectMany(ending => new[] { id + ending, $"Y{id}{ending}" });
    }
}
