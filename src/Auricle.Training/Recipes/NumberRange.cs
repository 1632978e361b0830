using System.Globalization;

namespace Auricle.Training;

/// <summary>The numbers that a recipe's key takes.</summary>
/// <param name="Minimum">The lower end.</param>
/// <param name="Maximum">The upper end.</param>
/// <param name="ExcludesMinimum">Whether the lower end itself is refused.</param>
public readonly record struct NumberRange(double Minimum, double Maximum, bool ExcludesMinimum = false)
{
    /// <summary>Every finite number.</summary>
    public static NumberRange Any { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Numbers above 0.</summary>
    public static NumberRange Positive { get; } = new(0, double.PositiveInfinity, ExcludesMinimum: true);

    /// <summary>0 and above.</summary>
    public static NumberRange NonNegative { get; } = new(0, double.PositiveInfinity);

    /// <summary>0 to 1, both included: shares and probabilities.</summary>
    public static NumberRange Unit { get; } = new(0, 1);

    /// <summary><paramref name="minimum"/> and above.</summary>
    public static NumberRange AtLeast(double minimum) => new(minimum, double.PositiveInfinity);

    /// <summary><paramref name="minimum"/> to <paramref name="maximum"/>, both included.</summary>
    public static NumberRange Between(double minimum, double maximum) => new(minimum, maximum);

    /// <summary>Whether a finite <paramref name="value"/> lies inside.</summary>
    public bool Contains(double value) =>
        double.IsFinite(value) && value <= Maximum && (ExcludesMinimum ? value > Minimum : value >= Minimum);

    /// <summary>The interval in words, with a space before it, or an empty text where every number fits.</summary>
    public override string ToString()
    {
        var culture = CultureInfo.InvariantCulture;
        return (double.IsFinite(Minimum), double.IsFinite(Maximum)) switch
        {
            (false, false) => "",
            (true, false) => string.Create(culture, $"{(ExcludesMinimum ? " above " : " of at least ")}{Minimum}"),
            (false, true) => string.Create(culture, $" of at most {Maximum}"),
            _ => string.Create(culture, $"{(ExcludesMinimum ? " above " : " from ")}{Minimum}{(ExcludesMinimum ? " and up to " : " to ")}{Maximum}"),
        };
    }
}
