namespace Auricle.Text.Tests;

public sealed class WordTokenizerTests
{
    [Theory]
    [InlineData("i'd've didn't've we'd", "i|'d|'ve|did|n't|'ve|we|'d")]
    [InlineData("thisve thatre", "thisve|thatre")]
    [InlineData("these'd those'll", "these|'d|those|'ll")]
    [InlineData("how'd'y not've notve", "how|'d|'y|not|'ve|not|ve")]
    [InlineData("hell shell shed were well its ill whore", "hell|shell|shed|were|well|its|ill|whore")]
    [InlineData("12pm 13pm 7am", "12|pm|13pm|7|am")]
    [InlineData("5km² 10µm 3m/s 7MB x5kg", "5|km²|10|µm|3|m/s|7|MB|x5|kg")]
    [InlineData("£5 10€ $$ a$", "£|5|10|€|$|$|a$")]
    [InlineData("low—pitched 3^4 'em 'emm", "low|—|pitched|3|^|4|'em|'|emm")]
    [InlineData("nothin' rockin'", "nothin'|rockin|'")]
    [InlineData("example.org, http://a.example.org/x?y=z", "example.org|,|http://a.example.org/x?y=z")]
    [InlineData("e.g. a.m. x. stops. 3a.m.", "e.g.|a.m.|x.|stops|.|3|a.m.")]
    [InlineData("🔔rings 🔔", "🔔|rings|🔔")]
    public void Tokenize_Chunk_SplitsByRule(string text, string expected) =>
        Assert.Equal(expected.Split('|'), WordTokenizer.Tokenize(text));

    [Theory]
    [InlineData("a\t b", "a|\t |b")]
    [InlineData("a \tb", "a|\t|b")]
    [InlineData("  a", "  |a")]
    public void Tokenize_WhiteSpaceRun_IsATokenUnlessASingleBlank(string text, string expected) =>
        Assert.Equal(expected.Split('|'), WordTokenizer.Tokenize(text));

    [Fact]
    public void Tokenize_LongChunk_TakesTheTimeOfItsLength()
    {
        var tokens = WordTokenizer.Tokenize(string.Join(' ', Enumerable.Repeat("don't", 10_000)) + " " + new string('x', 100_000));
        Assert.Equal(20_001, tokens.Count);
    }
}
