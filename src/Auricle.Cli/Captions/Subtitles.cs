using System.Text;

namespace Auricle.Cli.Captions;

/// <summary>Subtitles of the sounds in a recording. Neighbouring segments with the same caption become one.</summary>
internal static class Subtitles
{
    /// <summary>The text of a subtitle file.</summary>
    public static string Format(CaptionResult result, CaptionFormat format)
    {
        var isWebVtt = format == CaptionFormat.Vtt;
        var point = isWebVtt ? '.' : ',';
        var text = new StringBuilder(isWebVtt ? "WEBVTT\n\n" : "");
        var number = 0;
        foreach (var (start, end, said) in Merge(result.Segments))
        {
            // An empty line inside a cue would end it.
            var caption = ShownText.Of(said.ReplaceLineEndings(" "));
            if (!isWebVtt)
                text.Append(Times.Culture, $"{++number}\n");
            text.Append(Times.Culture, $"{Times.Subtitle(start, point)} --> {Times.Subtitle(end, point)}\n");
            text.Append(isWebVtt ? Escape(caption) : caption).Append("\n\n");
        }
        return text.ToString();
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
