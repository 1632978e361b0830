using System.Globalization;
using System.Text;

namespace Auricle.Text.Subwords;

/// <summary>
/// Takes accents off: canonical decomposition without nonspacing marks. The table is our own because programs with
/// invariant globalization have no normalisation.
/// </summary>
internal static class Accents
{
    // Unicode's arithmetic for Hangul syllables.
    private const int FirstSyllable = 0xAC00;
    private const int LastSyllable = 0xD7A3;
    private const int FirstLead = 0x1100;
    private const int FirstVowel = 0x1161;
    private const int BeforeFirstTail = 0x11A7;
    private const int Vowels = 21;
    private const int Tails = 28;

    private static readonly Lazy<Dictionary<int, string>> Bases = new(Read);

    public static string Strip(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Characters.IsNonspacingMark(rune))
                continue;
            if (rune.Value is >= FirstSyllable and <= LastSyllable)
                AppendSyllable(result, rune.Value - FirstSyllable);
            else if (Bases.Value.TryGetValue(rune.Value, out var plain))
                result.Append(plain);
            else
                result.Append(rune);
        }
        return result.ToString();
    }

    private static void AppendSyllable(StringBuilder result, int index)
    {
        result.Append((char)(FirstLead + index / (Vowels * Tails)));
        result.Append((char)(FirstVowel + index / Tails % Vowels));
        if (index % Tails > 0)
            result.Append((char)(BeforeFirstTail + index % Tails));
    }

    private static Dictionary<int, string> Read()
    {
        using var reader = new StreamReader(typeof(Accents).Assembly.GetManifestResourceStream("Auricle.Text.accents.txt")!);
        var bases = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            var points = line.Split(' ').Select(point => int.Parse(point, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            bases[points[0]] = string.Concat(points.Skip(1).Select(char.ConvertFromUtf32));
        }
        return bases;
    }
}
