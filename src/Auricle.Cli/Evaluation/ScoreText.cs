using System.Globalization;

namespace Auricle.Cli.Evaluation;

/// <summary>Spells scores the same way everywhere.</summary>
internal static class ScoreText
{
    /// <summary>Four decimals; counts of words, which are large, have one where they need it.</summary>
    public static string Of(double value) => value.ToString(Math.Abs(value) >= 100 ? "0.#" : "0.0000", CultureInfo.InvariantCulture);

    /// <summary>With a sign.</summary>
    public static string Signed(double value) => value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);

    /// <summary>A p-value; small ones only as a bound.</summary>
    public static string Probability(double value) => value < 0.0001 ? "< 0.0001" : value.ToString("0.0000", CultureInfo.InvariantCulture);
}
