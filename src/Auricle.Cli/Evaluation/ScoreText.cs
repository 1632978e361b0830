using System.Globalization;

namespace Auricle.Cli.Evaluation;

/// <summary>Spells scores, and the clips they are of, the same way everywhere.</summary>
internal static class ScoreText
{
    private const int NamesShown = 3;

    /// <summary>The first few of some clips' names, and how many more there are.</summary>
    public static string Names(IReadOnlyList<string> clips) =>
        string.Join(", ", clips.Take(NamesShown).Select(clip => $"'{clip}'")) + (clips.Count > NamesShown ? $" and {clips.Count - NamesShown} more" : "");

    /// <summary>Four decimals; counts of words, which are large, have one where they need it.</summary>
    public static string Of(double value) => value.ToString(Math.Abs(value) >= 100 ? "0.#" : "0.0000", CultureInfo.InvariantCulture);

    /// <summary>With a sign.</summary>
    public static string Signed(double value) => value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);

    /// <summary>A p-value; small ones only as a bound.</summary>
    public static string Probability(double value) => value < 0.0001 ? "< 0.0001" : value.ToString("0.0000", CultureInfo.InvariantCulture);
}
