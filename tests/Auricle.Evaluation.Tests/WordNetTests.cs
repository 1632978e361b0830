using Auricle.Audio.Tests;
using Auricle.Testing;

namespace Auricle.Evaluation.Tests;

public sealed class WordNetTests
{
    [WordNetFact(NeedsShared = true)]
    public void FromWordNet_EveryWord_HasTheSynsetsAndBasesOfMeteorsOwnFiles()
    {
        var folder = Path.Combine(Fixtures.SharedRoot!, "data", "meteor");
        var original = MeteorResources.Load(folder);
        var made = MeteorResources.FromWordNet(WordNet.Find()!);
        var words = File.ReadLines(Path.Combine(folder, "english.synsets")).Where((_, line) => line % 2 == 0).ToList();
        Assert.Equal(147_306, words.Count);
        Assert.DoesNotContain(words, word => !original.SynsetsOf(word).ToHashSet().SetEquals(made.SynsetsOf(word)));
        var forms = File.ReadLines(Path.Combine(folder, "english.exceptions")).Where((_, line) => line % 2 == 1).SelectMany(line => line.Split(' '))
            .ToList();
        Assert.True(forms.Count > 5000);
        Assert.DoesNotContain(forms, form => !original.BasesOf(form).ToHashSet().SetEquals(made.BasesOf(form)));
    }

    [WordNetFact]
    public void FromWordNet_PublishedClips_ScoreAsTheOriginalProgram()
    {
        var scores = new Meteor(MeteorResources.FromWordNet(WordNet.Find()!)).Evaluate(PublishedClips.Set);
        NGramCases.AssertClose(
            PublishedClips.Clips.Select(clip => clip.GetProperty("meteor_without_paraphrase").GetProperty("score").GetDouble()), scores.Sentences,
            1e-12);
    }

    [WordNetFact]
    public void FromWordNet_Cache_IsUsedTheNextTime()
    {
        using var folder = new TestFolder();
        var cache = Path.Combine(folder.Root, "meteor");
        var first = MeteorResources.FromWordNet(WordNet.Find()!, cache);
        Assert.Equal(["english.exceptions", "english.synsets"], Directory.GetFiles(cache).Select(Path.GetFileName).Order());
        var second = MeteorResources.FromWordNet("no-such-folder", cache);
        Assert.Equal(first.SynsetsOf("dog"), second.SynsetsOf("dog"));
        Assert.Equal(first.BasesOf("geese"), second.BasesOf("geese"));
        Assert.NotEmpty(second.SynsetsOf("dog"));
    }

    [Fact]
    public void Synsets_OtherDatabase_IsRefusedWithTheRemedy()
    {
        using var folder = new TestFolder();
        foreach (var part in new[] { "noun", "verb", "adj", "adv" })
            folder.Text($"index.{part}", "  1 licence\ndog n 2 1 @ 2 1 02084071 10114209\n");
        var error = Assert.Throws<MetricDataException>(() => WordNet.Synsets(folder.Root));
        Assert.Contains("1 words in 2 synonym sets", error.Message, StringComparison.Ordinal);
        Assert.Contains("AURICLE_WORDNET", error.Message, StringComparison.Ordinal);
        folder.Text("index.noun", "dog n two\n");
        Assert.Contains("dog n two", Assert.Throws<MetricDataException>(() => WordNet.Synsets(folder.Root)).Message, StringComparison.Ordinal);
    }
}

/// <summary>A test of the installed WordNet: skipped, and reported so, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WordNetFactAttribute : FactAttribute
{
    public WordNetFactAttribute() => Skip = WordNet.Find() is null ? "needs WordNet 3.0 (Debian: wordnet-base)" : null;

    /// <summary>Whether the test reads the shared folder too.</summary>
    public bool NeedsShared
    {
        get => Fixtures.SharedRoot is not null;
        set => Skip ??= value ? new SharedFactAttribute().Skip : null;
    }
}
