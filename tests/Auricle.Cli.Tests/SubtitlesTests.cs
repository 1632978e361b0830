using Auricle.Cli.Captions;

namespace Auricle.Cli.Tests;

public sealed class SubtitlesTests
{
    [Fact]
    public void Subtitles_NeighboursWithOneCaption_AreMerged()
    {
        var result = Result((0, 10, "rain"), (10, 20, "rain"), (20, 30.5, "a <dog> & rain"), (30.5, 3661.25, "rain"));
        Assert.Equal(
            "1\n00:00:00,000 --> 00:00:20,000\nrain\n\n2\n00:00:20,000 --> 00:00:30,500\na <dog> & rain\n\n3\n00:00:30,500 --> 01:01:01,250\nrain\n\n",
            Subtitles.Format(result, isWebVtt: false));
        Assert.Equal(
            "WEBVTT\n\n00:00:00.000 --> 00:00:20.000\nrain\n\n00:00:20.000 --> 00:00:30.500\na &lt;dog&gt; &amp; rain\n\n00:00:30.500 --> 01:01:01.250\nrain\n\n",
            Subtitles.Format(result, isWebVtt: true));
    }

    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(65, "1:05")]
    [InlineData(59.96, "1:00")]
    [InlineData(7.5, "0:07.5")]
    [InlineData(3600, "1:00:00")]
    [InlineData(90061, "25:01:01")]
    public void Clock_Seconds_ReadAsPeopleWriteThem(double seconds, string expected) => Assert.Equal(expected, Times.Clock(seconds));

    private static CaptionResult Result(params (double Start, double End, string Caption)[] segments) => new()
    {
        File = "a.wav",
        Caption = "",
        Score = 0,
        Duration = segments[^1].End,
        Candidates = [],
        Task = "",
        Model = "",
        Version = "",
        Segments = [.. segments.Select(segment => new CaptionSegment { Start = segment.Start, End = segment.End, Caption = segment.Caption, Score = 0, Candidates = [] })],
    };
}
