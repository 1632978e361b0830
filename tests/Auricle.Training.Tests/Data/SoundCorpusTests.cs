using Auricle.Testing;

namespace Auricle.Training.Tests;

public sealed class SoundCorpusTests
{
    private static TinyCorpus Tiny() => new(("bell", "train", 1), ("dog", "test", 2.5), ("bell", "validation", 1));

    [Fact]
    public void Load_Folder_GivesTypedRecords()
    {
        using var tiny = Tiny();
        var corpus = tiny.Load();

        Assert.Equal(["bell", "dog"], corpus.Labels);
        Assert.Equal(1, corpus.LabelIndex("dog"));
        Assert.Equal("nobody, here", corpus.Clips[0].Origin);
        Assert.Equal("An own caption.", corpus.Clips[0].Caption);
        Assert.Equal((DataSplit.Test, 2.5, null), (corpus.Clips[1].Split, corpus.Clips[1].Seconds, corpus.Clips[1].Fold));
        Assert.Equal("audio/bell_2.wav", Assert.Single(corpus.ClipsOf(DataSplit.Validation)).File);
        Assert.Equal(["A dog sounds.", "We hear a dog."], corpus.Captions["dog"]);
        Assert.Equal(5, corpus.PairTemplates.Count);
        Assert.Equal(64, corpus.ManifestHash.Length);
    }

    [Theory]
    [InlineData("manifest.csv")]
    [InlineData("captions.csv")]
    [InlineData("clauses.csv")]
    [InlineData("pair_templates.csv")]
    public void Load_MissingFile_NamesIt(string file)
    {
        using var tiny = Tiny();
        File.Delete(Path.Combine(tiny.Folder, file));
        var error = Assert.Throws<CorpusException>(tiny.Load);
        Assert.Equal(Path.Combine(tiny.Folder, file), error.File);
        Assert.Contains($"no '{file}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingColumns_NamesThemAndThoseThere()
    {
        using var tiny = Tiny();
        tiny.Write("clauses.csv", "label,phrase", "bell,a bell rings");
        var error = Assert.Throws<CorpusException>(tiny.Load);
        Assert.Equal(["clause"], error.Columns);
        Assert.EndsWith("it has label, phrase.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("f,bell,c,,s,dev,l,1,,,", "split", "'dev'")]
    [InlineData("f,bell,c,,s,train,l,long,,,", "seconds", "'long'")]
    [InlineData("f,bell,c,,s,train,l,0,,,", "seconds", "'0'")]
    [InlineData("f,bell,c,,s,train,l,1,x,,", "fold", "'x'")]
    [InlineData(",bell,c,,s,train,l,1,,,", "file", "''")]
    public void Load_WrongValue_NamesLineColumnAndValue(string row, string column, string value)
    {
        using var tiny = Tiny();
        tiny.Write("manifest.csv", "file,label,category,caption,source_id,split,licence,seconds,fold,segment,origin", row);
        var error = Assert.Throws<CorpusException>(tiny.Load);
        Assert.Equal(2, error.Line);
        Assert.Equal([column], error.Columns);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LabelWithoutClause_NamesIt()
    {
        using var tiny = Tiny();
        tiny.Write("clauses.csv", "label,clause", "bell,a bell rings");
        Assert.Contains("'dog'", Assert.Throws<CorpusException>(tiny.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TemplateWithoutPlace_Fails()
    {
        using var tiny = Tiny();
        tiny.Write("pair_templates.csv", "relation,template", "either,{a} only.");
        Assert.Contains("both {a} and {b}", Assert.Throws<CorpusException>(tiny.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fill_ClauseWithBraces_IsNotFilledAgain() =>
        Assert.Equal("{b} here, then x.", new PairTemplate(PairRelation.Sequential, "{a}, then {b}.").Fill("{b} here", "x"));

    [Fact]
    public void Compose_Sequence_KeepsTheOrderOfTheSounds()
    {
        using var tiny = Tiny();
        var captions = new PairCaptions(tiny.Load());
        var random = new SplitMix64(1);
        var sentences = Enumerable.Range(0, 200).Select(_ => captions.Compose("dog", "bell", PairRelation.Sequential, random)).ToList();

        foreach (var sentence in sentences)
        {
            var dogFirst = sentence.IndexOf("dog", StringComparison.Ordinal) < sentence.IndexOf("bell", StringComparison.Ordinal);
            if (!sentence.EndsWith("too.", StringComparison.Ordinal))
                Assert.Equal(!sentence.Contains("after", StringComparison.Ordinal), dogFirst);
            Assert.True(char.IsUpper(sentence[0]));
            Assert.DoesNotContain("while", sentence, StringComparison.Ordinal);
        }
        Assert.Contains(sentences, sentence => sentence.Contains("after", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence => sentence.Contains("then", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 0.25)]
    [InlineData(1.5, 0.5985)] // 1 / (1 + 2^-1.5 + 3^-1.5 + 4^-1.5)
    public void Choose_Skew_FavoursTheHeadOfAList(double skew, double expected)
    {
        using var tiny = Tiny();
        var captions = new PairCaptions(tiny.Load(), skew);
        var random = new SplitMix64(5);
        var drawn = Enumerable.Range(0, 20000).Select(_ => captions.Choose(4, random)).ToList();
        Assert.Equal(expected, drawn.Count(place => place == 0) / 20000.0, 0.015);
        Assert.Equal([0, 1, 2, 3], drawn.Distinct().Order());
    }

    [Fact]
    public void Compose_Simultaneous_SwapsFreelyExceptWhereDepthIsNamed()
    {
        using var tiny = Tiny();
        var captions = new PairCaptions(tiny.Load());
        var random = new SplitMix64(2);
        var orders = Enumerable.Range(0, 300).Select(_ => captions.Compose("dog", "bell", PairRelation.Simultaneous, random))
            .GroupBy(sentence => sentence.Contains("background", StringComparison.Ordinal))
            .ToDictionary(group => group.Key, group => group.Select(sentence =>
                sentence.IndexOf("dog", StringComparison.Ordinal) < sentence.IndexOf("bell", StringComparison.Ordinal)).Distinct().Count());
        Assert.Equal(1, orders[true]);
        Assert.Equal(2, orders[false]);
    }

    [Fact]
    public void Compose_SameRandom_GivesTheSameSentence()
    {
        using var tiny = Tiny();
        var captions = new PairCaptions(tiny.Load());
        var (one, other) = (new SplitMix64(3), new SplitMix64(3));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(
                captions.Compose("dog", "bell", PairRelation.Simultaneous, one),
                captions.Compose("dog", "bell", PairRelation.Simultaneous, other));
        }
    }

    [SharedFact]
    public void Load_EverydaySounds_KeepsSourcesApartAndComposesEveryPair()
    {
        var corpus = SoundCorpus.Load(Path.Combine(Fixtures.SharedRoot!, "data", "sounds"));
        Assert.All(corpus.Clips.GroupBy(clip => clip.SourceId), group => Assert.Single(group.Select(clip => clip.Split).Distinct()));
        Assert.All(corpus.Clips, clip => Assert.True(File.Exists(corpus.PathOf(clip))));

        var captions = new PairCaptions(corpus);
        var random = new SplitMix64(4);
        foreach (var label in corpus.Labels)
        {
            var sentence = captions.Compose(label, corpus.Labels[0], random.Chance(0.5) ? PairRelation.Simultaneous : PairRelation.Sequential, random);
            Assert.DoesNotContain('{', sentence);
            Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        }
        Assert.Contains(corpus.PairTemplates, template => template.NamesDepth);
        Assert.All(corpus.PairTemplates, template => Assert.False(template.NamesDepth && template.Relation == PairRelation.Sequential));
    }
}
