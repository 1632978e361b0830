using System.Text;
using System.Text.RegularExpressions;

namespace Auricle.Data;

/// <summary>
/// What the baseline of DCASE's retrieval task does to captions: <see cref="Clean"/> makes the column <c>text</c> of its tables out of <c>raw_text</c>, but for a
/// few that were edited by hand; <see cref="Correct"/> mends slips of the captions themselves.
/// </summary>
public static partial class CaptionCleanup
{
    // Accidental where they stand in Clotho; "had had" and its like are left alone.
    private static readonly string[] Doubled = ["a", "the", "busy", "to", "on", "bicycle"];

    /// <summary>Lower case, every character that is neither of a word nor a blank a blank, and single blanks.</summary>
    public static string Clean(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        var text = new StringBuilder(caption.Length);
        foreach (var character in caption.ToLowerInvariant())
            text.Append(char.IsLetterOrDigit(character) || character == '_' ? character : ' ');
        return Blanks().Replace(text.ToString(), " ").Trim();
    }

    /// <summary>Single blanks, "echoes" for "echos", and one of two equal words where the second is an accident.</summary>
    public static string Correct(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        var words = Blanks().Replace(caption, " ").Trim().Split(' ').ToList();
        for (var i = words.Count - 1; i > 0; i--)
        {
            if (words[i].Equals(words[i - 1], StringComparison.OrdinalIgnoreCase) && Doubled.Contains(words[i].ToLowerInvariant()))
                words.RemoveAt(i);
        }
        return Echoes().Replace(string.Join(' ', words), "$1choes");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\b([Ee])chos\b")]
    private static partial Regex Echoes();
}
