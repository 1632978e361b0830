using System.Globalization;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Text;

namespace Auricle.Training;

/// <summary>
/// Texts without sounds from which a shared space learns what words mean: names and clauses of AudioSet's labels, captions that several
/// people wrote of one sound, and what WordNet says of words near those.
/// </summary>
internal sealed class TextCorpus
{
    // Animals, artifacts, bodies, events, food, objects, phenomena, substances and acts; what bodies do, what is said, touched, moved,
    // heard, and the weather.
    private static readonly HashSet<string> NounFiles = ["04", "05", "06", "08", "10", "11", "13", "17", "18", "19", "27"];
    private static readonly HashSet<string> VerbFiles = ["29", "30", "32", "35", "36", "38", "39", "43"];

    private const int MostGlossWords = 16;

    private readonly Dictionary<string, string[][]> _related;

    private TextCorpus(
        IReadOnlyList<AudioSetText> labels, IReadOnlyList<string[]> captions, IReadOnlyList<string[]> meanings, Dictionary<string, string[][]> related) =>
        (Labels, Captions, Meanings, _related) = (labels, captions, meanings, related);

    /// <summary>For each of AudioSet's labels its texts.</summary>
    public IReadOnlyList<AudioSetText> Labels { get; }

    /// <summary>Captions of one sound by several people, for many sounds.</summary>
    public IReadOnlyList<string[]> Captions { get; }

    /// <summary>Texts of one meaning: synonyms, the word above them, what the dictionary says.</summary>
    public IReadOnlyList<string[]> Meanings { get; }

    /// <summary>Reads the texts.</summary>
    /// <param name="clauses">The table of AudioSet's labels: label, group, clause, group_clause.</param>
    /// <param name="captionFiles">Tables as Clotho's: fname, raw_text, text.</param>
    /// <param name="wordNet">The folder of WordNet's database, or <see langword="null"/> to do without.</param>
    /// <param name="known">Texts whose words decide which meanings are taken.</param>
    public static TextCorpus Read(string clauses, IEnumerable<string> captionFiles, string? wordNet, IEnumerable<string> known)
    {
        var rows = CorpusTable.Read(clauses, "label", "group", "clause", "group_clause");
        var places = rows.ToDictionary(row => row.Fields[0], row => row.Fields, StringComparer.Ordinal);
        var first = rows.GroupBy(row => row.Fields[1]).ToDictionary(group => group.Key, group => AudioSetLabels.All.ToList().IndexOf(group.First().Fields[0]));
        var labels = AudioSetLabels.All.Select(label => places.TryGetValue(label, out var fields)
            ? new AudioSetText([label, .. label.Split(", "), fields[2]], fields[2], fields[3], first[fields[1]])
            : throw new CorpusException($"'{clauses}' has no line for AudioSet's label '{label}'; add one.") { File = clauses }).ToList();
        var captions = captionFiles.SelectMany(file => CorpusTable.Read(file, "fname", "raw_text", "text"))
            .GroupBy(row => row.Fields[0]).Select(group => group.Select(row => row.Fields[2]).ToArray()).Where(texts => texts.Length > 1).ToList();
        var words = known.Concat(labels.SelectMany(label => label.Texts)).Concat(captions.SelectMany(texts => texts)).SelectMany(WordTower.Stems).ToHashSet(StringComparer.Ordinal);
        if (wordNet is null)
            return new TextCorpus(labels, captions, [], []);
        var sets = ReadSets(wordNet);
        return new TextCorpus(labels, captions, Meant(sets, words), Near(wordNet, sets, words));
    }

    /// <summary>The text with one of its words replaced by a synonym, a wider or a narrower word, where WordNet has such.</summary>
    public string Varied(string text, SplitMix64 random)
    {
        var words = text.Split(' ');
        var known = Enumerable.Range(0, words.Length)
            .Select(i => (Place: i, Related: WordTower.Stems(words[i]).FirstOrDefault() is { } stem ? _related.GetValueOrDefault(stem) : null)).Where(word => word.Related is not null).ToList();
        if (known.Count == 0)
            return text;
        var (place, related) = known[random.Next(known.Count)];
        var kind = related![random.Next(related.Length)];
        words[place] = kind[random.Next(kind.Length)];
        return string.Join(' ', words);
    }

    /// <summary>The stems that a tower should know: those of texts of sounds, then the most frequent others.</summary>
    /// <param name="own">Texts all of whose words are taken.</param>
    /// <param name="most">The most stems.</param>
    public string Vocabulary(IEnumerable<string> own, int most)
    {
        var sure = own.Concat(Labels.SelectMany(label => label.Texts)).SelectMany(WordTower.Stems).Distinct().ToList();
        var others = Captions.SelectMany(texts => texts).Concat(Meanings.SelectMany(texts => texts)).SelectMany(WordTower.Stems)
            .GroupBy(stem => stem).Where(group => group.Count() > 1).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Key);
        return string.Join(' ', sure.Concat(others).Distinct().Take(most));
    }

    // The line of a set: offset, file, part of speech, number of words (hexadecimal), words with their numbers, number of pointers, pointers
    // (symbol, offset, part of speech, words), then the gloss.
    private static Dictionary<string, SynonymSet> ReadSets(string folder)
    {
        var sets = new Dictionary<string, SynonymSet>(StringComparer.Ordinal);
        foreach (var (part, files) in new[] { ("noun", NounFiles), ("verb", VerbFiles) })
        {
            foreach (var line in File.ReadLines(Path.Combine(folder, $"data.{part}")).Where(line => !line.StartsWith(' ')))
            {
                var bar = line.IndexOf('|', StringComparison.Ordinal);
                var fields = line[..bar].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                var count = Convert.ToInt32(fields[3], 16);
                var words = Enumerable.Range(0, count).Select(i => fields[4 + 2 * i].Replace('_', ' ')).ToArray();
                var above = new List<string>();
                var at = 4 + 2 * count;
                for (var pointer = int.Parse(fields[at++], CultureInfo.InvariantCulture); pointer > 0; pointer--, at += 4)
                {
                    if (fields[at] == "@")
                        above.Add(part[0] + fields[at + 1]);
                }
                var gloss = string.Join(' ', line[(bar + 1)..].Split(';')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostGlossWords));
                sets[part[0] + fields[0]] = new SynonymSet(words, above, gloss, files.Contains(fields[1]));
            }
        }
        foreach (var (key, set) in sets)
        {
            foreach (var parent in set.Above.Where(sets.ContainsKey))
                sets[parent].Below.Add(key);
        }
        return sets;
    }

    private static List<string[]> Meant(Dictionary<string, SynonymSet> sets, HashSet<string> known)
    {
        bool Known(string text) => WordTower.Stems(text).All(known.Contains);
        var meanings = new List<string[]>();
        foreach (var set in sets.Values)
        {
            var parents = set.Above.Select(key => sets[key]).ToList();
            if (set.Fits && (set.Words.Any(Known) || parents.Exists(parent => parent.Fits && parent.Words.Any(Known))))
                meanings.Add([.. set.Words, .. parents.SelectMany(parent => parent.Words), set.Gloss]);
        }
        return meanings;
    }

    // For the stem of a word: synonyms, words above and words below of its two most usual meanings that fit sounds.
    private static Dictionary<string, string[][]> Near(string folder, Dictionary<string, SynonymSet> sets, HashSet<string> known)
    {
        const int Meanings = 2;
        var near = new Dictionary<string, List<string>[]>(StringComparer.Ordinal);
        foreach (var part in new[] { "noun", "verb" })
        {
            // A lemma, its part of speech, its sets, pointers, and their symbols, two counts; at the end the sets, the most usual first.
            foreach (var line in File.ReadLines(Path.Combine(folder, $"index.{part}")).Where(line => !line.StartsWith(' ')))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[0].Contains('_') || WordTower.Stems(fields[0]).FirstOrDefault() is not { } stem || !known.Contains(stem))
                    continue;
                var meant = fields[^int.Parse(fields[2], CultureInfo.InvariantCulture)..].Select(offset => sets[part[0] + offset]).Where(set => set.Fits).Take(Meanings);
                foreach (var set in meant)
                {
                    if (!near.TryGetValue(stem, out var kinds))
                        near[stem] = kinds = [[], [], []];
                    kinds[0].AddRange(set.Words.Where(word => word != fields[0]));
                    kinds[1].AddRange(set.Above.Select(key => sets[key]).Where(above => above.Fits).SelectMany(above => above.Words));
                    kinds[2].AddRange(set.Below.Select(key => sets[key]).SelectMany(below => below.Words.Take(2)));
                }
            }
        }
        return near.Select(pair => (pair.Key, Kinds: pair.Value.Where(kind => kind.Count > 0).Select(kind => kind.ToArray()).ToArray()))
            .Where(pair => pair.Kinds.Length > 0).ToDictionary(pair => pair.Key, pair => pair.Kinds, StringComparer.Ordinal);
    }

    /// <summary>Words of one meaning.</summary>
    /// <param name="Words">The words.</param>
    /// <param name="Above">The sets of wider meaning.</param>
    /// <param name="Gloss">What the dictionary says.</param>
    /// <param name="Fits">Whether it is of a kind that sounds are told with.</param>
    private sealed record SynonymSet(string[] Words, List<string> Above, string Gloss, bool Fits)
    {
        public List<string> Below { get; } = [];
    }
}

/// <summary>The texts of a label of AudioSet.</summary>
/// <param name="Texts">Its name, the name's parts and a clause.</param>
/// <param name="Clause">A clause in the present tense.</param>
/// <param name="GroupClause">A clause that is true of its whole group.</param>
/// <param name="GroupHead">The number of the first label of its group.</param>
internal sealed record AudioSetText(IReadOnlyList<string> Texts, string Clause, string GroupClause, int GroupHead);
