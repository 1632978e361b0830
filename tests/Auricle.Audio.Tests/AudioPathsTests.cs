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

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Expand_FolderFilePatternAndStandardInput_GivesEachFileOnce() => Assert.Equal(
        [_folder.At("b.WAV"), _folder.At("a.mp3"), _folder.At("sub/c.flac"), "-", "missing.wav"],
        AudioPaths.Expand([_folder.At("b.WAV"), _folder.Root, _folder.At("**/*.flac"), "-", "-", "missing.wav"]));

    [Fact]
    public void Expand_PatternWithoutExtension_GivesSoundOnly() =>
        Assert.Equal([_folder.At("a.mp3"), _folder.At("b.WAV")], AudioPaths.Expand([_folder.At("*")]));

    [Theory]
    [InlineData("none")]
    [InlineData("*.opus")]
    public void Expand_NoSound_NamesTheInput(string name)
    {
        var error = Assert.Throws<AudioException>(() => AudioPaths.Expand([_folder.At(name)]));
        Assert.Equal((AudioFailure.NoFiles, _folder.At(name)), (error.Reason, error.Path));
    }
}
