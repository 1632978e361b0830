using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Text.Tests;

public sealed class PtbTokenizerTests
{
    private static readonly JsonElement Vectors =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("metrics"), "ptb_tokenizer.json"))).RootElement;

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    [Fact]
    public void TokenizeRaw_EverySentence_EqualsOriginalLexer() =>
        AssertAll("raw", PtbTokenizer.TokenizeRaw);

    [Fact]
    public void Tokenize_EverySentence_EqualsFilteredTokens() =>
        AssertAll("tokens", PtbTokenizer.Tokenize);

    [Fact]
    public void TokenizeLinesRaw_AllSentencesAsOneFile_EqualsOriginalLexer()
    {
        var sentences = Vectors.GetProperty("sentences").EnumerateArray().ToArray();
        var lines = PtbTokenizer.TokenizeLinesRaw([.. sentences.Select(item => item.GetProperty("text").GetString()!)]);
        for (var i = 0; i < sentences.Length; i++)
        {
            var expected = sentences[i].TryGetProperty("in_batch_raw", out var inBatch) ? inBatch : sentences[i].GetProperty("raw");
            Assert.Equal(Texts(expected), lines[i]);
        }
    }

    [Fact]
    public void TokenizeLinesRaw_EveryDocument_EqualsOriginalLexer()
    {
        foreach (var document in Vectors.GetProperty("documents").EnumerateArray())
            Assert.Equal(document.GetProperty("raw_lines").EnumerateArray().Select(Texts), PtbTokenizer.TokenizeLinesRaw(Texts(document.GetProperty("lines"))));
    }

    [Theory]
    [InlineData("a dog's", "a|dog|'s")]
    [InlineData("they don't", "they|do|n't")]
    [InlineData("line\nbreak", "line|break")]
    [InlineData("cannot, gonna", "can|not|gon|na")]
    [InlineData("", "")]
    [InlineData("🐶", "")]
    public void Tokenize_ShortText_SplitsByRule(string text, string expected) =>
        Assert.Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries), PtbTokenizer.Tokenize(text));

    [Theory]
    [InlineData("a,", 4000)]
    [InlineData("<a ", 4000)]
    [InlineData("a-", 2)]
    [InlineData("...", 1200)]
    [InlineData("don't ", 4000)]
    [InlineData("@", 1)]
    [InlineData("<a            ", 4000)]
    public void TokenizeRaw_PieceTwoThousandTimes_GivesAllTokens(string piece, int tokens) =>
        Assert.Equal(tokens, PtbTokenizer.TokenizeRaw(string.Concat(Enumerable.Repeat(piece, 2000))).Count);

    [Fact]
    public void RulesFor_EveryPosition_LeaveOutNoRuleThatMatches()
    {
        foreach (var text in Vectors.GetProperty("sentences").EnumerateArray().Select(item => item.GetProperty("text").GetString()!))
        {
            for (var position = 0; position < text.Length; position++)
                Assert.DoesNotContain(PtbRules.All.Except(PtbRules.For(text[position])), rule => rule.Pattern.IsMatch(text, position));
        }
    }

    private static void AssertAll(string field, Func<string, IReadOnlyList<string>> tokenize)
    {
        var wrong = Vectors.GetProperty("sentences").EnumerateArray()
            .Where(item => !tokenize(item.GetProperty("text").GetString()!).SequenceEqual(Texts(item.GetProperty(field))))
            .Select(item => $"{item.GetProperty("text")}: {string.Join(' ', tokenize(item.GetProperty("text").GetString()!))}")
            .ToArray();
        Assert.True(wrong.Length == 0, string.Join("\n", wrong));
    }
}
