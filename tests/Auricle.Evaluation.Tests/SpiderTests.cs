namespace Auricle.Evaluation.Tests;

public sealed class SpiderTests
{
    private static MetricScores Published(string name) => MetricScores.Mean(name, PublishedClips.Scores(name));

    [Fact]
    public void Combine_PublishedParts_EqualsPublishedSpider()
    {
        var spider = Spider.Combine(Published("cider_d"), Published("spice"));
        NGramCases.AssertClose(PublishedClips.Scores("spider"), spider.Sentences, 1e-12);
        Assert.Equal(PublishedClips.Scores("spider").Average(), spider.Corpus, 1e-12);
    }

    [Fact]
    public void WithFluency_PublishedParts_EqualsPublishedSpiderFl()
    {
        NGramCases.AssertClose(PublishedClips.Scores("spider_fl"), Spider.WithFluency(Published("spider"), Published("fer")).Sentences, 1e-12);
    }

    [Fact]
    public void WithFluency_BrokenSentence_KeepsATenth()
    {
        var scores = Spider.WithFluency(MetricScores.Mean("spider", [0.5, 0.5]), MetricScores.Mean("fer", [0, 1]));
        Assert.Equal("spider_fl", scores.Name);
        Assert.Equal(0.5, scores.Sentences[0]);
        Assert.Equal(0.05, scores.Sentences[1], 1e-12);
        Assert.Equal(0.275, scores.Corpus, 1e-12);
    }

    [Fact]
    public void Apply_PublishedParts_EqualsPublishedFense() =>
        NGramCases.AssertClose(PublishedClips.Scores("fense"), FluencyPenalty.Apply("fense", Published("sbert_sim"), Published("fer")).Sentences,
            1e-9);

    [Fact]
    public void Max_SeveralCandidates_TakesTheBestOfEachClipWithItsParts()
    {
        // SPIDEr of the clips: 0.5 and 0.4; then 0.4 and 0.6; then 0.5 and 0.1.
        var scores = Spider.Max(
        [
            (MetricScores.Mean("cider_d", [0.8, 0.6]), MetricScores.Mean("spice", [0.2, 0.2])),
            (MetricScores.Mean("cider_d", [0.6, 0.9]), MetricScores.Mean("spice", [0.2, 0.3])),
            (MetricScores.Mean("cider_d", [0.7, 0.1]), MetricScores.Mean("spice", [0.3, 0.1])),
        ]);
        Assert.Equal(["cider_d_max", "spice_max", "spider_max"], scores.Select(score => score.Name));
        Assert.Equal([0.8, 0.9], scores[0].Sentences); // the first of equals
        Assert.Equal([0.2, 0.3], scores[1].Sentences);
        Assert.Equal(0.55, scores[2].Corpus, 1e-12);
        Assert.Throws<MetricInputException>(() => Spider.Max([]));
    }

    [Fact]
    public void SpiderMax_InTheRegistry_ScoresEveryCandidate()
    {
        IReadOnlyList<IReadOnlyList<string>> references = [["a dog barks"], ["rain falls on a roof"]];
        var set = new CaptionSet(["a cat", "rain falls on a roof"], references) { Alternatives = [new(["a dog barks", "wind"], references)] };
        var registry = StandardMetrics.Create(null).Add(new CaptionMetric("spice", captions => RougeL.Evaluate(captions) with { Name = "spice" }));
        var scores = registry.Select(["spider_max"], set).Evaluate(set).ToDictionary(score => score.Name);
        Assert.Equal(scores["cider_d_max"].Sentences, CiderD.Evaluate(new CaptionSet(["a dog barks", "rain falls on a roof"], references)).Sentences);
        Assert.True(scores["spider_max"].Corpus > scores["cider_d"].Corpus / 2);
        Assert.Contains("several candidates", Assert.Single(registry.Select(["spider_max"], PublishedClips.Set).LeftOut).Sentence,
            StringComparison.Ordinal);
    }
}
