using Auricle.Audio;
using Auricle.Data;
using Auricle.Text;

namespace Auricle.Training;

/// <summary>A sound with its captions.</summary>
/// <param name="Id">Names the sound among all of a run.</param>
/// <param name="Path">The file; empty where the sound is packed.</param>
/// <param name="Captions">What is said of it; at least one text, but where only sounds are learned from.</param>
public sealed record CaptionedClip(string Id, string Path, IReadOnlyList<string> Captions)
{
    /// <summary>The style of its captions: the data set it comes from, and the source within that where it has several.</summary>
    public string Task { get; init; } = "";

    /// <summary>What a packed data set holds in place of a file.</summary>
    public IPackedItem? Packed { get; init; }

    /// <summary>The sound.</summary>
    /// <param name="sampleRate">The rate, in Hz; its own where none is given.</param>
    /// <exception cref="AudioException">It is no sound that can be read.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public AudioClip Load(int? sampleRate)
    {
        if (Packed is null)
        {
            using var file = AudioFile.Open(Path);
            return file.ReadAll(sampleRate ?? file.SampleRate);
        }
        using var reader = DataSounds.Open(Packed, Id) ?? throw new IOException($"'{Id}' is packed as features of another encoder, not as a sound; use a data set with sounds");
        return reader.ReadAll(sampleRate ?? reader.SampleRate);
    }
}

/// <summary>Sounds with captions, by what they are for.</summary>
/// <param name="Train">To learn from.</param>
/// <param name="Validation">To choose by.</param>
/// <param name="Test">To report.</param>
public sealed record CaptionedClips(IReadOnlyList<CaptionedClip> Train, IReadOnlyList<CaptionedClip> Validation, IReadOnlyList<CaptionedClip> Test) : IDisposable
{
    private static readonly string[] Keys = ["train", "validation", "test", "others"];

    private readonly List<DataSet> _sets = [];

    /// <summary>To learn from beside <see cref="Train"/>, where a recipe aims at one data set.</summary>
    public IReadOnlyList<CaptionedClip> Others { get; init; } = [];

    /// <summary>What tables name and was left out, with the reason: sounds that are missing, or that have no caption or are too long.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> LeftOut { get; init; } = [];

    /// <summary>All of them.</summary>
    public int Count => Train.Count + Validation.Count + Test.Count + Others.Count;

    /// <summary>Reads the section <c>data</c> of a recipe; opens no file.</summary>
    /// <param name="recipe">The recipe's root.</param>
    /// <param name="needsCaptions">Whether sounds without a caption are left out.</param>
    /// <returns>Reads the lists of clips; their sounds are not opened.</returns>
    /// <exception cref="DataException">From what is returned: the data are missing or damaged.</exception>
    internal static Func<CaptionedClips> Read(RecipeReader recipe, bool needsCaptions = true)
    {
        var data = recipe.Section("data");
        var folder = data.OptionalText("folder");
        var about = data.OptionalText("about");
        var root = data.Text("root", "data");
        var chosen = Array.ConvertAll(Keys, key => (IReadOnlyList<ChosenSet>)ReadSets(data, key));
        var longest = data.Number("longest_seconds", 0, NumberRange.NonNegative);
        var options = new DataReadOptions { MissingLimit = data.Number("missing_limit", 0.5, NumberRange.Unit) };
        if (folder is null == (chosen[0].Count == 0))
            data.Reject(folder is null ? "train" : "folder", "either data.train, data sets with their splits such as 'clotho:development', or data.folder, the folder of manifest.csv");
        return () => folder is not null ? OfCorpus(SoundData.LoadCorpus(folder, about)) : OfSets(chosen, root, longest, needsCaptions, options);
    }

    /// <summary>
    /// The clips of a corpus of labelled sounds. Every caption of a label is one of each of its sounds, so that a caption has as many
    /// matches as its label has sounds.
    /// </summary>
    public static CaptionedClips OfCorpus(SoundCorpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        return new CaptionedClips(Of(DataSplit.Train), Of(DataSplit.Validation), Of(DataSplit.Test));

        IReadOnlyList<CaptionedClip> Of(DataSplit split) =>
            [.. corpus.ClipsOf(split).Select(clip => new CaptionedClip(clip.File, corpus.PathOf(clip), corpus.Captions[clip.Label]))];
    }

    /// <summary>Closes packed data sets.</summary>
    public void Dispose()
    {
        foreach (var set in _sets)
            set.Dispose();
    }

    private static CaptionedClips OfSets(IReadOnlyList<ChosenSet>[] chosen, string root, double longest, bool needsCaptions, DataReadOptions options)
    {
        var leftOut = new List<KeyValuePair<string, string>>();
        var sets = new List<DataSet>();
        try
        {
            CaptionedClip[][] clips = [.. chosen.Select(list => list.SelectMany(set => OfSet(set, root, longest, needsCaptions, options, sets, leftOut)).ToArray())];
            var result = new CaptionedClips(clips[0], clips[1], clips[2]) { Others = clips[3], LeftOut = leftOut };
            result._sets.AddRange(sets);
            return result;
        }
        catch
        {
            sets.ForEach(set => set.Dispose());
            throw;
        }
    }

    private static List<CaptionedClip> OfSet(
        ChosenSet chosen, string root, double longest, bool needsCaptions, DataReadOptions options, List<DataSet> sets, List<KeyValuePair<string, string>> leftOut)
    {
        var set = DataLayout.Find(chosen.Name).Read(chosen.Root ?? Path.Combine(root, chosen.Name), options with { Splits = chosen.Splits, Exclusions = chosen.Exclusions });
        sets.Add(set);
        leftOut.AddRange(set.Missing.Select(missing => KeyValuePair.Create($"{chosen.Name}/{missing.Id}", $"its sound is not there ('{missing.Sought}')")));
        leftOut.AddRange(set.LeftOut.Select(reason => KeyValuePair.Create(chosen.Name, $"{reason.Value} left out: {reason.Key}")));
        var clips = new List<CaptionedClip>();
        foreach (var item in set.Items)
        {
            var id = $"{chosen.Name}/{item.Id}";
            if (needsCaptions && item.Captions.Count == 0)
                leftOut.Add(new(id, "it has no caption"));
            else if (longest > 0 && item.Seconds > longest)
                leftOut.Add(new(id, FormattableString.Invariant($"it is {item.Seconds:0.0} s long, more than data.longest_seconds")));
            else
                clips.Add(new CaptionedClip(id, item.Path ?? "", item.Captions) { Task = CaptionTasks.Published.NameOf(set.Origin.Split('-')[0], item.Source), Packed = item.Packed });
        }
        return clips;
    }

    // NAME[:SPLIT[+SPLIT…]][@FOLDER][!LIST OF EXCLUSIONS…]
    private static List<ChosenSet> ReadSets(RecipeReader data, string key)
    {
        var sets = new List<ChosenSet>();
        foreach (var text in data.Texts(key, []))
        {
            var (place, lists) = (text.Split('!')[0], text.Split('!')[1..]);
            var (name, folder) = place.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at ? (place[..at], place[(at + 1)..]) : (place, null);
            var parts = name.Split(':');
            if (parts.Length > 2 || parts.Concat(lists).Append(folder ?? "none").Any(string.IsNullOrWhiteSpace))
                data.Reject(key, "names of data sets, with a split, a folder and lists of exclusions where they have such: clotho:development, clotho:development@FOLDER, wavcaps!FILE");
            else if (!DataLayout.All.Any(layout => layout.Name == parts[0]))
                data.Reject(key, $"data sets that are read: {string.Join(", ", DataLayout.All.Select(layout => layout.Name))}");
            else
                sets.Add(new ChosenSet(parts[0], parts.Length == 1 ? [] : parts[1].Split('+', StringSplitOptions.TrimEntries), folder, lists));
        }
        return sets;
    }

    private sealed record ChosenSet(string Name, IReadOnlyList<string> Splits, string? Root, IReadOnlyList<string> Exclusions);
}
