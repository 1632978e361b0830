using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Text.Tests;

public sealed class EnglishStemmerTests
{
    [Fact]
    public void Stem_EveryVector_EqualsSnowball()
    {
        var words = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("metrics"), "meteor_stems.json"))).RootElement.GetProperty("words");
        var wrong = words.EnumerateObject().Where(item => EnglishStemmer.Stem(item.Name) != item.Value.GetString())
            .Select(item => $"{item.Name}: expected {item.Value}, got {EnglishStemmer.Stem(item.Name)}").ToArray();
        Assert.True(wrong.Length == 0, string.Join("\n", wrong));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("generously", "generous")]
    [InlineData("hopped", "hop")]
    [InlineData("hoped", "hope")]
    [InlineData("succeed", "succeed")]
    [InlineData("skies", "sky")]
    public void Stem_Word_GivesPublishedStem(string word, string expected) => Assert.Equal(expected, EnglishStemmer.Stem(word));
}
