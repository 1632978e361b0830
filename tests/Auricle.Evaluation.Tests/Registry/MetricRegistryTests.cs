namespace Auricle.Evaluation.Tests.Registry;

public sealed class MetricRegistryTests
{
    private static readonly CaptionSet Set = PublishedClips.Set;

    [Theory]
    [InlineData("default", "bleu meteor rouge_l spider")]
    [InlineData("dcase2020", "bleu meteor rouge_l spider")]
    [InlineData("dcase2021", "bleu meteor rouge_l spider")]
    [InlineData("dcase2022", "bleu meteor rouge_l spider")]
    [InlineData("DCASE2023", "meteor spider_fl")]
    [InlineData("dcase2024", "meteor spider_fl fense vocab")]
    [InlineData("dcase2025", "meteor spider_fl fense vocab")]
    public void Preset_EachName_HoldsTheMetricsOfTheReferencePackage(string name, string metrics) =>
        Assert.Equal(metrics.Split(' '), StandardMetrics.Create(null).Preset(name));

    [Fact]
    public void Preset_All_HoldsEveryMetric()
    {
        var registry = StandardMetrics.Create(null);
        Assert.Equal(registry.Metrics.Select(metric => metric.Name), registry.Preset("all"));
        Assert.Equal(registry.Metrics.Count, registry.Metrics.SelectMany(metric => metric.Scores.Take(1)).Distinct().Count());
    }

    [Fact]
    public void Preset_Unknown_ListsTheKnown()
    {
        var error = Assert.Throws<UnknownMetricException>(() => StandardMetrics.Create(null).Preset("dcase2019"));
        Assert.Contains("dcase2019", error.Message, StringComparison.Ordinal);
        Assert.Contains("dcase2020", error.Known);
    }

    [Fact]
    public void Select_Unknown_ListsTheKnown()
    {
        var error = Assert.Throws<UnknownMetricException>(() => StandardMetrics.Create(null).Select(["bleu", "clip_score"], Set));
        Assert.Equal("clip_score", error.Name);
        Assert.Contains("cider_d", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Select_MissingPart_IsLeftOutWithWhatIsMadeOfItInOneSentence()
    {
        var registry = StandardMetrics.Create(null).Add(CaptionMetric.Missing("spice", ["spice"], "needs a grammar; give it with --grammar"));
        var selection = registry.Select(["spider"], Set);
        var leftOut = Assert.Single(selection.LeftOut);
        Assert.Equal(["spice", "spider"], leftOut.Names);
        Assert.Equal("spice and spider are left out: spice needs a grammar; give it with --grammar.", leftOut.Sentence);
        Assert.Equal(["cider_d"], selection.Metrics.Select(metric => metric.Name));
    }

    [Fact]
    public void Select_MetricWithoutData_SaysHowToGetIt()
    {
        var leftOut = Assert.Single(StandardMetrics.Create(null).Select(["meteor", "bleu_4"], Set).LeftOut);
        Assert.Contains("meteor is left out", leftOut.Sentence, StringComparison.Ordinal);
        Assert.Contains("apt-get install wordnet-base", leftOut.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Select_NameOfAScore_FindsItsMetric() =>
        Assert.Equal(["bleu"], StandardMetrics.Create(null).Select(["BLEU_4"], Set).Metrics.Select(metric => metric.Name));

    [Fact]
    public void Select_SingleClip_LeavesOutCiderD()
    {
        var selection = StandardMetrics.Create(null).Select(["cider_d", "bleu"], new CaptionSet(["a dog"], [["a dog"]]));
        Assert.Contains("2 clips", Assert.Single(selection.LeftOut).Sentence, StringComparison.Ordinal);
        Assert.Equal(4, selection.Evaluate(new CaptionSet(["a dog"], [["a dog"]])).Count);
    }

    [Fact]
    public void Evaluate_NoMetricTwice_AndInTheOrderOfTheRegistry()
    {
        var computed = 0;
        var registry = StandardMetrics.Create(null)
            .Add(new CaptionMetric("spice", _ => { computed++; return MetricScores.Mean("spice", PublishedClips.Scores("spice")); }))
            .Add(new CaptionMetric("fer", _ => MetricScores.Mean("fer", PublishedClips.Scores("fer"))));
        var scores = registry.Select(["spider_fl", "spider", "spice"], Set).Evaluate(Set);
        Assert.Equal(["cider_d", "spice", "spider", "fer", "spider_fl"], scores.Select(score => score.Name));
        Assert.Equal(1, computed);
    }

    [Fact]
    public void Evaluate_Vocabulary_HasTheNamesOfTheReferencePackage()
    {
        var scores = StandardMetrics.Create(null).Select(["vocab"], Set).Evaluate(Set).ToDictionary(score => score.Name, score => score.Corpus);
        var expected = VocabularyStatistics.Of(Set);
        Assert.Equal(expected.Candidates, scores["vocab.cands"]);
        Assert.Equal(expected.AverageReferences, scores["vocab.mrefs_avg"]);
        Assert.Equal(expected.F1, scores["vocab.f1"]);
        Assert.Equal(9, scores.Count);
    }

    [Fact]
    public void Evaluate_Diversity_EqualsPublishedFigures()
    {
        var scores = StandardMetrics.Create(null).Select(["diversity"], Set).Evaluate(Set).ToDictionary(score => score.Name);
        foreach (var name in new[] { "sents_div1.cands", "sents_div2.mrefs", "sents_div3.ratio" })
            NGramCases.AssertClose(PublishedClips.Scores(name), scores[name].Sentences, 1e-12);
    }

    [Fact]
    public void Evaluate_Tokenized_ScoresWordsWithoutPunctuation()
    {
        var raw = new CaptionSet(["A dog barks, loudly.", "Rain!"], [["a dog barks loudly"], ["rain"]]);
        Assert.Equal(["a dog barks loudly", "rain"], raw.Tokenize(MetricTokenizer.Ptb).Candidates);
        Assert.Equal(1, RougeL.Evaluate(raw.Tokenize(MetricTokenizer.Ptb)).Corpus, 1e-12);
        Assert.Same(raw, raw.Tokenize(MetricTokenizer.None));
    }
}
