using Auricle.Audio;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Systems.Correspondences;
using Auricle.Testing;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Models.Tests.Correspondences;

/// <summary>Retrieval models against the reference's numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CorrespondenceParityTests
{
    private const double Tolerance = 2e-4;
    private const string GradientNorm = "grad_norm_f64/";
    private const string Gradient = "grad/";

    // 1.8 GB of weights, as much again of gradients.
    [SharedFact]
    [Trait("Category", "Slow")]
    public void PublishedSize_SoundsTextsAndGradients_EqualTheReference()
    {
        const string Entry = "salsa_end_to_end";
        var expected = HashStore.Fixture("retrieval", Entry);
        var inputs = HashCorrespondence.Inputs;
        using var model = HashCorrespondence.Create(HashCorrespondence.Published, Tokenizer("roberta"), inputs[Entry, "tau"].GetDouble(), inputs.Seed, isTrainable: true);
        Assert.Equal((inputs[Entry, "padded_samples"].GetInt32(), inputs[Entry, "segment_samples"].GetInt32()), (model.ClipSamples, model.SegmentSamples));
        using var scope = TensorScope.Begin();
        var clips = inputs.Clips(Entry);
        double[] shares = [.. clips.Select(clip => (double)clip.Length / model.ClipSamples)];
        TensorAssert.Close(expected["audio_length"].Floats(), shares.Select(share => (float)share).ToArray(), 1e-6, "audio_length");
        var waves = Tensor.From<float>([.. clips.SelectMany(clip => clip.Concat(new float[model.ClipSamples - clip.Length]))], clips.Length, model.ClipSamples);
        using (NoGrad.Begin())
        {
            var segments = model.ClipSamples / model.SegmentSamples;
            var features = model.Hear(waves.View(-1, model.SegmentSamples)).View(clips.Length, segments, -1);
            TensorAssert.Close(expected["segment_features"], features, Tolerance, "segment_features");
            Assert.Equal(Tensor.From(expected["segment_mask"]).ToArray<long>(), model.Mask(shares, segments).To(DType.Int64).ToArray<long>());
        }
        // As a user calls it: clips of their own lengths, of which silent segments are not heard.
        TensorAssert.Close(expected["audio_embedding"], model.EmbedAudio([.. clips.Select(clip => AudioClip.FromSamples(clip, model.SampleRate))]), Tolerance, "clips");

        var captions = model.Tokenize(HashCorrespondence.Inputs.Captions(Entry));
        var text = model.EncodeTokens(Tensor.From<long>(captions.Ids, captions.Rows, captions.Length), Tensor.From<long>(captions.Mask, captions.Rows, captions.Length), training: true);
        TensorAssert.Close(expected["sentence_embedding"], text, Tolerance, "sentence_embedding");
        TensorAssert.Close(expected["sentence_embedding"], model.EmbedText(HashCorrespondence.Inputs.Captions(Entry)), Tolerance, "captions");
        var audio = model.EncodeWaves(waves, shares, training: true);
        TensorAssert.Close(expected["audio_embedding"], audio, Tolerance, "audio_embedding");
        var logits = model.Similarity(audio, text);
        TensorAssert.Close(expected["similarity"], logits.Mul(inputs[Entry, "tau"].GetDouble()), 1e-4, "similarity");

        var own = Tensor.Arange(0, clips.Length, 1, DType.Int64);
        var loss = logits.CrossEntropyLoss(own).Add(logits.T().CrossEntropyLoss(own)).Div(2);
        TensorAssert.Close(expected["loss"].Floats(), loss.View(1).ToArray<float>(), 0, "loss", relative: 1e-3);
        loss.Backward();
        CheckGradients(model, name => expected.Keys.Where(key => key.StartsWith(name, StringComparison.Ordinal)), key => Tensor.From(expected[key]));
    }

    [Fact]
    public void Sequence_GivenFeatures_EqualTheReference()
    {
        var expected = HashStore.Fixture("retrieval", "sequence_model");
        var inputs = HashCorrespondence.Inputs;
        using var model = HashCorrespondence.Create(HashCorrespondence.WithSequence, seed: inputs.Seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var given = inputs["sequence_model", "features"];
        long[] shape = [.. given.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        var values = HashWeights.Uniform(given.GetProperty("name").GetString()!, (int)(shape[0] * shape[1] * shape[2] * shape[3]), inputs.Seed);
        var features = Tensor.From<float>([.. values.Select(value => (float)value)], shape);
        TensorAssert.Close(expected["features"], features.Narrow(3, 0, expected["features"].Shape[3]), 0, "features");
        var slice = expected["posencode.pe.slice"].Shape;
        TensorAssert.Close(expected["posencode.pe.slice"], model.Places!.Narrow(1, 0, slice[1]).Narrow(2, 0, slice[2]), 1e-5, "places");
        var shares = expected["audio_length"].Floats().Select(share => (double)share).ToArray();
        var pooled = model.Pool(features.Mean([1]), model.Mask(shares, shape[2]), training: false);
        TensorAssert.Close(expected["audio_embedding"], model.ProjectAudio(pooled), Tolerance, "audio_embedding");
    }

    [SharedFact]
    public void Sequence_Captions_EqualTheReference()
    {
        var expected = HashStore.Fixture("retrieval", "sequence_model");
        using var model = HashCorrespondence.Create(HashCorrespondence.WithSequence, Tokenizer("bert-base-uncased"), seed: HashCorrespondence.Inputs.Seed);
        using var scope = TensorScope.Begin();
        TensorAssert.Close(expected["sentence_embedding"], model.EmbedText(HashCorrespondence.Inputs.Captions("sequence_model")), Tolerance, "sentence_embedding");
    }

    [Fact]
    public void Parameters_PublishedSize_AreThoseOfTheCheckpoint() => CheckNames("salsa_passt_robertalarge", HashCorrespondence.Published);

    [Fact]
    public void Parameters_WithSequence_AreThoseOfTheCheckpoint() => CheckNames("salsa_sequence_variant_berttiny", HashCorrespondence.WithSequence);

    // The fixtures' variant was made without an audio encoder.
    private static void CheckNames(string variant, CorrespondenceConfig config)
    {
        var isWithEncoder = config.Sequence is null;
        Assert.Equal(
            HashStore.Keys("retrieval", variant, name => CorrespondenceWeights.IsExpected(name, config)),
            HashCorrespondence.Shapes(config).Where(entry => isWithEncoder || !entry.Name.StartsWith("audio_embedding_model.", StringComparison.Ordinal))
                .Select(entry => $"{entry.Name} [{string.Join(", ", entry.Shape)}]").Order());
    }

    private static void CheckGradients(CorrespondenceModel model, Func<string, IEnumerable<string>> keys, Func<string, Tensor> read)
    {
        var weights = model.Weights.Entries.ToDictionary(entry => entry.Name, entry => entry.Tensor);
        var seen = 0;
        foreach (var key in keys(GradientNorm))
        {
            using var scope = TensorScope.Begin();
            var norm = weights[key[GradientNorm.Length..^"_f64".Length]].Grad!.To(DType.Float64).Norm().ToDouble();
            var expected = read(key).ToDouble();
            Assert.True(Math.Abs(norm - expected) <= 1e-2 * expected, $"{key} is {norm:g6}, expected {expected:g6}");
            seen++;
        }
        foreach (var key in keys(Gradient))
        {
            using var scope = TensorScope.Begin();
            var expected = read(key);
            var actual = weights[key[Gradient.Length..^".slice".Length]].Grad!.Narrow(0, 0, expected.Size(0)).Narrow(1, 0, expected.Size(1));
            TensorAssert.Close(expected.ToArray<float>(), actual.ToArray<float>(), 1e-6 + 1e-2 * expected.ToArray<float>().Max(Math.Abs), key);
            seen++;
        }
        Assert.InRange(seen, 2, int.MaxValue);
    }

    private static SubwordTokenizer Tokenizer(string name) => SubwordTokenizer.Load(Path.Combine(Fixtures.SharedRoot!, "tokenizers", name));
}
