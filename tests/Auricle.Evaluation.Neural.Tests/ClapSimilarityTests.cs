using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Clap;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Evaluation.Neural.Tests;

/// <summary>CLAP-sim and MACE on the embeddings that the reference's MS-CLAP 2023 gave for two sounds and three texts.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class ClapSimilarityTests : IDisposable
{
    // The fixture multiplies cosines by exp(ln(1/0.07)) and states 2e-4 for the product.
    private const double Temperature = 0.07;
    private const double Tolerance = 2e-4 * Temperature;

    // They stand for the fixture's texts in order.
    private static readonly string[] Texts = ["a dog barks", "a man speaks", "rain falls"];

    private static readonly IReadOnlyDictionary<string, StoredTensor> Fixture =
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder("ms-clap"), "ms_clap_2023.safetensors"), out _);

    private static readonly float[][] Similarity = [.. Fixture["similarity"].Floats().Chunk((int)Fixture["similarity"].Shape[1])]; // [sound][text]

    private readonly PublishedLayout _layout = new();

    public void Dispose() => _layout.Dispose();

    [Fact]
    public void Evaluate_Audio_EqualsTheReferencesCosines()
    {
        var scores = new ClapSimilarity(new StoredModel()).Evaluate(Set(Texts[0], Texts[2]), ClapMethod.Audio, Sounds(0, 1));
        Assert.Equal("clap_sim", scores.Name);
        Assert.Equal(Similarity[0][0] * Temperature, scores.Sentences[0], Tolerance);
        Assert.Equal(Similarity[1][2] * Temperature, scores.Sentences[1], Tolerance);
        Assert.Equal(scores.Sentences.Average(), scores.Corpus);
    }

    [Fact]
    public void Evaluate_Text_IsTheMeanOverReferences()
    {
        var scores = new ClapSimilarity(new StoredModel()).Evaluate(new CaptionSet([Texts[0], Texts[1]], [[Texts[1], Texts[2]], [Texts[1]]]));
        Assert.Equal((Cosine(0, 1) + Cosine(0, 2)) / 2, scores.Sentences[0], 1e-6);
        Assert.Equal(1, scores.Sentences[1], 1e-6);
    }

    [Fact]
    public void Evaluate_Combined_IsTheMeanOfBoth()
    {
        var metric = new ClapSimilarity(new StoredModel());
        var set = new CaptionSet([Texts[0], Texts[1]], [[Texts[1], Texts[2]], [Texts[0]]]);
        var text = metric.Evaluate(set);
        var audio = metric.Evaluate(set, ClapMethod.Audio, Sounds(0, 1));
        var both = metric.Evaluate(set, ClapMethod.Combined, Sounds(0, 1));
        NGramCases.AssertClose(text.Sentences.Zip(audio.Sentences, (a, b) => (a + b) / 2), both.Sentences, 1e-12);
    }

    [Fact]
    public void Evaluate_ManyTexts_EncodesEachOnce()
    {
        var model = new StoredModel();
        var set = new CaptionSet([.. Enumerable.Repeat(Texts[0], 50)], [.. Enumerable.Range(0, 50).Select(clip => new[] { Texts[clip % 3] })]);
        var scores = new ClapSimilarity(model).Evaluate(set);
        Assert.Equal(3, model.TextsSeen);
        Assert.Equal(Cosine(0, 2), scores.Sentences[2], 1e-6);
    }

    [Fact]
    public void Evaluate_Mace_LosesThreeTenthsAboveItsThreshold()
    {
        using var detector = FluencyErrorDetector.Load(_layout.WriteDetector(), _layout.WriteWordList());
        var set = new CaptionSet([Texts[0], Texts[1], Texts[2]], [[Texts[1]], [Texts[2]], [Texts[0]]]);
        var errors = detector.Detect(set.Candidates).Select(clip => (double)clip[5]).ToArray();
        var threshold = errors.Order().ElementAt(1);
        using var mace = new Mace(new StoredModel(), detector, threshold);
        var scores = mace.Evaluate(set);
        Assert.Equal(["mace", "clap_sim", "fer"], scores.Select(score => score.Name));
        for (var clip = 0; clip < set.Count; clip++)
            Assert.Equal(scores[1].Sentences[clip] * (errors[clip] > threshold ? 0.7 : 1), scores[0].Sentences[clip], 1e-12);
        Assert.InRange(scores[2].Corpus, 0.3, 0.4);
        Assert.Equal(scores[0].Sentences.Average(), scores[0].Corpus);
        using var loaded = Mace.Load(_layout.Root, new StoredModel());
        Assert.Equal(errors.Select(error => error > 0.97 ? 1.0 : 0.0), loaded.Evaluate(set, ClapMethod.Combined, Sounds(0, 1, 0))[2].Sentences);
    }

    [Fact]
    public void Load_ModelsFolder_MeasuresInTheSpaceOfMsClap2023()
    {
        var empty = Assert.Throws<FileNotFoundException>(() => ClapSimilarity.Load(_layout.Root));
        Assert.Contains("'CLAP_weights_2023.pth'", empty.Message, StringComparison.Ordinal);
        Assert.Contains("'gpt2'", empty.Message, StringComparison.Ordinal);
        var checkpoint = HashClap.WriteMs2023(_layout.Root);
        using var metric = ClapSimilarity.Load(_layout.Root);
        using var model = ClapModel.Load(checkpoint, Path.Combine(_layout.Root, "gpt2"));
        Assert.Equal(model.SampleRate, metric.SampleRate);
        var clip = AudioClip.FromSamples(HashWeights.Signal("clap", 44100), 44100);
        var score = metric.Evaluate(Set(Texts[1]), ClapMethod.Audio, [clip]).Sentences[0];
        using var scope = TensorScope.Begin();
        var likeness = model.Similarity(model.EmbedAudio([clip]), model.EmbedText([Texts[1]]));
        Assert.Equal(likeness.ToDouble() * Temperature, score, 1e-6); // the fixtures' scale
        Assert.Equal(1, metric.Evaluate(Set(Texts[0])).Sentences[0], 1e-6); // a caption that is its own reference
    }

    [Fact]
    public void Evaluate_WrongSounds_SaysWhatIsMissing()
    {
        var metric = new ClapSimilarity(new StoredModel());
        Assert.Contains("The method Audio compares captions with the sound", Assert.Throws<MetricInputException>(() => metric.Evaluate(Set(Texts[0]), ClapMethod.Audio)).Message, StringComparison.Ordinal);
        Assert.Contains("There are 1 sounds for 2 clips", Assert.Throws<MetricInputException>(() => metric.Evaluate(Set(Texts[0], Texts[1]), ClapMethod.Audio, Sounds(0))).Message, StringComparison.Ordinal);
        Assert.Contains("more sounds than the 1 clips", Assert.Throws<MetricInputException>(() => metric.Evaluate(Set(Texts[0]), ClapMethod.Combined, Sounds(0, 1))).Message, StringComparison.Ordinal);
        Assert.Contains("load one and give it", Assert.Throws<ArgumentNullException>(() => new ClapSimilarity(null!)).Message, StringComparison.Ordinal);
        Assert.Contains("load one and give it", Assert.Throws<ArgumentNullException>(() => Mace.Load(_layout.Root, null!)).Message, StringComparison.Ordinal);
        Assert.Contains("expected [1, 7]", Assert.Throws<InvalidOperationException>(() => new ClapSimilarity(new StoredModel { EmbeddingWidth = 7 }).Evaluate(Set(Texts[0]))).Message, StringComparison.Ordinal);
    }

    private static CaptionSet Set(params string[] candidates) => new(candidates, [.. candidates.Select(_ => new[] { Texts[0] })]);

    private static IEnumerable<AudioClip> Sounds(params int[] places) => places.Select(place => AudioClip.FromSamples([place], 8000));

    private static double Cosine(int a, int b)
    {
        var vectors = Fixture["text.embed"].Floats().Chunk(1024).ToArray();
        double Dot(float[] x, float[] y) => x.Zip(y, (p, q) => (double)p * q).Sum();
        return Dot(vectors[a], vectors[b]) / Math.Sqrt(Dot(vectors[a], vectors[a]) * Dot(vectors[b], vectors[b]));
    }

    /// <summary>Gives the stored vectors: of a text by its place in <see cref="Texts"/>, of a sound by its only sample.</summary>
    private sealed class StoredModel : IAudioTextModel
    {
        public int EmbeddingWidth { get; init; } = 1024;

        public int SampleRate => 8000;

        public int TextsSeen { get; private set; }

        public Tensor EmbedText(IReadOnlyList<string> texts)
        {
            TextsSeen += texts.Count;
            return Pick("text.embed", texts.Select(text => (long)Array.IndexOf(Texts, text)));
        }

        public Tensor EmbedAudio(IReadOnlyList<AudioClip> clips) => Pick("audio.embed", clips.Select(clip => (long)clip.Samples[0]));

        public void Dispose() { }

        private static Tensor Pick(string name, IEnumerable<long> rows)
        {
            var ids = rows.ToArray();
            return Tensor.From(Fixture[name]).IndexSelect(0, Tensor.From<long>(ids, ids.Length));
        }
    }
}
