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
}
