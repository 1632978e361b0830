namespace Auricle.Evaluation.Tests;

public sealed class NGramMetricTests
{
    public static TheoryData<string> Names => NGramCases.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Bleu_SmallSet_EqualsReferenceProgram(string name)
    {
        var item = NGramCases.Case(name);
        var scores = Bleu.Evaluate(NGramCases.Set(item));
        var expected = item.GetProperty("bleu");
        NGramCases.AssertClose(NGramCases.Numbers(expected.GetProperty("corpus")), [.. scores.Select(order => order.Corpus)], 1e-12);
        var sentences = expected.GetProperty("per_sentence").EnumerateArray().Select(NGramCases.Numbers).ToArray();
        var byClip = Enumerable.Range(0, scores[0].Sentences.Count).Select(clip => scores.Select(order => order.Sentences[clip]).ToArray()).ToArray();
        Assert.Equal(sentences.Length, byClip.Length);
        for (var i = 0; i < sentences.Length; i++)
            NGramCases.AssertClose(sentences[i], byClip[i], 1e-12);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RougeL_SmallSet_EqualsReferenceProgram(string name)
    {
        var item = NGramCases.Case(name);
        var scores = RougeL.Evaluate(NGramCases.Set(item));
        var expected = item.GetProperty("rouge_l");
        NGramCases.AssertClose(NGramCases.Numbers(expected.GetProperty("per_sentence")), scores.Sentences, 1e-12);
        Assert.Equal(expected.GetProperty("corpus").GetDouble(), scores.Corpus, 1e-12);
    }

    [Fact]
    public void Evaluate_PublishedClips_EqualsPublishedFigures()
    {
        foreach (var scores in Bleu.Evaluate(PublishedClips.Set).Append(RougeL.Evaluate(PublishedClips.Set)))
            NGramCases.AssertClose(PublishedClips.Scores(scores.Name), scores.Sentences, 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Diversity_PublishedClips_EqualsPublishedFigures(int order)
    {
        var diversity = Diversity.Of(PublishedClips.Set, order);
        NGramCases.AssertClose(PublishedClips.Scores($"sents_div{order}.cands"), diversity.Candidates, 1e-12);
        NGramCases.AssertClose(PublishedClips.Scores($"sents_div{order}.mrefs"), diversity.References, 1e-12);
        NGramCases.AssertClose(PublishedClips.Scores($"sents_div{order}.ratio"), diversity.Ratio, 1e-12);
    }

    [Fact]
    public void Diversity_Corpus_CountsAnNGramOnce()
    {
        var diversity = Diversity.Of(new CaptionSet(["a b a b", "b a"], [["a"], ["b"]]), 2);
        Assert.Equal(2.0 / 4, diversity.CandidateCorpus); // "a b" and "b a" out of four
        Assert.Equal([2.0 / 3, 1], diversity.Candidates);
        Assert.Equal([0, 0], diversity.Ratio);
    }

    [Fact]
    public void VocabularyStatistics_SmallSet_CountsWords()
    {
        var statistics = VocabularyStatistics.Of(new CaptionSet(["a b b", "a c"], [["a b d", "a b d"], ["a e"]]));
        Assert.Equal((3, 4, 2), (statistics.Candidates, statistics.References, statistics.Common));
        Assert.Equal([2, 2], statistics.CandidateSentences);
        Assert.Equal((2.0 / 3, 0.5, 4.0 / 7, 0.4), (statistics.Precision, statistics.Recall, statistics.F1, statistics.Jaccard));
        Assert.Equal(0.75, statistics.Ratio);
        Assert.Equal(5.0 / 8, statistics.Coverage);
        Assert.Equal(4, statistics.AverageReferences); // both references of the first clip have the same words
    }

    [Fact]
    public void MersenneTwister_StandardSeed_GivesStandardNumbers()
    {
        var generator = new MersenneTwister(5489);
        Assert.Equal(3499211612u, generator.Next());
        for (var i = 2; i < 10_000; i++)
            generator.Next();
        Assert.Equal(4123659995u, generator.Next()); // the 10,000th number, as the C++ standard states it
    }

    [Fact]
    public void Evaluate_EmptyCandidate_ScoresZeroOrNearly()
    {
        var set = new CaptionSet(["", "a dog"], [["a cat"], ["a dog"]]);
        Assert.Equal(0, RougeL.Evaluate(set).Sentences[0]);
        Assert.InRange(Bleu.Evaluate(set)[0].Sentences[0], 0, 1e-6);
    }
}
