using Auricle.Text;

namespace Auricle.Evaluation;

/// <summary>Candidates and references of the same clips, matched by name.</summary>
public sealed class CaptionPairing
{
    private const int NamesShown = 3;

    // What may stand behind a clip's name in one file and be missing in the other.
    private static readonly HashSet<string> SoundExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".aac", ".aif", ".aiff", ".au", ".caf", ".wma", ".webm", ".mkv", ".mov",
        ".avi",
    };

    private CaptionPairing(IReadOnlyList<string> clips, IReadOnlyList<IReadOnlyList<IReadOnlyList<string>>> candidates,
        IReadOnlyList<IReadOnlyList<string>> references)
    {
        Clips = clips;
        Systems = [.. candidates.Select(Set)];

        CaptionSet Set(IReadOnlyList<IReadOnlyList<string>> own) => new([.. own.Select(captions => captions[0])], references)
        {
            Alternatives = [.. Enumerable.Range(1, own[0].Count - 1)
                .Select(rank => new CaptionSet([.. own.Select(captions => captions[rank])], references) { Clips = clips })],
            Clips = clips,
        };
    }

    /// <summary>The clips, as the references name them and in their order.</summary>
    public IReadOnlyList<string> Clips { get; }

    /// <summary>The captions of each system, in the order of the candidate files; all share clips and references.</summary>
    public IReadOnlyList<CaptionSet> Systems { get; }

    /// <summary>
    /// Matches clips by file name: by the whole path where both files have the same one, else by the last part of the path, else without the
    /// extension of a sound or video, else as clips of one video (<see cref="VideoClip"/>). Blanks around names and how accents are stored do
    /// not count; letters must be of the same case.
    /// </summary>
    /// <param name="references">The references.</param>
    /// <param name="systems">The candidates of one system or several.</param>
    /// <param name="commonOnly">Whether to leave out clips that some file lacks.</param>
    /// <exception cref="CaptionFileException">A clip is missing, stands twice or is in excess.</exception>
    public static CaptionPairing Match(CaptionFile references, IReadOnlyList<CaptionFile> systems, bool commonOnly = false)
    {
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(systems);
        var matched = systems.Select(file => MatchSystem(references, file, commonOnly)).ToArray();
        var clips = Enumerable.Range(0, references.Clips.Count).Where(clip => Array.TrueForAll(matched, own => own[clip] is not null)).ToArray();
        if (clips.Length == 0)
            throw new CaptionFileException(references.Path,
                $"No clip of '{references.Path}' has a caption in '{systems[0].Path}'; check that both are about the same sounds.");
        return new CaptionPairing(
            [.. clips.Select(clip => references.Clips[clip].Clip)],
            [.. matched.Select(own => clips.Select(clip => own[clip]!.Captions).ToArray())],
            [.. clips.Select(clip => references.Clips[clip].Captions)]);
    }

    /// <summary>Finds where rows of another file about the same clips belong.</summary>
    /// <param name="clips">Names of the clips.</param>
    /// <param name="names">Names in the other file.</param>
    /// <returns>For each of <paramref name="names"/> the index of its clip, or <see langword="null"/>.</returns>
    public static IReadOnlyList<int?> Find(IReadOnlyList<string> clips, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(names);
        var index = new NameIndex([.. clips.Select(clip => new ClipCaptions(clip, [], 0))]);
        return [.. names.Select(name => index.Find(new ClipCaptions(name, [], 0)))];
    }

    /// <summary>Some clips for a message: the first few names, and how many more there are.</summary>
    /// <param name="clips">Names of the clips.</param>
    public static string Names(IReadOnlyList<string> clips)
    {
        ArgumentNullException.ThrowIfNull(clips);
        return string.Join(", ", clips.Take(NamesShown).Select(clip => $"'{clip}'"))
            + (clips.Count > NamesShown ? $" and {clips.Count - NamesShown} more" : "");
    }

    /// <summary>The system's captions in the order of the references.</summary>
    private static ClipCaptions?[] MatchSystem(CaptionFile references, CaptionFile system, bool commonOnly)
    {
        var index = new NameIndex(references.Clips);
        var own = new ClipCaptions?[references.Clips.Count];
        var extra = new List<string>();
        foreach (var clip in system.Clips)
        {
            if (index.Find(clip) is not { } place)
            {
                extra.Add(clip.Clip);
                continue;
            }
            if (own[place] is { } earlier)
            {
                throw new CaptionFileException(
                    system.Path, $"'{system.Path}' has two captions for '{references.Clips[place].Clip}', as '{earlier.Clip}' and '{clip.Clip}'; "
                        + "leave one of them.", clip.Line);
            }
            own[place] = clip;
        }
        if (commonOnly)
            return own;
        if (extra.Count > 0)
        {
            throw new CaptionFileException(
                system.Path,
                $"'{system.Path}' has {Count(extra.Count)} that '{references.Path}' has no references for: {Names(extra)}; leave them out, or "
                    + "score what both have with --common.");
        }
        var missing = references.Clips.Where((_, place) => own[place] is null).Select(clip => clip.Clip).ToList();
        return missing.Count == 0 ? own : throw new CaptionFileException(
            system.Path,
            $"'{system.Path}' has no caption for {Count(missing.Count)} of '{references.Path}': {Names(missing)}; add them, or score what both "
                + "have with --common.");
    }

    private static string Count(int clips) => clips == 1 ? "1 clip" : $"{clips} clips";

    private static string FileName(string path) => path[(path.AsSpan().LastIndexOfAny('/', '\\') + 1)..].Trim();

    private static string Stem(string path)
    {
        var name = FileName(path);
        var extension = System.IO.Path.GetExtension(name);
        return SoundExtensions.Contains(extension) ? name[..^extension.Length].TrimEnd() : name;
    }

    /// <summary>Finds clips by their names, from the exact to the loose; a loose name that several clips share finds none.</summary>
    private sealed class NameIndex
    {
        private static readonly (Func<ClipCaptions, IEnumerable<string>> Keys, Func<ClipCaptions, IEnumerable<string>> Lookups)[] Rules =
        [
            Same(clip => [clip.Clip.Trim()]),
            Same(clip => [FileName(clip.Clip)]),
            Same(clip => clip.Aliases.Prepend(clip.Clip).Select(Stem)),
            (clip => VideoOf(clip)?.Keys ?? [], clip => VideoOf(clip)?.Lookups ?? []),
        ];

        private readonly Dictionary<string, int>[] _places;

        public NameIndex(IReadOnlyList<ClipCaptions> clips) => _places = Array.ConvertAll(Rules, rule => clips
            .SelectMany((clip, place) => rule.Keys(clip).Select(key => (key: CanonicalText.Decompose(key), place)))
            .GroupBy(item => item.key, item => item.place, StringComparer.Ordinal)
            .Where(group => group.Distinct().Count() == 1)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal));

        public int? Find(ClipCaptions clip)
        {
            for (var i = 0; i < Rules.Length; i++)
            {
                foreach (var key in Rules[i].Lookups(clip))
                {
                    if (_places[i].TryGetValue(CanonicalText.Decompose(key), out var place))
                        return place;
                }
            }
            return null;
        }

        private static (Func<ClipCaptions, IEnumerable<string>>, Func<ClipCaptions, IEnumerable<string>>) Same(
            Func<ClipCaptions, IEnumerable<string>> keys) => (keys, keys);

        private static VideoClip? VideoOf(ClipCaptions clip) => clip.Video ?? VideoClip.Parse(Stem(clip.Clip));
    }
}
