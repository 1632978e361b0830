using System.Globalization;

namespace Auricle.Audio;

/// <summary>Times in messages.</summary>
internal static class SecondsText
{
    public static string Of(double seconds) => seconds.ToString("0.0##", CultureInfo.InvariantCulture);
}
