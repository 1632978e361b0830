using System.Globalization;
using System.Text;

namespace Auricle;

/// <summary>
/// Foreign text, such as the name of a file, as a person may see it: what would move the cursor, change colours or turn the order of the
/// letters stands as an escape.
/// </summary>
public static class ShownText
{
    /// <summary>For messages and tables: <c>\n</c>, <c>\t</c>, <c>\e</c>, and <c>\u202e</c> for other characters that steer.</summary>
    public static string Of(string text) => Escape(text, letter => letter switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u001b' => "\\e",
        _ => null,
    });

    /// <summary>For JSON, where the same characters have escapes of their own.</summary>
    public static string InJson(string json) => Escape(json, letter => letter == '\n' ? "\n" : null);

    private static string Escape(string text, Func<int, string?> known)
    {
        StringBuilder? shown = null;
        for (var place = 0; place < text.Length;)
        {
            var status = Rune.DecodeFromUtf16(text.AsSpan(place), out var rune, out var length);
            if (status != System.Buffers.OperationStatus.Done || Steers(rune))
            {
                shown ??= new StringBuilder(text, 0, place, text.Length + 16);
                shown.Append(known(text[place]) ?? string.Concat(text.AsSpan(place, length).ToArray().Select(unit => $"\\u{(int)unit:x4}")));
            }
            else
            {
                shown?.Append(text, place, length);
            }
            place += length;
        }
        return shown?.ToString() ?? text;
    }

    private static bool Steers(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
