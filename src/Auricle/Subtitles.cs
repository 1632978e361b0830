using System.Globalization;
using System.Text;

namespace Auricle;

/// <summary>Subtitles of the sounds in a recording. Neighbouring segments with the same caption become one.</summary>
public static class Subtitles
{
    /// <summary>The text of a subtitle file.</summary>
    /// <param name="result">What was heard, in segments.</param>
    /// <param name="isWebVtt">Whether it is WebVTT and not SubRip.</param>
    public static string Format(CaptionResult result, bool isWebVtt)
    {
        ArgumentNullException.ThrowIfNull(result);
        var point = isWebVtt ? '.' : ',';
        var text = new StringBuilder(isWebVtt ? "WEBVTT\n\n" : "");
        var number = 0;
        foreach (var (start, end, said) in Merge(result.Segments))
        {
            // An empty line inside a cue would end it.
            var caption = ShownText.Of(said.ReplaceLineEndings(" "));
            if (!isWebVtt)
                text.Append(CultureInfo.InvariantCulture, $"{++number}\n");
            text.Append(CultureInfo.InvariantCulture, $"{Time(start, point)} --> {Time(end, point)}\n");
            text.Append(isWebVtt ? Escape(caption) : caption).Append("\n\n");
        }
        return text.ToString();
    }

    /// <summary>Hours, minutes, seconds and milliseconds.</summary>
    private static string Time(double seconds, char point)
    {
        var milliseconds = (long)Math.Round(seconds * 1000);
        return string.Create(
            CultureInfo.InvariantCulture, $"{milliseconds / 3_600_000:00}:{milliseconds / 60_000 % 60:00}:{milliseconds / 1000 % 60:00}{point}{milliseconds % 1000:000}");
    }

    private static List<(double Start, double End, string Caption)> Merge(IReadOnlyList<CaptionSegment> segments)
    {
        var merged = new List<(double Start, double End, string Caption)>();
        foreach (var segment in segments)
        {
            if (merged.Count > 0 && merged[^1].Caption == segment.Caption)
                merged[^1] = merged[^1] with { End = segment.End };
            else
                merged.Add((segment.Start, segment.End, segment.Caption));
        }
        return merged;
    }

    // WebVTT reads markup in its cues.
    private static string Escape(string caption) =>
        caption.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
