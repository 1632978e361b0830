using System.Globalization;
using System.Text;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Auricle.Training;

/// <summary>Draws a run's measurements over its epochs, as an SVG image.</summary>
public static class CurvePlot
{
    private const int Width = 900;
    private const int PanelHeight = 320;
    private const int FewPoints = 60;

    // Okabe and Ito's colours, which the colour-blind tell apart.
    private static readonly OxyColor[] Colours =
    [
        OxyColor.FromRgb(0x00, 0x72, 0xB2), OxyColor.FromRgb(0xD5, 0x5E, 0x00), OxyColor.FromRgb(0x00, 0x9E, 0x73),
        OxyColor.FromRgb(0xCC, 0x79, 0xA7), OxyColor.FromRgb(0xE6, 0x9F, 0x00), OxyColor.FromRgb(0x56, 0xB4, 0xE9),
    ];

    private static readonly OxyColor Ink = OxyColor.FromRgb(0x33, 0x33, 0x33);

    /// <summary>The panels for a log that nobody described: all losses, all other measurements of validation, the learning rate.</summary>
    public static IReadOnlyList<CurvePanel> DefaultPanels(IReadOnlyList<MetricsLine> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var names = lines.SelectMany(line => line.Values.Select(value => value.Key)).Distinct().ToList();
        var losses = names.FindAll(name => name.EndsWith("loss", StringComparison.Ordinal));
        var metrics = names.FindAll(name => name.StartsWith("val_", StringComparison.Ordinal) && !losses.Contains(name));
        CurvePanel[] panels = [new("loss", losses), new("validation", metrics), new("learning rate", names.FindAll(name => name == "lr"))];
        return [.. panels.Where(panel => panel.Names.Count > 0)];
    }

    /// <summary>Writes the image, whole or not at all.</summary>
    /// <param name="path">The SVG file.</param>
    /// <param name="title">The heading, for example the run's name.</param>
    /// <param name="lines">The log.</param>
    /// <param name="panels">What is drawn, one diagram below the other; <see langword="null"/> draws <see cref="DefaultPanels"/>.</param>
    public static void Write(string path, string title, IReadOnlyList<MetricsLine> lines, IReadOnlyList<CurvePanel>? panels = null)
    {
        ArgumentNullException.ThrowIfNull(lines);
        panels ??= DefaultPanels(lines);
        var svg = new StringBuilder();
        var height = panels.Count * PanelHeight;
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" viewBox=\"0 0 {Width} {height}\">\n");
        for (var i = 0; i < panels.Count; i++)
        {
            var exporter = new SvgExporter
            {
                Width = Width,
                Height = PanelHeight,
                IsDocument = false,
                UseVerticalTextAlignmentWorkaround = true,
                TextMeasurer = new SvgTextMeasurer(Width, PanelHeight),
            };

            // Each panel is an SVG of its own inside the whole, so its names need to be its own too.
            var panel = exporter.ExportToString(Draw(panels[i], i == 0 ? title : null, lines))
                .Replace("id=\"clipPath", $"id=\"panel{i}-", StringComparison.Ordinal)
                .Replace("url(#clipPath", $"url(#panel{i}-", StringComparison.Ordinal);
            svg.Append(CultureInfo.InvariantCulture, $"<svg y=\"{i * PanelHeight}\" ")
                .Append(panel.AsSpan(panel.IndexOf("<svg ", StringComparison.Ordinal) + 5)).Append('\n');
        }
        svg.Append("</svg>\n");
        AtomicFile.WriteText(path, svg.ToString());
    }

    /// <summary>Draws one measurement of several runs into one diagram.</summary>
    /// <param name="path">The SVG file.</param>
    /// <param name="measure">The measurement, by its name in the logs.</param>
    /// <param name="runs">What each curve is called, and its log.</param>
    public static void Compare(string path, string measure, IReadOnlyList<(string Name, IReadOnlyList<MetricsLine> Lines)> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var lines = runs.SelectMany(run => run.Lines.Where(line => line[measure] is not null).Select(line => line with { Values = [new(run.Name, line[measure]!.Value)] })).ToList();
        Write(path, measure, lines, [new(measure, [.. runs.Select(run => run.Name)])]);
    }

    private static PlotModel Draw(CurvePanel panel, string? title, IReadOnlyList<MetricsLine> lines)
    {
        var model = new PlotModel
        {
            Title = title,
            DefaultFont = "Arial, 'DejaVu Sans', sans-serif",
            TitleFontSize = 16,
            TitleColor = Ink,
            Background = OxyColors.White,
            TextColor = Ink,
            PlotAreaBorderColor = OxyColor.FromRgb(0xBB, 0xBB, 0xBB),
            PlotAreaBorderThickness = new OxyThickness(1, 0, 0, 1),
            Padding = new OxyThickness(12, 10, 20, 8),
        };
        model.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside,
            LegendPosition = LegendPosition.RightTop,
            LegendFontSize = 12,
            LegendBorderThickness = 0,
        });
        model.Axes.Add(Axis(AxisPosition.Bottom, "epoch"));
        model.Axes.Add(Axis(AxisPosition.Left, panel.Title));
        for (var i = 0; i < panel.Names.Count; i++)
        {
            var points = lines.Where(line => line[panel.Names[i]] is { } value && double.IsFinite(value))
                .Select(line => new DataPoint(line.Epoch, line[panel.Names[i]]!.Value)).ToList();
            if (points.Count > 0)
                AddCurve(model, panel.Names[i], points, Colours[i % Colours.Length]);
        }
        return model;
    }

    // Many points are noise from batch to batch: they are drawn pale, with their running mean on top.
    private static void AddCurve(PlotModel model, string name, List<DataPoint> points, OxyColor colour)
    {
        var many = points.Count > FewPoints;
        if (many)
        {
            var raw = new LineSeries { Color = OxyColor.FromAColor(70, colour), StrokeThickness = 1, RenderInLegend = false };
            raw.Points.AddRange(points);
            model.Series.Add(raw);
        }
        var last = points[^1].Y.ToString("G3", CultureInfo.InvariantCulture);
        var curve = new LineSeries
        {
            Title = $"{name} {last}",
            Color = colour,
            StrokeThickness = 2,
            MarkerType = many ? MarkerType.None : MarkerType.Circle,
            MarkerSize = 2.5,
            MarkerFill = colour,
        };
        curve.Points.AddRange(many ? Smooth(points) : points);
        model.Series.Add(curve);
    }

    // The mean over a window centred on each point, narrower at the ends so that it lags nowhere.
    private static IEnumerable<DataPoint> Smooth(List<DataPoint> points)
    {
        var reach = points.Count / FewPoints;
        for (var i = 0; i < points.Count; i++)
        {
            var near = Math.Min(reach, Math.Min(i, points.Count - 1 - i));
            var sum = 0.0;
            for (var j = i - near; j <= i + near; j++)
                sum += points[j].Y;
            yield return new DataPoint(points[i].X, sum / (2 * near + 1));
        }
    }

    private static LinearAxis Axis(AxisPosition position, string title) => new()
    {
        Position = position,
        Title = title,
        TitleFontSize = 13,
        AxisTitleDistance = position == AxisPosition.Bottom ? 4 : 14,
        Minimum = position == AxisPosition.Bottom ? 0 : double.NaN,
        FontSize = 12,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = OxyColor.FromRgb(0xE8, 0xE8, 0xE8),
        TickStyle = TickStyle.None,
        AxislineStyle = LineStyle.None,
        MinimumPadding = position == AxisPosition.Bottom ? 0 : 0.04,
        MaximumPadding = position == AxisPosition.Bottom ? 0.01 : 0.04,
    };
}

/// <summary>One diagram of a curve plot.</summary>
/// <param name="Title">What the vertical axis shows.</param>
/// <param name="Names">The measurements drawn, by their names in the log; those the log lacks are left out.</param>
public sealed record CurvePanel(string Title, IReadOnlyList<string> Names);
