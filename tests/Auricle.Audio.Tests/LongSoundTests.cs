namespace Auricle.Audio.Tests;

[CollectionDefinition("memory", DisableParallelization = true)]
public sealed class AloneInMemory;

[Collection("memory")]
public sealed class LongSoundTests : IDisposable
{
    private const long MemoryLimit = 100 << 20;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2, 44100, 32000)]
    [InlineData(10, 8000, 8000)]
    public void Read_HoursOfSound_StaysWithinMemory(int hours, int from, int to)
    {
        // A sparse file: silence that takes no room on the disk.
        var bytes = hours * 3600 * from * 2;
        var path = _folder.Wav("long.wav", [], from, pcm: true, missingBytes: bytes);
        using (var file = File.OpenWrite(path))
            file.SetLength(file.Length + bytes);
        using var reader = AudioFile.Open(path);
        var (end, peak, count) = (0.0, 0L, 0);
        foreach (var segment in AudioSegments.Read(reader, to, 10))
        {
            end = segment.End;
            if (++count % 100 == 0)
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true));
        }
        Assert.Equal(hours * 3600, end, 1e-6);
        Assert.InRange(peak, 1, MemoryLimit);
        Assert.False(reader.IsTruncated);
    }
}
