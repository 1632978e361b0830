using System.Text.Json;
using Auricle.Data.Reading;
using Auricle.Reading;

namespace Auricle.Data.Layouts;

/// <summary>
/// WavCaps (Mei et al. 2024): captions that a language model wrote from descriptions, of four sources, from <c>json_files</c>. What overlaps with sets that
/// models are tested with is left out by the lists that are given, or that lie in the folder.
/// </summary>
internal sealed class WavCapsLayout() : DataLayout(
    "wavcaps", "WavCaps", "json_files/AudioSet_SL/as_final.json, BBC_Sound_Effects/bbc_final.json, FreeSound/fsd_final.json and SoundBible/sb_final.json, and the sounds in audio/SOURCE/ID.flac",
    "BBC_Sound_Effects", "SoundBible", "FreeSound", "AudioSet_SL")
{
    private static readonly Dictionary<string, string[]> Tables = new()
    {
        ["BBC_Sound_Effects"] = ["bbc_final.json"],
        ["SoundBible"] = ["sb_final.json"],
        ["FreeSound"] = ["fsd_final_2s.json", "fsd_final.json"],
        ["AudioSet_SL"] = ["as_final.json"],
    };

    internal override void Read(DataSetBuilder set)
    {
        var found = false;
        foreach (var source in set.Splits)
        {
            string[] places = [.. Tables[source].SelectMany(name => new[] { Path.Combine("json_files", source, name), Path.Combine(source, name), name })];
            if (set.FindFile(places) is not { } path)
                continue;
            found = true;
            using var document = DataTable.Json(path);
            if (document.RootElement.Member("data") is not { ValueKind: JsonValueKind.Array } data)
                throw new DataSetException(path, $"'{path}' has no list 'data'; fetch it anew.");
            foreach (var entry in data.EnumerateArray())
            {
                if (Text(entry, "id") is not { Length: > 0 } id || Text(entry, "caption") is not { } caption)
                    throw new DataSetException(path, $"'{path}' has an entry without id or caption: {(entry.GetRawText() is { Length: > 80 } raw ? raw[..80] + "…" : entry.GetRawText())}.");
                // Of AudioSet the ids are names of files.
                var stem = id.EndsWith(".wav", StringComparison.OrdinalIgnoreCase) ? id[..^4] : id;
                var recording = source switch
                {
                    "FreeSound" => $"freesound:{stem}",
                    "AudioSet_SL" => $"youtube:{(stem.Length == 12 && stem[0] == 'Y' ? stem[1..] : stem)}",
                    _ => null,
                };
                // Lists have numbers of Freesound and names of other sources; SoundBible's ids are numbers too, of its own.
                if (source is "AudioSet_SL" or "BBC_Sound_Effects" && set.Excluded.Has(stem))
                {
                    set.LeaveOut(DataSetBuilder.ExcludedReason);
                    continue;
                }
                set.Add(
                    new DataItem
                    {
                        Id = $"{source}/{stem}", Captions = [caption], Split = null, Source = source, Recording = recording,
                        Seconds = entry.Member("duration") is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetDouble() : null,
                    },
                    [$"{stem}.flac"], source, $"{source}_flac");
            }
        }
        if (!found)
            set.RequireFile("json_files/AudioSet_SL/as_final.json");
    }

    // Ids of some sources are numbers.
    private static string? Text(JsonElement entry, string name) => entry.Member(name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };
}
