using System.Text;

namespace Auricle.Text.Subwords;

/// <summary>Takes accents off: canonical decomposition without nonspacing marks.</summary>
internal static class Accents
{
    public static string Strip(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var result = new StringBuilder(text.Length);
        var parts = new List<Rune>();
        foreach (var rune in text.EnumerateRunes())
        {
            parts.Clear();
            CanonicalText.AddParts(rune, parts);
            foreach (var part in parts)
            {
                if (!Characters.IsNonspacingMark(part))
                    result.Append(part);
            }
        }
        return result.ToString();
    }
}
