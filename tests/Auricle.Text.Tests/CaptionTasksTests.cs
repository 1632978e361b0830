namespace Auricle.Text.Tests;

public sealed class CaptionTasksTests
{
    [Theory]
    [InlineData(null, 0)]
    [InlineData("clotho", 0)]
    [InlineData("audiocaps", 1)]
    [InlineData("wavcaps_audioset_sl", 3)]
    [InlineData("WavCaps_BBC_Sound_Effects", 4)]
    [InlineData("wavcaps_SoundBible", 6)]
    public void IndexOf_KnownTask_FindsItsPlace(string? task, int expected) => Assert.Equal(expected, CaptionTasks.Published.IndexOf(task));

    [Theory]
    [InlineData("cloth")]
    [InlineData("wavcaps")]
    [InlineData("clotho_freesound")]
    [InlineData("")]
    public void IndexOf_UnknownTask_NamesTheKnownOnes(string task)
    {
        var error = Assert.Throws<UnknownTaskException>(() => CaptionTasks.Published.IndexOf(task));
        Assert.Equal(task, error.Task);
        Assert.All(CaptionTasks.Published.Names, name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void IndexOf_DatasetMode_IgnoresTheSource() =>
        Assert.Equal(1, new CaptionTasks(["clotho", "wavcaps"], CaptionTaskMode.Dataset).IndexOf("wavcaps_freesound"));

    [Fact]
    public void AddTokensTo_NoTasks_StartsWithPlainBegin()
    {
        var tokenizer = new CaptionTokenizer();
        Assert.Equal([SpecialTokens.BeginId], new CaptionTasks([], CaptionTaskMode.None).AddTokensTo(tokenizer));
        Assert.Equal(SpecialTokens.All, tokenizer.Vocabulary.Tokens);
    }

    [Fact]
    public void Constructor_NoNames_Throws() => Assert.Throws<ArgumentException>(() => new CaptionTasks([]));
}
