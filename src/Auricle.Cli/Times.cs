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

    /// <summary>For subtitles: hours, minutes, seconds and milliseconds.</summary>
    /// <param name="seconds">The time in seconds.</param>
    /// <param name="point">What stands before the milliseconds: a comma in SubRip, a full stop in WebVTT.</param>
    public static string Subtitle(double seconds, char point)
    {
        var milliseconds = (long)Math.Round(seconds * 1000);
        return string.Create(
            Culture, $"{milliseconds / 3_600_000:00}:{milliseconds / 60_000 % 60:00}:{milliseconds / 1000 % 60:00}{point}{milliseconds % 1000:000}");
    }
}
