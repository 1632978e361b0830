using System.Globalization;

namespace Auricle.Cli;

/// <summary>Spells times the same way everywhere, whatever the user's language.</summary>
internal static class Times
{
    public static CultureInfo Culture => CultureInfo.InvariantCulture;

    /// <summary>Seconds as a number with at most three decimals.</summary>
    public static string Number(double seconds) => seconds.ToString("0.###", Culture);

    /// <summary>For people: <c>1:05</c>, <c>1:00:00</c>, with tenths where there are any.</summary>
    public static string Clock(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Round(seconds, 1));
        var tenths = time.Milliseconds == 0 ? "" : $".{time.Milliseconds / 100}";
        return time.TotalHours >= 1
            ? string.Create(Culture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}{tenths}")
            : string.Create(Culture, $"{time.Minutes}:{time.Seconds:00}{tenths}");
    }
}
