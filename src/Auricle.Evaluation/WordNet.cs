using System.Globalization;

namespace Auricle.Evaluation;

/// <summary>
/// Makes METEOR's synonym sets and irregular forms from the database files of WordNet 3.0, as Princeton published them or as Debian's
/// package <c>wordnet-base</c> installs them.
/// </summary>
internal static class WordNet
{
    // What METEOR's own files hold, which is what WordNet 3.0 holds.
    private const int WordCount = 147_306;
    private const int SynsetCount = 117_374;

    private static readonly string[] Parts = ["noun", "verb", "adj", "adv"];

    /// <summary>
    /// METEOR numbers a synonym set by its place in Princeton's files and knows no part of speech, so that sets of two parts may share
    /// a number. Debian builds its files anew and two glosses come out longer or shorter: from one set on, up to another, places differ.
    /// </summary>
    private static readonly (string Part, int From, int Below, int Shift)[] DebianShifts =
    [
        ("adj", 1_681_478, int.MaxValue, 1),
        ("verb", 613_036, 2_422_967, 18),
    ];

    /// <summary>
    /// The folder of the installed database: <c>AURICLE_WORDNET</c>, else <c>dict</c> in <c>WNHOME</c>, else where Debian puts it; <see
    /// langword="null"/> where there is none.
    /// </summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable("AURICLE_WORDNET") is { Length: > 0 } folder)
            return IsDatabase(folder) ? folder : null;
        string[] places = ["/usr/share/wordnet", "/usr/local/share/wordnet"];
        if (Environment.GetEnvironmentVariable("WNHOME") is { Length: > 0 } home)
            places = [Path.Combine(home, "dict"), .. places];
        return Array.Find(places, IsDatabase);
    }

    /// <summary>Lines of a file of synonym sets: a word, then the numbers of its sets.</summary>
    /// <exception cref="MetricDataException">The files are not those of WordNet 3.0.</exception>
    public static string[] Synsets(string folder)
    {
        var words = new Dictionary<string, SortedSet<int>>(StringComparer.Ordinal);
        var all = new HashSet<int>();
        foreach (var part in Parts)
        {
            var path = Path.Combine(folder, $"index.{part}");
            var entries = new List<(string Word, int[] Places)>();
            // Licence lines begin with a blank; then: word, part, number of sets, …, their places.
            foreach (var line in MeteorResources.ReadLines(path).Where(line => line.Length > 0 && line[0] != ' '))
                entries.Add(ReadEntry(path, line));
            var shifts = Array.FindAll(DebianShifts, shift => shift.Part == part && entries.Exists(entry => entry.Places.Contains(shift.From)));
            foreach (var (word, places) in entries)
            {
                if (!words.TryGetValue(word, out var numbers))
                    words[word] = numbers = [];
                foreach (var place in places)
                {
                    var number = place - shifts.Where(shift => place >= shift.From && place < shift.Below).Sum(shift => shift.Shift);
                    numbers.Add(number);
                    all.Add(number);
                }
            }
        }
        if (words.Count != WordCount || all.Count != SynsetCount)
        {
            throw new MetricDataException(
                $"'{folder}' holds {words.Count} words in {all.Count} synonym sets, but WordNet 3.0, which METEOR's figures rest on, "
                    + $"has {WordCount} in {SynsetCount}; point AURICLE_WORDNET to WordNet 3.0.");
        }
        return [.. words.OrderBy(item => item.Key, StringComparer.Ordinal)
            .SelectMany(item => new[] { item.Key,
                string.Join(' ', item.Value.Select(number => number.ToString("00000000", CultureInfo.InvariantCulture))) })];
    }

    /// <summary>Lines of a file of irregular forms: a base form, then its forms.</summary>
    public static string[] Exceptions(string folder)
    {
        var forms = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var line in Parts.SelectMany(part => MeteorResources.ReadLines(Path.Combine(folder, $"{part}.exc"))))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (var word in words.Skip(1))
            {
                if (!forms.TryGetValue(word, out var known))
                    forms[word] = known = new(StringComparer.Ordinal);
                known.Add(words[0]);
            }
        }
        return [.. forms.SelectMany(item => new[] { item.Key, string.Join(' ', item.Value) })];
    }

    private static bool IsDatabase(string folder) =>
        Array.TrueForAll(Parts, part => File.Exists(Path.Combine(folder, $"index.{part}")) && File.Exists(Path.Combine(folder, $"{part}.exc")));

    private static (string Word, int[] Places) ReadEntry(string path, string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 6 || !int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count > fields.Length - 6)
            throw new MetricDataException($"'{path}' has a line that is no entry of WordNet's index: '{(line.Length > 80 ? line[..80] + "…" : line)}'.");
        var places = new int[count];
        for (var i = 0; i < count; i++)
        {
            if (!int.TryParse(fields[^(count - i)], NumberStyles.None, CultureInfo.InvariantCulture, out places[i]))
                throw new MetricDataException($"'{path}' has a line that is no entry of WordNet's index: '{(line.Length > 80 ? line[..80] + "…" : line)}'.");
        }
        return (fields[0], places);
    }
}
