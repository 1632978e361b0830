namespace Auricle.Audio.Tests;

public sealed class AudioPathsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public AudioPathsTests()
    {
        foreach (var name in (string[])["b.WAV", "a.mp3", "sub/c.flac", "notes.txt"])
            _folder.Text(name, "x");
        Directory.CreateDirectory(_folder.At("none/x"));
    }

    // Unlike At, this makes no folder named like the pattern.
    private string Pattern(string pattern) => Path.Combine(_folder.Root, pattern);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Expand_FolderFilePatternAndStandardInput_GivesEachFileOnce() => Assert.Equal(
        [_folder.At("b.WAV"), _folder.At("a.mp3"), _folder.At("sub/c.flac"), "-", "missing.wav"],
        AudioPaths.Expand([_folder.At("b.WAV"), _folder.Root, Pattern("**/*.flac"), "-", "-", "missing.wav"]));

    [Fact]
    public void Expand_PatternWithoutExtension_GivesSoundOnly() =>
        Assert.Equal([_folder.At("a.mp3"), _folder.At("b.WAV")], AudioPaths.Expand([Pattern("*")]));

    [Theory]
    [InlineData("none")]
    [InlineData("[^]*")]
    [InlineData("[!]")]
    [InlineData("*.opus")]
    public void Expand_NoSound_NamesTheInput(string name)
    {
        var error = Assert.Throws<AudioException>(() => AudioPaths.Expand([_folder.At(name)]));
        Assert.Equal((AudioFailure.NoFiles, _folder.At(name)), (error.Reason, error.Path));
    }

    [Fact]
    public void Expand_FolderWithOtherThings_LeavesThemOutAndCounts()
    {
        _folder.Text(".hidden.wav", "x");
        _folder.Pipe("pipe.wav");
        File.CreateSymbolicLink(_folder.At("sub/loop"), _folder.Root);
        File.CreateSymbolicLink(_folder.At("sub/linked.wav"), _folder.At("b.WAV"));
        foreach (var name in (string[])["a.weba", "a.mts", "a.vob", "a.m2ts", "a.3g2", "a.mxf", "a.asf", "a.dsf", "a.sph", "a.voc", "a.mpc"])
            _folder.Text($"films/{name}", "x");
        var found = AudioPaths.Expand([_folder.Root]);
        Assert.Equal(4 + 11, found.Count);
        Assert.Contains(_folder.At("sub/linked.wav"), found);
        Assert.Equal(2, found.LeftOut);   // notes.txt and the pipe
        Assert.Equal(
            [_folder.At("b.WAV"), _folder.At("sub/linked.wav")],
            AudioPaths.Expand([Pattern("*.WAV"), Pattern("**/*.wav")]));
    }

    [Theory]
    [InlineData("?.*", "a.mp3", "b.WAV")]
    [InlineData("[a-b].[!W]*", "a.mp3")]
    [InlineData("{a,x}.{mp3,txt}", "a.mp3")]
    [InlineData("s?b/*.flac", "sub/c.flac")]
    [InlineData("**/{b,c}.{WAV,flac}", "b.WAV", "sub/c.flac")]
    [InlineData("{a,}[b.]*", "a.mp3", "b.WAV")]
    [InlineData("*.txt", "notes.txt")]
    public void Expand_Pattern_KnowsItsSigns(string pattern, params string[] names) =>
        Assert.Equal(names.Select(_folder.At), AudioPaths.Expand([Pattern(pattern)]));

    [Fact]
    public void Expand_PatternWithAPoint_FindsHiddenFiles()
    {
        _folder.Text(".x.wav", "x");
        Assert.Equal([_folder.At(".x.wav")], AudioPaths.Expand([Pattern(".*.wav")]));
        Assert.Throws<AudioException>(() => AudioPaths.Expand([Pattern("*.wav")]));
    }

    [Fact]
    public void Expand_NamesWithSignsOfTheirOwn_AreThemselves()
    {
        _folder.Text("live [2020]/a.wav", "x");
        _folder.Text("[b] {c}?.wav", "x");
        Assert.Equal([_folder.At("[b] {c}?.wav")], AudioPaths.Expand([_folder.At("[b] {c}?.wav")]));
        Assert.Equal([_folder.At("live [2020]/a.wav")], AudioPaths.Expand([Pattern("live [2020]/*.wav")]));
    }

    [Fact]
    public void Expand_EmptyName_IsRefusedInWords() => Assert.Throws<AudioException>(() => AudioPaths.Expand([""]));
}
