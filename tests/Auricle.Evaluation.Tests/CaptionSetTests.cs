namespace Auricle.Evaluation.Tests;

public sealed class CaptionSetTests
{
    [Fact]
    public void Constructor_ClipWithoutReference_NamesTheClip()
    {
        var error = Assert.Throws<MetricInputException>(() => new CaptionSet(["a", "b"], [["a"], []]));
        Assert.Equal(1, error.Clip);
    }

    [Fact]
    public void Constructor_DifferentCounts_NamesBoth()
    {
        var error = Assert.Throws<MetricInputException>(() => new CaptionSet(["a", "b"], [["a"]]));
        Assert.Contains("2 candidates but 1 lists", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_NoClip_Throws() => Assert.Throws<MetricInputException>(() => new CaptionSet([], []));
}
