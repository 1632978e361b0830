using Auricle.Models.Encoders.Text;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class BertScoreTests : IDisposable
{
    private static readonly TextEncoderConfig Config = new() { VocabularySize = 40, Width = 32, Layers = 3, Heads = 2, FeedForwardWidth = 64, Positions = 40 };

    private readonly PublishedLayout _layout = new();

    public void Dispose() => _layout.Dispose();

    [Fact]
    public void Compare_TwoTexts_MatchesEveryTokenWithItsClosest()
    {
        var candidate = new BertScore.TokenVectors([1, 0, 0, 1], 2);
        var reference = new BertScore.TokenVectors([0.6f, 0.8f, -1, 0, 0, -1], 2);
        var agreement = BertScore.Compare(candidate, reference);
        Assert.Equal((0.6 + 0.8) / 2, agreement.Precision, 1e-6);
        Assert.Equal(0.8 / 3, agreement.Recall, 1e-6); // no match counts below 0
        Assert.Equal(2 * 0.7 * (0.8 / 3) / (0.7 + (0.8 / 3)), agreement.F1, 1e-6);
        var stretched = BertScore.Compare(candidate, reference, new BertScoreBaseline(0.5, 0.2, 0.1));
        Assert.Equal(0.4, stretched.Precision, 1e-6);
        Assert.Equal(((0.8 / 3) - 0.2) / 0.8, stretched.Recall, 1e-6);
        Assert.Equal((agreement.F1 - 0.1) / 0.9, stretched.F1, 1e-6);
        Assert.Equal(default, BertScore.Compare(new BertScore.TokenVectors([], 2), reference));
        Assert.Equal(default, BertScore.Compare(new BertScore.TokenVectors([1, 0], 2), new BertScore.TokenVectors([-1, 0], 2)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(2)]
    public void Evaluate_EveryLayer_EqualsTheDefinition(int? layer)
    {
        using var metric = Load(new BertScoreOptions { Model = "small", Layer = layer });
        string[] candidates = ["a dog barks", "Rain falls and thunder rolls.", "", "the man"];
        string[][] references =
        [
            ["a dog barks", "a man speaks"],
            ["thunder rolls", "rain falls , rain falls , rain falls and the dog barks", "rain"],
            ["a dog"],
            ["a man speaks while its raining", ""],
        ];
        var scores = metric.Evaluate(new CaptionSet(candidates, references));
        Assert.Equal(["bert_score.precision", "bert_score.recall", "bert_score.f1"], scores.Select(score => score.Name));
        using var model = TextModel.Load(Path.Combine(_layout.Root, "small"));
        for (var clip = 0; clip < candidates.Length; clip++)
        {
            var pairs = references[clip].Select(reference => Define(model, candidates[clip], reference, layer)).ToArray();
            Assert.Equal(pairs.Max(pair => pair.Precision), scores[0].Sentences[clip], 1e-5);
            Assert.Equal(pairs.Max(pair => pair.Recall), scores[1].Sentences[clip], 1e-5);
            Assert.Equal(pairs.Max(pair => pair.F1), scores[2].Sentences[clip], 1e-5);
        }
        foreach (var score in scores)
        {
            Assert.Equal(1, score.Sentences[0], 1e-6);
            Assert.Equal(0, score.Sentences[2]);
            Assert.Equal(score.Sentences.Average(), score.Corpus);
        }
        // The best precision and the best recall come from two references.
        var rain = references[1].Select(reference => Define(model, candidates[1], reference, layer)).ToArray();
        Assert.True(scores[0].Sentences[1] >= rain[0].Precision && scores[1].Sentences[1] >= rain[1].Recall);
    }

    [Fact]
    public void Evaluate_ManyClips_EqualsEachAlone()
    {
        using var metric = Load(new BertScoreOptions { Model = "small" });
        string[] words = ["a", "dog", "man", "rain", "thunder", "barks", "speaks", "falls", "rolls"];
        var candidates = Enumerable.Range(0, 600).Select(i => $"{words[i % 3]} {words[i % 7]} {words[i % 9]}").ToArray();
        var references = candidates.Select((text, i) => (IReadOnlyList<string>)[candidates[(i * 7 + 1) % candidates.Length], "a dog barks"]).ToArray();
        var together = metric.Evaluate(new CaptionSet(candidates, references));
        foreach (var clip in new[] { 0, 255, 256, 599 })
        {
            var alone = metric.Evaluate(new CaptionSet([candidates[clip]], [references[clip]]));
            for (var i = 0; i < alone.Count; i++)
                Assert.Equal(alone[i].Corpus, together[i].Sentences[clip], 1e-5);
        }
    }

    [Fact]
    public void Evaluate_LongText_IsCut()
    {
        using var metric = Load(new BertScoreOptions { Model = "small", MaximumLength = 5 });
        var scores = metric.Evaluate(new CaptionSet(["a dog barks rain"], [["a dog bark thunder rolls"]]));
        Assert.Equal(1, scores[2].Corpus, 1e-6); // both end after "bark"
    }

    [Fact]
    public void Load_WrongFolderOrLayer_SaysWhatIsWrong()
    {
        var error = Assert.Throws<FileNotFoundException>(() => BertScore.Load(_layout.Root));
        foreach (var part in new[] { "BERTScore needs", "'roberta-large'", "merges.txt", "FacebookAI/roberta-large" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Contains("layer 4; the encoder has the layers 0 to 3", Assert.Throws<ArgumentOutOfRangeException>(() => Load(new BertScoreOptions { Model = "small", Layer = 4 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FolderWithOwner_IsFound()
    {
        HashText.WriteFolder(Path.Combine(_layout.Root, "owner", "name"), Config);
        using var metric = BertScore.Load(_layout.Root, new BertScoreOptions { Model = "owner/name" });
        Assert.Equal(1, metric.Evaluate(new CaptionSet(["a dog"], [["a dog"]]))[2].Corpus, 1e-6);
    }

    [Fact]
    public void Read_BaselineTable_TakesTheLayersLine()
    {
        var path = Path.Combine(_layout.Root, "table.tsv");
        File.WriteAllText(path, "LAYER,P,R,F\n0,0.3,0.31,0.32\n17,0.83,0.831,0.832\n18,1,1,1\n");
        Assert.Equal(new BertScoreBaseline(0.83, 0.831, 0.832), BertScoreBaseline.Read(path, 17));
        Assert.Contains("no line for layer 5", Assert.Throws<MetricInputException>(() => BertScoreBaseline.Read(path, 5)).Message, StringComparison.Ordinal);
        Assert.Contains("'18,1,1,1'", Assert.Throws<MetricInputException>(() => BertScoreBaseline.Read(path, 18)).Message, StringComparison.Ordinal);
    }

    private BertScore Load(BertScoreOptions options)
    {
        HashText.WriteFolder(Path.Combine(_layout.Root, options.Model), Config);
        return BertScore.Load(_layout.Root, options);
    }

    // As the reference program computes it, in double precision: all tokens of both texts, special ones set to zero.
    private static (double Precision, double Recall, double F1) Define(TextModel model, string candidate, string reference, int? layer)
    {
        var a = Vectors(model, candidate, layer);
        var b = Vectors(model, reference, layer);
        double Best(double[] vector, double[][] others) => others.Max(other => vector.Zip(other, (x, y) => x * y).Sum());
        double Mean(double[][] from, double[][] to)
        {
            var inner = from[1..^1];
            return inner.Length == 0 ? 0 : inner.Average(vector => Best(vector, to));
        }
        var (precision, recall) = (Mean(a, b), Mean(b, a));
        return (precision, recall, precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0);
    }

    private static double[][] Vectors(TextModel model, string text, int? layer)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var rows = model.Forward(model.Tokenizer.EncodeBatch([text]), depth: layer).ToArray<float>().Chunk(model.Encoder.Width).ToArray();
        return [.. rows.Select((row, place) =>
        {
            var length = Math.Sqrt(row.Sum(value => (double)value * value));
            var isSpecial = place == 0 || place == rows.Length - 1;
            return Array.ConvertAll(row, value => isSpecial ? 0 : value / length);
        })];
    }
}
