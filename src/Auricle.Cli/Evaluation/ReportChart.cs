using System.Globalization;
using System.Text;
using Auricle.Evaluation;

namespace Auricle.Cli.Evaluation;

/// <summary>Drawings of a report, as SVG elements that take their colours from the page.</summary>
internal static class ReportChart
{
    private const int Bins = 24;
    private const double Width = 280;
    private const double Height = 110;
    private const double Base = 92;     // where columns stand; numbers are below
    private const double BarWidth = 300;

    /// <summary>How clips are spread over scores; a second system as an outline.</summary>
    public static string Histogram(string label, IReadOnlyList<IReadOnlyList<double>> systems)
    {
        var values = systems.SelectMany(scores => scores).Where(double.IsFinite).ToArray();
        var low = Math.Min(0, values.DefaultIfEmpty(0).Min());
        var high = Math.Max(values.DefaultIfEmpty(0).Max(), low + 1e-9);
        var counts = systems.Select(scores => Count(scores, low, high)).ToArray();
        var most = Math.Max(1, counts.Max(bins => bins.Max()));
        var svg = new StringBuilder(Say($"<svg viewBox='0 0 {Width:0} {Height:0}' role='img' aria-label='{Html.Text(label)}'>"));
        for (var bin = 0; bin < Bins; bin++)
        {
            var top = Y(counts[0][bin]);
            if (counts[0][bin] > 0)
            {
                svg.Append(Say(
                    $"<rect class='first' x='{X(bin) + 0.5:0.#}' y='{top:0.#}' width='{(Width / Bins) - 1:0.#}' height='{Base - top:0.#}'>"))
                    .Append($"<title>{Range(bin)}: {counts[0][bin]} clips</title></rect>");
            }
        }
        if (systems.Count > 1)
        {
            var outline = string.Join(' ',
                Enumerable.Range(0, Bins).Select(bin => Say($"{X(bin):0.#},{Y(counts[1][bin]):0.#} {X(bin + 1):0.#},{Y(counts[1][bin]):0.#}")));
            svg.Append(Say($"<polyline class='second' points='0,{Base} {outline} {Width:0},{Base}'/>"));
        }
        var mean = systems[0].Where(double.IsFinite).DefaultIfEmpty(low).Average();
        var place = (mean - low) / (high - low) * Width;
        return svg.Append(Say($"<line class='axis' x1='0' y1='{Base}' x2='{Width:0}' y2='{Base}'/>"))
            .Append(Say($"<line class='mean' x1='{place:0.#}' y1='4' x2='{place:0.#}' y2='{Base}'><title>mean {ScoreText.Of(mean)}</title></line>"))
            .Append(Say($"<text x='0' y='106'>{low:0.##}</text><text x='{Width:0}' y='106' text-anchor='end'>{high:0.##}</text></svg>"))
            .ToString();

        double X(int bin) => bin * Width / Bins;
        double Y(int count) => Base - (count * (Base - 6) / most);
        string Range(int bin) => Say($"{low + (bin * (high - low) / Bins):0.###} to {low + ((bin + 1) * (high - low) / Bins):0.###}");
    }

    /// <summary>A score as a bar up to the largest it can be, with its interval.</summary>
    public static string Bar(double value, double largest, Interval? interval)
    {
        var svg = new StringBuilder(Say($"<svg viewBox='0 0 {BarWidth:0} 16' preserveAspectRatio='none' height='16' aria-hidden='true'><rect ")
            + Say($"class='track' width='{BarWidth:0}' height='8' y='4' rx='2'/>"))
            .Append(Say($"<rect class='first' width='{Place(value):0.#}' height='8' y='4' rx='2'/>"));
        if (interval is { } range && double.IsFinite(range.Low) && double.IsFinite(range.High))
            svg.Append(Say($"<path class='range' fill='none' d='M{Place(range.Low):0.#} 8H{Place(range.High):0.#}M{Place(range.Low):0.#} ")
                + Say($"3V13M{Place(range.High):0.#} 3V13'/>"));
        return svg.Append("</svg>").ToString();

        double Place(double score) => double.IsFinite(score) ? Math.Clamp(score / largest, 0, 1) * BarWidth : 0;
    }

    /// <summary>A difference with its interval beside zero, each on its own scale.</summary>
    public static string Whisker(PairedDifference item)
    {
        var most = Math.Max(1e-9, Math.Max(Math.Abs(item.Interval.Low), Math.Abs(item.Interval.High)) * 1.1);
        if (!double.IsFinite(most))
            return "";
        double Place(double value) => (1 + (Math.Clamp(value / most, -1, 1))) * BarWidth / 2;
        return Say($"<svg viewBox='0 0 {BarWidth:0} 16' height='16' aria-hidden='true'><line class='zero' x1='{BarWidth / 2}' y1='0' ")
            + Say($"x2='{BarWidth / 2}' y2='16'/>")
            + Say($"<path class='range' d='M{Place(item.Interval.Low):0.#} 8H{Place(item.Interval.High):0.#}'/><circle class='dot' ")
                + Say($"cx='{Place(item.Difference):0.#}' cy='8' r='3.5'/></svg>");
    }

    private static int[] Count(IReadOnlyList<double> scores, double low, double high)
    {
        var counts = new int[Bins];
        foreach (var score in scores.Where(double.IsFinite))
            counts[Math.Clamp((int)((score - low) / (high - low) * Bins), 0, Bins - 1)]++;
        return counts;
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
