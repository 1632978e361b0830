using Auricle.Models.Encoders.Text;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class FenseTests : IDisposable
{
    private readonly PublishedLayout _layout = new();

    public void Dispose() => _layout.Dispose();

    [Fact]
    public void Scores_PublishedProbabilities_GiveThePublishedFigures()
    {
        var probabilities = PublishedClips.Clips.Select(clip => FluencyErrorDetector.Types
            .Select(type => clip.GetProperty("scores").GetProperty($"fer.{type}_prob").GetSingle()).ToArray()).ToArray();
        var scores = FluencyErrorRate.Scores(probabilities, new FluencyDetectorOptions { ReportsProbabilities = true });
        Assert.Equal(["fer", .. FluencyErrorDetector.Types.Select(type => $"fluency_error.{type}_prob")], scores.Select(score => score.Name));
        Assert.Equal(PublishedClips.Scores("fer"), scores[0].Sentences);
        Assert.Equal(probabilities.Average(clip => (double)clip[5]), scores[6].Corpus, 1e-12);

        var similarity = Published("sbert_sim");
        var fense = FluencyPenalty.Apply(Fense.Name, similarity, scores[0], 0.9);
        NGramCases.AssertClose(PublishedClips.Scores("fense"), fense.Sentences, 1e-12);
        NGramCases.AssertClose(PublishedClips.Scores("spider_fl"), FluencyPenalty.Apply("spider_fl", Published("spider"), scores[0], 0.9).Sentences, 1e-12);
        Assert.Equal(fense.Sentences.Average(), fense.Corpus);
    }

    [Theory]
    [InlineData(0.5f, 0)]
    [InlineData(0.5000001f, 1)]
    public void Scores_AtTheThreshold_CountsWhatIsAbove(float probability, double expected)
    {
        var scores = FluencyErrorRate.Scores([[1, 1, 1, 1, 1, probability]], new FluencyDetectorOptions { Threshold = 0.5 });
        Assert.Equal(expected, Assert.Single(scores).Corpus);
    }

    [SharedFact]
    public void Detect_FixtureCaptions_EqualsTheReferencesVectors()
    {
        using var detector = FluencyErrorDetector.Load(_layout.WriteDetector(), _layout.WriteWordList());
        // As the fixture's captions, but for marks and capitals; and the first as it is.
        var captions = PublishedLayout.Captions;
        string[] texts = [.. captions.Select(caption => char.ToUpperInvariant(caption[0]) + caption[1..].Replace(" ", ", ", StringComparison.Ordinal) + "!"), captions[0]];
        var probabilities = detector.Detect(texts);
        var first = HashText.Fixture("bert", "bert_tiny")["cls"].Floats().Chunk(TextEncoderConfig.BertTiny.Width).ToArray();
        for (var caption = 0; caption < captions.Length; caption++)
            TensorAssert.Close(Expected(first[caption]), probabilities[caption], 2e-4, texts[caption]);
        Assert.Same(probabilities[0], probabilities[^1]);
    }

    [SharedFact]
    public void Evaluate_FixtureCaptions_EqualsTheReferencesVectors()
    {
        _layout.WriteSentenceEncoder();
        using var similarity = SentenceSimilarity.Load(_layout.Root);
        var captions = PublishedLayout.Captions;
        var vectors = HashText.Fixture("bert", "bert_tiny")["mean_l2"].Floats().Chunk(TextEncoderConfig.BertTiny.Width).ToArray();
        double Dot(int a, int b) => vectors[a].Zip(vectors[b], (x, y) => (double)x * y).Sum();
        var scores = similarity.Evaluate(new CaptionSet([captions[0], captions[1]], [[captions[1], captions[2]], [captions[1]]]));
        Assert.Equal("sbert_sim", scores.Name);
        Assert.Equal((Dot(0, 1) + Dot(0, 2)) / 2, scores.Sentences[0], 2e-4);
        Assert.Equal(1, scores.Sentences[1], 1e-5);
        Assert.Equal(scores.Sentences.Average(), scores.Corpus);
    }

    [Fact]
    public void Load_PublishedLayout_CombinesBothModels()
    {
        _layout.WriteSentenceEncoder();
        _layout.WriteDetector();
        _layout.WriteWordList();
        var set = new CaptionSet(
            ["a dog barks", "Rain falls and thunder rolls.", "a man speaks while its raining", "a dog barks"],
            [["a dog barks while its raining"], ["thunder rolls", "rain falls"], ["the man speaks", "a man speaks while its raining"], ["a dog"]]);
        using var detector = FluencyErrorDetector.Load(_layout.Root);
        var errors = detector.Detect(set.Candidates).Select(clip => (double)clip[5]).ToArray();
        // Such that some captions are above it and some are not.
        var threshold = errors.Distinct().Order().ElementAt(1);
        using var fense = Fense.Load(_layout.Root, new FenseOptions { Fluency = new FluencyDetectorOptions { Threshold = threshold, ReportsProbabilities = true } });
        var scores = fense.Evaluate(set);
        Assert.Equal(["fense", "sbert_sim", "fer", "fluency_error.add_tail_prob"], scores.Take(4).Select(score => score.Name));
        Assert.Equal(9, scores.Count);
        for (var clip = 0; clip < set.Count; clip++)
        {
            var isWrong = errors[clip] > threshold;
            Assert.Equal(isWrong ? 1 : 0, scores[2].Sentences[clip]);
            Assert.Equal(scores[1].Sentences[clip] * (isWrong ? 0.1 : 1), scores[0].Sentences[clip], 1e-12);
        }
        Assert.InRange(scores[2].Corpus, 0.1, 0.9);
        // The same metrics, built from parts that stay the caller's.
        using var similarity = SentenceSimilarity.Load(_layout.Root);
        using var parts = new Fense(similarity, new FluencyErrorRate(detector, new FluencyDetectorOptions { Threshold = threshold }));
        Assert.Equal(scores[0].Sentences, parts.Evaluate(set)[0].Sentences);
        parts.Dispose();
        Assert.Equal(scores[1].Sentences, similarity.Evaluate(set).Sentences);
    }

    [Fact]
    public void Evaluate_OneClip_EqualsTheSameClipAmongMany()
    {
        _layout.WriteSentenceEncoder();
        _layout.WriteDetector(FluencyDetectorOptions.TinyDetector);
        var options = new FenseOptions { Fluency = new FluencyDetectorOptions { Detector = FluencyDetectorOptions.TinyDetector, ReportsProbabilities = true } };
        // The word list of the sentence encoder serves the detector as well.
        using var fense = Fense.Load(_layout.Root, options);
        string[] candidates = ["a dog", "", "a man speaks while its raining and thunder rolls", "rain"];
        string[][] references = [["the dog barks"], ["rain falls"], ["a man speaks"], ["rain"]];
        var together = fense.Evaluate(new CaptionSet(candidates, references));
        for (var clip = 0; clip < candidates.Length; clip++)
        {
            var alone = fense.Evaluate(new CaptionSet([candidates[clip]], [references[clip]]));
            foreach (var (a, b) in alone.Zip(together))
                Assert.Equal(a.Sentences[0], b.Sentences[clip], 5e-6);
        }
    }

    [Theory]
    [InlineData("A dog's bark, 2x loud_er!", "a dogs bark 2x loud_er")]
    [InlineData("caf\u00e9 \u2014 \u65e5\u672c\u8a9e \u00bd", "caf\u00e9  \u65e5\u672c\u8a9e \u00bd")]
    [InlineData("cafe\u0301\ttwo\u200b", "cafe\ttwo")]
    [InlineData("?!", "")]
    public void Clean_MarksAndCapitals_AreTakenOff(string text, string expected) => Assert.Equal(expected, FluencyErrorDetector.Clean(text));

    [Fact]
    public void Load_EmptyFolder_NamesEveryMissingFile()
    {
        var error = Assert.Throws<FileNotFoundException>(() => Fense.Load(_layout.Root));
        foreach (var part in new[] { "FENSE needs", _layout.Root, "'paraphrase-TinyBERT-L6-v2'", "'echecker_clotho_audiocaps_base.ckpt'", "'bert-base-uncased/vocab.txt'", "auricle models pull paraphrase-TinyBERT-L6-v2" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => FluencyErrorRate.Load(_layout.Root));
        Assert.Throws<FileNotFoundException>(() => SentenceSimilarity.Load(Path.Combine(_layout.Root, "none")));
    }

    [Fact]
    public void Load_DamagedDetector_SaysWhatIsWrong()
    {
        var words = _layout.WriteWordList();
        var few = Assert.Throws<WeightsException>(() => FluencyErrorDetector.Load(_layout.WriteDetector(types: 2), words));
        Assert.Contains("'clf.weight' [2, 128], expected [6, 128]", few.Message, StringComparison.Ordinal);
        var more = Assert.Throws<WeightsException>(() => FluencyErrorDetector.Load(_layout.WriteDetector(more: [new TorchEntry("extra", [1], [0])]), words));
        Assert.Contains("unexpected: extra", more.Message, StringComparison.Ordinal);
        var layer = new TorchEntry("encoder.encoder.layer.2.output.dense.bias", [128], new float[128]);
        var deep = Assert.Throws<WeightsException>(() => FluencyErrorDetector.Load(_layout.WriteDetector(more: [layer]), words));
        Assert.Contains("encoder.layer.2.attention.self.query.weight", deep.Names);
        var path = Path.Combine(_layout.Root, "none.ckpt");
        TorchZip.Write(path, new Dictionary<string, object>(), "state_dict", [new TorchEntry("clf.bias", [6], new float[6])]);
        Assert.Contains("holds no 'embeddings.word_embeddings.weight'", Assert.Throws<WeightsException>(() => FluencyErrorDetector.Load(path, words)).Message, StringComparison.Ordinal);
        TorchZip.Write(path, new Dictionary<string, object>(), "state_dict", [new TorchEntry("encoder.embeddings.word_embeddings.weight", [6, 2], new float[12])]);
        Assert.Contains("has no table", Assert.Throws<WeightsException>(() => FluencyErrorDetector.Load(path, words)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_OtherSet_IsRefused()
    {
        var one = new MetricScores("a", 0, [1]);
        Assert.Contains("1 clips with a but 2 with fer", Assert.Throws<MetricInputException>(() => FluencyPenalty.Apply("x", one, new MetricScores("fer", 0, [0, 1]), 0.9)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => FluencyPenalty.Apply("x", one, one, 1.5));
    }

    private static MetricScores Published(string name)
    {
        var values = PublishedClips.Scores(name);
        return new MetricScores(name, values.Average(), values);
    }

    // The detector's last layer by hand, on the fixture's vector of the first token.
    private static float[] Expected(ReadOnlySpan<float> vector)
    {
        var result = new float[FluencyErrorDetector.Types.Count];
        for (var type = 0; type < result.Length; type++)
        {
            double sum = PublishedLayout.ClassifierBias[type];
            for (var i = 0; i < vector.Length; i++)
                sum += (double)vector[i] * PublishedLayout.ClassifierWeight[type * vector.Length + i];
            result[type] = (float)(1 / (1 + Math.Exp(-sum)));
        }
        return result;
    }
}
