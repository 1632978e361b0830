using Auricle.Testing;

namespace Auricle.Audio.Tests;

public sealed class AudioSegmentsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(25.0, new[] { 10.0, 10.0, 5.0 })]
    [InlineData(20.5, new[] { 10.0, 10.5 })]
    [InlineData(20.0, new[] { 10.0, 10.0 })]
    [InlineData(0.3, new[] { 0.3 })]
    public void Read_Sound_GivesConsecutiveStretches(double seconds, double[] expected)
    {
        var signal = HashWeights.Signal("segments", (int)(seconds * 8000));
        var path = _folder.Wav("a.wav", signal, 8000);
        using var reader = AudioFile.Open(path);
        var segments = AudioSegments.Read(reader, 16000, 10).ToList();
        Assert.Equal(expected, segments.Select(segment => segment.Clip.Seconds));
        Assert.Equal(AudioFile.Load(path, 16000).Samples, segments.SelectMany(segment => segment.Clip.Samples));
        Assert.All(segments.Skip(1).Zip(segments), pair => Assert.Equal(pair.Second.End, pair.First.Start));
    }

    [Theory]
    [InlineData(24.0, new[] { 0.0, 7.5, 15.0 })]
    [InlineData(18.4, new[] { 0.0, 7.5 })]
    [InlineData(18.6, new[] { 0.0, 7.5, 15.0 })]
    [InlineData(11.2, new[] { 0.0, 7.5 })]
    [InlineData(10.9, new[] { 0.0 })]
    public void Read_WithOverlap_RepeatsTheEndOfEachStretch(double seconds, double[] starts)
    {
        var path = _folder.Wav("a.wav", HashWeights.Signal("segments", (int)(seconds * 16000)), 16000);
        using var reader = AudioFile.Open(path);
        var segments = AudioSegments.Read(reader, 16000, 10, 2.5).ToList();
        Assert.Equal(starts, segments.Select(segment => segment.Start));
        Assert.Equal(seconds, segments[^1].End, 1e-3);
        var whole = AudioFile.Load(path, 16000).Samples;
        Assert.All(segments, segment => Assert.Equal(whole[(int)(segment.Start * 16000)..][..segment.Clip.Samples.Length], segment.Clip.Samples));
        Assert.All(segments.SkipLast(1), segment => Assert.Equal(10, segment.Clip.Seconds));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(9.5)]
    public void Read_WithAnOverlapThatHardlyMoves_IsRefused(double overlap)
    {
        using var reader = AudioFile.Open(_folder.Wav("a.wav", new float[16000], 16000));
        Assert.Throws<ArgumentOutOfRangeException>(() => AudioSegments.Read(reader, 16000, 10, overlap));
    }
}
