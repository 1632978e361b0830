namespace Auricle.Training.Tests;

public sealed class ClipCacheTests
{
    private static TinyCorpus Tiny() => new(("bell", "train", 0.5), ("dog", "train", 0.25), ("bell", "test", 0.1));

    private static ClipCache Load(TinyCorpus tiny, string? file = null, int rate = TinyCorpus.SampleRate) =>
        ClipCache.Load(tiny.Load(), DataSplit.Train, tiny.Decode, rate, file);

    [Fact]
    public void Load_Split_HoldsItsSamples()
    {
        using var tiny = Tiny();
        var cache = Load(tiny);
        Assert.Equal(2, cache.Clips.Count);
        var decoded = tiny.Decode(tiny.Load().PathOf(cache.Clips[1]));
        Assert.Equal(decoded.Length, cache[1].Length);
        for (var i = 0; i < decoded.Length; i++)
            Assert.Equal(decoded[i], cache[1].Span[i] / 32767f, 2e-5f);
        Assert.Equal(1, cache.IndexOf("audio/dog_1.wav"));
        Assert.Throws<CorpusException>(() => cache.IndexOf("audio/bell_2.wav"));
    }

    [Fact]
    public void Concat_AnotherSplit_HoldsBothInOrder()
    {
        using var tiny = Tiny();
        var train = Load(tiny);
        var test = ClipCache.Load(tiny.Load(), DataSplit.Test, tiny.Decode, TinyCorpus.SampleRate);
        var both = train.Concat(test);
        Assert.Equal(["audio/bell_0.wav", "audio/dog_1.wav", "audio/bell_2.wav"], both.Clips.Select(clip => clip.File));
        Assert.Equal(2, both.IndexOf("audio/bell_2.wav"));
        Assert.Equal(test[0], both[2]);
        Assert.Throws<ArgumentException>(() => both.Concat(test));
        Assert.Throws<ArgumentException>(() => Load(tiny, rate: TinyCorpus.SampleRate / 2).Concat(test));
    }

    [Fact]
    public void Load_WithCacheFile_DecodesOnce()
    {
        using var tiny = Tiny();
        var file = Path.Combine(tiny.Folder, "cache", "train.bin");
        var first = Load(tiny, file);
        Assert.Equal(2, tiny.Decoded);
        var second = Load(tiny, file);
        Assert.Equal(2, tiny.Decoded);
        for (var i = 0; i < first.Clips.Count; i++)
            Assert.Equal(first[i].ToArray(), second[i].ToArray());
        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public void Load_ChangedManifestOrRateOrDamagedFile_DecodesAgain()
    {
        using var tiny = Tiny();
        var file = Path.Combine(tiny.Folder, "train.bin");
        Load(tiny, file);
        Load(tiny, file, TinyCorpus.SampleRate / 2);
        Assert.Equal(4, tiny.Decoded);

        var manifest = Path.Combine(tiny.Folder, "manifest.csv");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("nobody", "somebody", StringComparison.Ordinal));
        Load(tiny, file, TinyCorpus.SampleRate / 2);
        Assert.Equal(6, tiny.Decoded);

        using (var stream = File.OpenWrite(file))
            stream.SetLength(stream.Length - 2);
        Load(tiny, file, TinyCorpus.SampleRate / 2);
        Assert.Equal(8, tiny.Decoded);
    }

    [Fact]
    public void Load_ClipThatDoesNotDecode_NamesIt()
    {
        using var tiny = Tiny();
        var error = Assert.Throws<CorpusException>(() => ClipCache.Load(tiny.Load(), DataSplit.Train, path =>
            path.Contains("dog", StringComparison.Ordinal) ? throw new InvalidDataException("It is no sound.") : [0f]));
        Assert.Equal("audio/dog_1.wav", error.File);
        Assert.EndsWith("cannot be decoded: It is no sound.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SplitWithoutClips_Fails()
    {
        using var tiny = Tiny();
        Assert.Throws<CorpusException>(() => ClipCache.Load(tiny.Load(), DataSplit.Validation, tiny.Decode));
    }
}
