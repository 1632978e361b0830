namespace Auricle.Data;

/// <summary>What a data set holds, and what is wrong with it.</summary>
public sealed record DataReport
{
    /// <summary>Its splits, or its sources where it has none.</summary>
    public required IReadOnlyList<SplitReport> Splits { get; init; }

    /// <summary>Recordings that lie in more than one split: what is learned from one is known in the other.</summary>
    public required IReadOnlyList<LeakedRecording> Leaks { get; init; }

    /// <summary>Captions that stand word for word in more than one split, how often each way.</summary>
    public required int SharedCaptions { get; init; }

    /// <summary>Items with neither caption nor label.</summary>
    public required IReadOnlyList<string> Undescribed { get; init; }

    /// <summary>Looks at a set.</summary>
    public static DataReport Of(DataSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        static string Group(string? split, string? source) => split ?? source ?? "all";
        var missing = set.Missing.GroupBy(item => Group(item.Split, null)).ToDictionary(group => group.Key, group => group.Count());
        var groups = set.Items.GroupBy(item => Group(item.Split, item.Split is null && set.Missing.Count == 0 ? item.Source : null)).ToList();
        var splits = groups.Select(group => SplitReport.Of(group.Key, [.. group], missing.GetValueOrDefault(group.Key))).ToList();
        splits.AddRange(missing.Where(pair => !groups.Exists(group => group.Key == pair.Key)).Select(pair => SplitReport.Of(pair.Key, [], pair.Value)));
        return new DataReport
        {
            Splits = splits,
            Leaks = [.. set.Items.Where(item => item.Recording is not null && item.Split is not null).GroupBy(item => item.Recording!, StringComparer.Ordinal)
                .Where(group => group.Select(item => item.Split).Distinct().Skip(1).Any())
                .Select(group => new LeakedRecording(group.Key, [.. group.Select(item => item.Id)]))],
            SharedCaptions = set.Items.Where(item => item.Split is not null).SelectMany(item => item.Captions.Select(caption => (Text: CaptionCleanup.Clean(caption), item.Split)))
                .Where(caption => caption.Text.Length > 0).GroupBy(caption => caption.Text, StringComparer.Ordinal).Count(group => group.Select(caption => caption.Split).Distinct().Skip(1).Any()),
            Undescribed = [.. set.Items.Where(item => item.Labels.Count == 0 && item.Captions.All(string.IsNullOrWhiteSpace)).Select(item => item.Id)],
        };
    }
}

/// <summary>A recording of which pieces lie in several splits.</summary>
/// <param name="Recording">The recording.</param>
/// <param name="Items">The items that were cut from it.</param>
public sealed record LeakedRecording(string Recording, IReadOnlyList<string> Items);

/// <summary>The figures of a split. Words are those of <see cref="CaptionCleanup.Clean"/>.</summary>
/// <param name="Name">The split.</param>
/// <param name="Items">Clips with sound.</param>
/// <param name="Missing">Clips without.</param>
/// <param name="Captions">Captions of clips with sound.</param>
/// <param name="Words">Words of the captions.</param>
/// <param name="Vocabulary">Different words.</param>
/// <param name="ShortestWords">Words of the shortest caption.</param>
/// <param name="LongestWords">Words of the longest caption.</param>
/// <param name="Labels">Different labels.</param>
public sealed record SplitReport(string Name, int Items, int Missing, int Captions, int Words, int Vocabulary, int ShortestWords, int LongestWords, int Labels)
{
    internal static SplitReport Of(string name, IReadOnlyList<DataItem> items, int missing)
    {
        var vocabulary = new HashSet<string>(StringComparer.Ordinal);
        var lengths = new List<int>();
        foreach (var caption in items.SelectMany(item => item.Captions))
        {
            var words = CaptionCleanup.Clean(caption).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            vocabulary.UnionWith(words);
            lengths.Add(words.Length);
        }
        return new SplitReport(
            name, items.Count, missing, lengths.Count, lengths.Sum(), vocabulary.Count, lengths.DefaultIfEmpty().Min(), lengths.DefaultIfEmpty().Max(),
            items.SelectMany(item => item.Labels).Distinct(StringComparer.Ordinal).Count());
    }
}
