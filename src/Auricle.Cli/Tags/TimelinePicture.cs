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
    private const int LongestLabel = 36;
    private const double Notable = 0.1;
    private const int Width = 1000;
    private const int RowHeight = 26;
    private const int Margins = 120;

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
        var data = new double[Math.Max(2, _columns.Count), rows.Length];
        for (var x = 0; x < data.GetLength(0); x++)
        {
            for (var y = 0; y < rows.Length; y++)
                data[x, y] = _columns[Math.Min(x, _columns.Count - 1)][rows[y]];
        }
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
            Padding = new OxyThickness(12, 10, 12, 8),
        };
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Bottom, Title = "time", Minimum = 0, Maximum = duration, LabelFormatter = Times.Clock, FontSize = 12, TickStyle = TickStyle.Outside,
            MinimumMajorStep = 1,
        });
        var names = new CategoryAxis { Position = AxisPosition.Left, FontSize = 12, TickStyle = TickStyle.None, GapWidth = 0 };
        names.Labels.AddRange(rows.Select(row => Short(labels[row])));
        model.Axes.Add(names);
        model.Axes.Add(new LinearColorAxis { Position = AxisPosition.Right, Title = "probability", Minimum = 0, Maximum = 1, Palette = Blues, FontSize = 11 });
        model.Series.Add(new HeatMapSeries
        {
            X0 = 0, X1 = duration, Y0 = -0.5, Y1 = rows.Length - 0.5, CoordinateDefinition = HeatMapCoordinateDefinition.Edge,
            Data = data, Interpolate = false, RenderMethod = HeatMapRenderMethod.Bitmap,
        });
        var exporter = new SvgExporter
        {
            Width = Width, Height = height, IsDocument = true, UseVerticalTextAlignmentWorkaround = true, TextMeasurer = new SvgTextMeasurer(Width, height),
        };
        // A viewer would blur the few columns of a short sound over one another.
        return exporter.ExportToString(model).Replace("<image ", "<image style=\"image-rendering:pixelated\" ", StringComparison.Ordinal);
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
