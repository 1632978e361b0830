using System.Globalization;
using System.Text;

namespace Auricle.Text;

/// <summary>
/// Unicode's canonical decomposition (NFD), under which texts that look alike are equal however their accents are stored. The table is
/// our own because programs with invariant globalization have no normalisation: <see cref="string.Normalize()"/> gives the text back.
/// </summary>
public static class CanonicalText
{
    // Unicode's arithmetic for Hangul syllables.
    private const int FirstSyllable = 0xAC00;
    private const int LastSyllable = 0xD7A3;
    private const int FirstLead = 0x1100;
    private const int FirstVowel = 0x1161;
    private const int BeforeFirstTail = 0x11A7;
    private const int Vowels = 21;
    private const int Tails = 28;

    private static readonly Lazy<(Dictionary<int, Rune[]> Parts, Dictionary<int, byte> Classes)> Table = new(Read);

    /// <summary>The decomposed form of a text, with marks on one letter in canonical order.</summary>
    public static string Decompose(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Ascii.IsValid(text))
            return text;
        var runes = new List<Rune>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            AddParts(rune, runes);
        Order(runes);
        var result = new StringBuilder(text.Length);
        foreach (var rune in runes)
            result.Append(rune);
        return result.ToString();
    }

    /// <summary>Appends what a character is made of: itself where it is one piece.</summary>
    internal static void AddParts(Rune rune, List<Rune> parts)
    {
        if (rune.Value is >= FirstSyllable and <= LastSyllable)
        {
            var index = rune.Value - FirstSyllable;
            parts.Add(new Rune(FirstLead + index / (Vowels * Tails)));
            parts.Add(new Rune(FirstVowel + index / Tails % Vowels));
            if (index % Tails > 0)
                parts.Add(new Rune(BeforeFirstTail + index % Tails));
        }
        else if (Table.Value.Parts.TryGetValue(rune.Value, out var pieces))
        {
            parts.AddRange(pieces);
        }
        else
        {
            parts.Add(rune);
        }
    }

    // Marks of different classes may stand in either order; those of one class keep theirs.
    private static void Order(List<Rune> runes)
    {
        for (var start = 0; start < runes.Count; start++)
        {
            var end = start;
            while (end < runes.Count && ClassOf(runes[end]) > 0)
                end++;
            if (end - start > 1)
            {
                var sorted = runes.GetRange(start, end - start).OrderBy(ClassOf).ToList();
                for (var i = 0; i < sorted.Count; i++)
                    runes[start + i] = sorted[i];
            }
            start = Math.Max(start, end - 1);
        }
    }

    private static byte ClassOf(Rune rune) => Table.Value.Classes.GetValueOrDefault(rune.Value);

    private static (Dictionary<int, Rune[]> Parts, Dictionary<int, byte> Classes) Read()
    {
        using var reader = new StreamReader(typeof(CanonicalText).Assembly.GetManifestResourceStream("Auricle.Text.canonical.txt")!);
        var parts = new Dictionary<int, Rune[]>();
        var classes = new Dictionary<int, byte>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            var fields = line.TrimStart('=').Split(' ');
            if (line.StartsWith('='))
            {
                for (var point = Point(fields[0]); point <= Point(fields[1]); point++)
                    classes[point] = byte.Parse(fields[2], CultureInfo.InvariantCulture);
            }
            else
            {
                parts[Point(fields[0])] = [.. fields.Skip(1).Select(field => new Rune(Point(field)))];
            }
        }
        return (parts, classes);

        static int Point(string field) => int.Parse(field, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
