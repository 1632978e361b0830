namespace Auricle.Text;

/// <summary>White space as caption tools define it: the Unicode kinds and the four ASCII information separators.</summary>
public static class WhiteSpace
{
    /// <summary>Whether <paramref name="character"/> separates words.</summary>
    public static bool Contains(char character) =>
        char.IsWhiteSpace(character) || character is >= '\u001c' and <= '\u001f';

    /// <summary>Splits <paramref name="text"/> at runs of white space; never gives an empty word.</summary>
    public static string[] Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var isGap = i == text.Length || Contains(text[i]);
            if (!isGap)
            {
                if (start < 0)
                    start = i;
            }
            else if (start >= 0)
            {
                words.Add(text[start..i]);
                start = -1;
            }
        }
        return [.. words];
    }

    internal static string Trim(string text)
    {
        var start = 0;
        var end = text.Length;
        while (start < end && Contains(text[start]))
            start++;
        while (end > start && Contains(text[end - 1]))
            end--;
        return text[start..end];
    }
}
