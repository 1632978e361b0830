using Auricle.Training;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Auricle.Cli.Tags;

/// <summary>
/// Draws which labels fit a sound at which time: a row for each of the strongest labels, the darker the more probable. What it keeps does not
/// grow with the sound: where there are more times than columns, neighbours share one, which shows the higher of their probabilities.
/// </summary>
/// <param name="labels">All labels.</param>
internal sealed class TimelinePicture(IReadOnlyList<string> labels) : IProgress<HeardMoment>
{
    private const int MostColumns = 1200;
    private const int MostRows = 12;
    private const int FewestRows = 3;
    private const int LongestLabel = 30;
    private const int Shades = 40;
    private const double HalfBar = 0.46;
    private const int MostMarks = 12;
    private const double Notable = 0.1;
    private const int Width = 1000;
    private const int RowHeight = 26;
    private const int Margins = 120;

    // Seconds between marks of the time, as clocks have them.
    private static readonly double[] Steps = [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];

    private static readonly OxyColor Ink = OxyColor.FromRgb(0x33, 0x33, 0x33);
    private static readonly OxyPalette Blues = OxyPalette.Interpolate(
        256, OxyColors.White, OxyColor.FromRgb(0x9E, 0xCA, 0xE9), OxyColor.FromRgb(0x00, 0x72, 0xB2), OxyColor.FromRgb(0x08, 0x25, 0x4A));

    private readonly List<float[]> _columns = [];
    private int _perColumn = 1;
    private int _inLast;

    /// <summary>Takes what is heard at a time; the times ascend evenly.</summary>
    public void Report(HeardMoment value)
    {
        if (_inLast == 0 && _columns.Count == 2 * MostColumns)
            Halve();
        if (_inLast == 0)
            _columns.Add(value.Probabilities.ToArray());
        else
            Raise(_columns[^1], value.Probabilities.Span);
        _inLast = (_inLast + 1) % _perColumn;
    }

    /// <summary>The picture, as SVG.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="duration">The length of the sound in seconds.</param>
    public string Draw(string title, double duration)
    {
        var rows = Strongest();
        var height = Margins + rows.Length * RowHeight;
        var model = new PlotModel
        {
            Title = title,
            DefaultFont = "Arial, 'DejaVu Sans', sans-serif",
            TitleFontSize = 15,
            TitleColor = Ink,
            TextColor = Ink,
            Background = OxyColors.White,
            PlotAreaBorderColor = OxyColor.FromRgb(0xBB, 0xBB, 0xBB),
            Padding = new OxyThickness(28, 10, 12, 8),
        };
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Bottom, Title = "time", Minimum = 0, Maximum = duration, LabelFormatter = Times.Clock, FontSize = 12,
            MajorStep = Array.Find(Steps, step => duration / step <= MostMarks) is > 0 and var fitting ? fitting : duration, MinorTickSize = 0,
        });
        var names = new CategoryAxis { Position = AxisPosition.Left, FontSize = 12, TickStyle = TickStyle.None, GapWidth = 0 };
        names.Labels.AddRange(rows.Select(row => Short(labels[row])));
        model.Axes.Add(names);
        model.Axes.Add(new LinearColorAxis { Position = AxisPosition.Right, Title = "probability", Minimum = 0, Maximum = 1, Palette = Blues, FontSize = 11, MinorTickSize = 0 });
        model.Series.Add(Bars(rows, duration));
        var exporter = new SvgExporter
        {
            Width = Width, Height = height, IsDocument = true, UseVerticalTextAlignmentWorkaround = true, TextMeasurer = new SvgTextMeasurer(Width, height),
        };
        return exporter.ExportToString(model);
    }

    /// <summary>A bar for each run of columns with the same shade; what is next to nothing has none.</summary>
    private RectangleBarSeries Bars(int[] rows, double duration)
    {
        // Bars meet at fractions of a pixel, where viewers would let the background through.
        var bars = new RectangleBarSeries { StrokeThickness = 0, EdgeRenderingMode = EdgeRenderingMode.PreferSharpness };
        for (var y = 0; y < rows.Length; y++)
        {
            for (int start = 0, end; start < _columns.Count; start = end)
            {
                var shade = Shade(start);
                for (end = start + 1; end < _columns.Count && Shade(end) == shade;)
                    end++;
                if (shade == 0)
                    continue;
                bars.Items.Add(new RectangleBarItem(start * duration / _columns.Count, y - HalfBar, end * duration / _columns.Count, y + HalfBar)
                {
                    Color = Blues.Colors[shade * (Blues.Colors.Count - 1) / Shades],
                });
            }

            int Shade(int column) => (int)Math.Round(_columns[column][rows[y]] * Shades);
        }
        return bars;
    }

    /// <summary>The labels that are most probable at any time, the strongest last, since rows are counted from below.</summary>
    private int[] Strongest()
    {
        var peaks = new float[labels.Count];
        foreach (var column in _columns)
            Raise(peaks, column);
        int[] order = [.. Enumerable.Range(0, peaks.Length).OrderByDescending(label => peaks[label])];
        var count = Math.Clamp(peaks.Count(peak => peak >= Notable), Math.Min(FewestRows, order.Length), Math.Min(MostRows, order.Length));
        return [.. order.Take(count).Reverse()];
    }

    private void Halve()
    {
        for (var i = 0; i < _columns.Count / 2; i++)
        {
            _columns[i] = _columns[2 * i];
            Raise(_columns[i], _columns[2 * i + 1]);
        }
        _columns.RemoveRange(_columns.Count / 2, _columns.Count - _columns.Count / 2);
        _perColumn *= 2;
    }

    private static void Raise(float[] values, ReadOnlySpan<float> others)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = Math.Max(values[i], others[i]);
    }

    private static string Short(string label) => ShownText.Of(label.Length <= LongestLabel ? label : label[..(LongestLabel - 1)] + "…");
}
