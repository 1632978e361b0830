namespace Auricle.Evaluation.Tests;

public sealed class CiderDTests
{
    public static TheoryData<string> Names => NGramCases.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_SmallSet_EqualsReferenceProgram(string name)
    {
        var item = NGramCases.Case(name);
        var scores = CiderD.Evaluate(NGramCases.Set(item));
        var expected = item.GetProperty("cider_d");
        NGramCases.AssertClose(NGramCases.Numbers(expected.GetProperty("per_sentence")), scores.Sentences, 1e-12);
        Assert.Equal(expected.GetProperty("corpus").GetDouble(), scores.Corpus, 1e-12);
    }

    [Fact]
    public void Score_PublishedClips_EqualsPublishedFigures()
    {
        var frequency = PublishedClips.Root.GetProperty("document_frequency").EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetInt32());
        var scorer = new CiderD(frequency, PublishedClips.Root.GetProperty("document_count").GetInt32());
        var set = PublishedClips.Set;
        var scores = Enumerable.Range(0, set.Count).Select(clip => scorer.Score(set.Candidates[clip], set.References[clip])).ToArray();
        NGramCases.AssertClose(PublishedClips.Scores("cider_d"), scores, 1e-12);
    }

    [Fact]
    public void Score_FittedScorer_EqualsEvaluate()
    {
        var set = PublishedClips.Set;
        var scorer = new CiderD(set.References);
        var scores = CiderD.Evaluate(set);
        NGramCases.AssertClose(scores.Sentences, [.. set.Candidates.Select((candidate, clip) => scorer.Score(candidate, set.References[clip]))], 0);
        Assert.Equal(scores.Sentences.Average(), scores.Corpus);
    }

    [Fact]
    public void Score_ManyPreparedSets_FindsTheCandidatesOwnReferences()
    {
        var set = PublishedClips.Set;
        var scorer = new CiderD(set.References);
        var prepared = set.References.Select(captions => scorer.Prepare([captions[0]])).ToArray();
        for (var clip = 0; clip < set.Count; clip++)
        {
            var scores = scorer.Score(set.References[clip][0], prepared);
            Assert.Equal(scores.Max(), scores[clip]);
            Assert.Equal(scorer.Score(set.References[clip][0], prepared[clip]), scores[clip]);
        }
    }

    [Fact]
    public void Score_WordsOutsideTheCorpus_StillMatchTheirReference()
    {
        var scorer = new CiderD([["a dog barks"], ["a cat meows"]]);
        Assert.Equal(10, scorer.Score("zither glissando fades slowly", ["zither glissando fades slowly"]), 1e-12);
        Assert.Equal(0, scorer.Score("zither glissando fades slowly", ["theremin vibrato swells quickly"]));
    }

    [Fact]
    public void Score_ReferencesOfAnotherScorer_Throws()
    {
        var references = new CiderD([["a dog"], ["a cat"]]).Prepare(["a dog"]);
        Assert.Throws<ArgumentException>(() => new CiderD([["a dog"], ["a cat"]]).Score("a dog", references));
    }

    [Fact]
    public void Evaluate_OneClip_SaysThatTwoAreNeeded()
    {
        var error = Assert.Throws<MetricInputException>(() => CiderD.Evaluate(new CaptionSet(["a"], [["a"]])));
        Assert.Contains("at least 2 clips, but got 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_NoReference_Throws() =>
        Assert.Throws<MetricInputException>(() => new CiderD([["a dog"], ["a cat"]]).Prepare([]));

    [Fact]
    public void Score_VeryLongCandidate_IsFinite()
    {
        var scorer = new CiderD([["a dog barks"], ["a cat meows"]]);
        var longCaption = string.Join(' ', Enumerable.Range(0, 10_000).Select(i => $"w{i % 997}"));
        Assert.Equal(0, scorer.Score(longCaption, ["a dog barks"]));
    }

    [Fact]
    public async Task Score_FromManyThreads_GivesOneResult()
    {
        var set = PublishedClips.Set;
        var scorer = new CiderD(set.References);
        var expected = scorer.Score(set.Candidates[0], ["unseen words here", .. set.References[0]]);
        var runs = Enumerable.Range(0, 16).Select(i => Task.Run(() =>
        {
            scorer.Score("x", [$"new{i} word{i}"]);
            return scorer.Score(set.Candidates[0], ["unseen words here", .. set.References[0]]);
        }));
        Assert.All(await Task.WhenAll(runs), score => Assert.Equal(expected, score));
    }
}
