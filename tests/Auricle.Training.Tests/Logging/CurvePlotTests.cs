using System.Xml.Linq;

namespace Auricle.Training.Tests;

public sealed class CurvePlotTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-curves-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static List<MetricsLine> Run()
    {
        var random = new SplitMix64(1);
        var lines = new List<MetricsLine>();
        for (var step = 1; step <= 400; step++)
        {
            var epoch = step / 40.0;
            lines.Add(new(step, epoch, [new("loss", 0.8 + 4 * Math.Exp(-epoch / 3) + random.Uniform(-0.3, 0.3)), new("lr", 2.5e-4 * (1 + Math.Cos(Math.PI * epoch / 10)))]));
            if (step % 40 == 0)
                lines.Add(new(step, epoch, [new("val_loss", 1.2 + 3.6 * Math.Exp(-epoch / 3)), new("val_spider", 0.3 * (1 - Math.Exp(-epoch / 4))), new("val_recall", 0.5 * (1 - Math.Exp(-epoch / 2)))]));
        }
        lines.Add(new(401, 10, [new("val_loss", double.NaN)]));
        return lines;
    }

    [Fact]
    public void DefaultPanels_OfARun_GroupLossesMetricsAndRate()
    {
        var panels = CurvePlot.DefaultPanels(Run());
        Assert.Equal(["loss", "validation", "learning rate"], panels.Select(panel => panel.Title));
        Assert.Equal(["loss", "val_loss"], panels[0].Names);
        Assert.Equal(["val_spider", "val_recall"], panels[1].Names);
    }

    [Fact]
    public void Compare_Runs_DrawsACurveForEach()
    {
        var path = Path.Combine(_folder, "runs.svg");
        CurvePlot.Compare(path, "val_loss", [("one", Run()), ("other", Run())]);
        var texts = XDocument.Load(path).Descendants(XName.Get("text", "http://www.w3.org/2000/svg")).Select(text => text.Value).ToList();
        Assert.Contains(texts, text => text.StartsWith("one ", StringComparison.Ordinal));
        Assert.Contains(texts, text => text.StartsWith("other ", StringComparison.Ordinal));
        Assert.Contains("val_loss", texts);
    }

    [Fact]
    public void Write_Run_IsAnSvgWithEveryCurve()
    {
        var path = Path.Combine(_folder, "curves.svg");
        CurvePlot.Write(path, "tiny & quick", Run());
        var svg = XDocument.Load(path);
        XNamespace space = "http://www.w3.org/2000/svg";
        Assert.Equal(3, svg.Root!.Elements(space + "svg").Count());
        var texts = svg.Descendants(space + "text").Select(text => text.Value).ToList();
        Assert.Contains("tiny & quick", texts);
        foreach (var name in new[] { "loss", "val_loss", "val_spider", "val_recall", "lr" })
            Assert.Contains(texts, text => text.StartsWith(name + " ", StringComparison.Ordinal));

        var ids = svg.Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());

        // Every point of a curve lies in the picture: no NaN and no infinity was drawn.
        var points = svg.Descendants(space + "polyline").Select(line => line.Attribute("points")!.Value).ToList();
        Assert.True(points.Count >= 6);
        Assert.All(points, list => Assert.DoesNotContain("NaN", list, StringComparison.Ordinal));
    }

    [Fact]
    public void Write_EmptyLog_IsAnEmptyPicture()
    {
        var path = Path.Combine(_folder, "empty.svg");
        CurvePlot.Write(path, "empty", []);
        Assert.Empty(XDocument.Load(path).Root!.Elements());
    }
}
