namespace Auricle.Evaluation;

/// <summary>
/// Text in the cells of a table. A spreadsheet runs a cell that begins like a formula, also one that came in a file's name or a caption; such
/// text gets an apostrophe before it, which a spreadsheet takes for the sign of text and our readers take away again.
/// </summary>
public static class SpreadsheetCell
{
    /// <summary>Text as it is written into a cell.</summary>
    /// <param name="text">Any text; numbers and a lone sign stay as they are, since they run nothing.</param>
    public static string Quote(string text) => Runs(text) ? $"'{text}" : text;

    /// <summary>Text as it was before <see cref="Quote"/>.</summary>
    /// <param name="cell">What the cell holds.</param>
    public static string Unquote(string cell) => cell is ['\'', ..] && Runs(cell[1..]) ? cell[1..] : cell;

    // Text that begins with apostrophes already gets one more, so that every text comes back.
    private static bool Runs(string text)
    {
        var rest = text.AsSpan().TrimStart('\'');
        return rest.Length > 1 && rest[0] is ('=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠') && !IsNumber(rest);
    }

    private static bool IsNumber(ReadOnlySpan<char> text) =>
        double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out _) && text[^1] is >= '0' and <= '9';
}
