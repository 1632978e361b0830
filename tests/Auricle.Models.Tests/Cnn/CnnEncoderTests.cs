using Auricle.Models.Encoders.Cnn;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Cnn;

/// <summary>The CNNs of PANNs and of DCASE 2023's baseline at full size against the reference's numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CnnEncoderTests(HashCnn14 weights) : IClassFixture<HashCnn14>
{
    private static readonly IReadOnlyDictionary<string, StoredTensor> Variants = HashCnn14.Expected("cnn14_variants");

    public static TheoryData<string, CnnConfig> Published => new()
    {
        { "Cnn14", CnnConfig.Cnn14 },
        { "Cnn14_16k", CnnConfig.Cnn14At16kHz },
        { "Cnn10", CnnConfig.Cnn10 },
        { "Cnn14_DecisionLevelMax", CnnConfig.Cnn14 with { Decision = CnnDecision.Maximum } },
        { "Cnn14_DecisionLevelAvg", CnnConfig.Cnn14 with { Decision = CnnDecision.Average } },
        { "Cnn14_DecisionLevelAtt", CnnConfig.Cnn14 with { Decision = CnnDecision.Attention } },
        { "baseline_CNN14Encoder_300", CnnConfig.Dcase2023 },
    };

    public static TheoryData<string, CnnDecision> Decisions => new()
    {
        { "decision_max", CnnDecision.Maximum },
        { "decision_avg", CnnDecision.Average },
        { "decision_att", CnnDecision.Attention },
    };

    [Fact]
    public void Cnn14_TwoClips_EqualsTheReferenceAtEveryStage()
    {
        var expected = HashCnn14.Expected("cnn14");
        using var store = weights.Load(CnnConfig.Cnn14, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var logMel = encoder.Prepare(HashCnn14.Waves("cnn14"));
        TensorAssert.Close(expected["logmel"], logMel, 2e-3, "log-mel");
        var seen = 0;
        var output = encoder.Encode(logMel, training: false, (name, x) =>
        {
            seen++;
            if (name == "bn0")
                HashCnn14.Close(expected["bn0.slice"], x.Squeeze(1).Narrow(1, 0, 8), 1e-4, name, 1e-3);
            else if (name == "pooled")
                HashCnn14.Close(expected[name], x, 2e-4, name);
            else
            {
                HashCnn14.Close(expected[name + ".slice"], x.Narrow(1, 0, 6).Narrow(2, 0, 4).Narrow(3, 0, 2), 2e-4, name);
                TensorAssert.Statistics(expected[name + ".stats_f64"], x, 1e-4, name);
            }
        });
        Assert.Equal(8, seen);
        TensorAssert.Close(expected["clipwise_output"], output.TagLogits!.Sigmoid(), 1e-4, "probabilities");
        HashCnn14.Close(expected["logits"], output.TagLogits!, 2e-4, "logits");
        HashCnn14.Close(expected["embedding"], output.Clip, 2e-4, "embedding");
        Assert.Equal(encoder.FrameTimes(HashCnn14.Inputs["cnn14"].GetProperty("clips")[0].GetProperty("samples").GetInt64()).Length, output.Frames.Size(1));

        var last = logMel.Size(0) - 1;
        var alone = encoder.Encode(logMel.Narrow(0, last, 1));
        TensorAssert.Close(output.Clip.Select(0, last).ToArray<float>(), alone.Clip.ToArray<float>(), 1e-5 * output.Clip.Abs().Amax().ToDouble(), "alone and in a batch");

        var longer = encoder.Encode(encoder.Prepare(HashCnn14.Waves("cnn14", "long")));
        HashCnn14.Close(expected["long.embedding"], longer.Clip, 2e-4, "embedding of a long clip");
        TensorAssert.Close(expected["long.clipwise_output"], longer.TagLogits!.Sigmoid(), 1e-4, "probabilities of a long clip");
    }

    [Fact]
    public void Cnn14_At16kHz_EqualsTheReference()
    {
        using var store = weights.Load(CnnConfig.Cnn14At16kHz, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var logMel = encoder.Prepare(HashCnn14.Waves("cnn14_variants", "cnn14_16k"));
        var rows = Variants["cnn14_16k.logmel"];
        TensorAssert.Close(rows, logMel.Narrow(2, 0, rows.Shape[2]).Contiguous(), 2e-3, "log-mel");
        CheckClip("cnn14_16k", encoder.Encode(logMel));
    }

    [Fact]
    public void Cnn10_OneClip_EqualsTheReference()
    {
        var stored = HashCnn14.Make("Cnn10");
        Assert.Equal(CnnConfig.Cnn10.Widths, CnnWeights.Sizes(stored, "", null, "Cnn10.pth").Widths);
        using var store = WeightStore.Load(stored);
        using var encoder = new CnnEncoder(CnnConfig.Cnn10, store.Root);
        store.ThrowIfMismatched(CnnWeights.IsExpected);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        CheckClip("cnn10", encoder.Encode(encoder.Prepare(HashCnn14.Waves("cnn14_variants", "cnn10"))));
    }

    [Theory]
    [MemberData(nameof(Decisions))]
    public void Cnn14_DecisionLevel_EqualsTheReferenceInEveryFrame(string name, CnnDecision decision)
    {
        using var store = weights.Load(CnnConfig.Cnn14 with { Decision = decision }, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var waves = HashCnn14.Waves("cnn14_variants", name);
        var logMel = encoder.Prepare(waves);
        var attentions = 0;
        var output = encoder.Encode(logMel, training: false, (stage, x) =>
        {
            if (stage != "norm_att")
                return;
            attentions++;
            TensorAssert.Close(Variants["decision_att.norm_att_slice"], x.Transpose(1, 2).Narrow(1, 0, 16).Contiguous(), 1e-4, stage);
        });
        TensorAssert.Close(Variants[name + ".clipwise_output"], output.TagLogits!.Sigmoid(), 1e-4, "clip");
        var segments = output.FrameTagLogits!.Sigmoid();                                    // [1, frames / 32, tags]
        Assert.Equal(encoder.FrameTimes(waves.Size(1)).Length, segments.Size(1));
        Assert.Equal([1, segments.Size(1), encoder.Width], output.Frames.Shape.ToArray());
        if (decision == CnnDecision.Attention)
            TensorAssert.Close(Variants["decision_att.cla_slice"], segments.Transpose(1, 2).Narrow(1, 0, 16).Contiguous(), 1e-4, "classes");
        Assert.Equal(decision == CnnDecision.Attention ? 1 : 0, attentions);

        // The reference repeats every segment for its frames, and the last up to the end of the image; the fixture has every eighth.
        var expected = Variants[name + ".framewise_slice"];
        var places = Enumerable.Range(0, (int)expected.Shape[1]).Select(i => Math.Min(8L * i / 32, segments.Size(1) - 1)).ToArray();
        var framewise = segments.Narrow(2, 0, expected.Shape[2]).IndexSelect(1, Tensor.From<long>(places, places.Length));
        TensorAssert.Close(expected, framewise, 1e-4, "frames");
    }

    [Fact]
    public void Dcase2023_Clip_EqualsTheReferenceAtEveryStage()
    {
        var expected = HashCnn14.Expected("baseline_encoder");
        var stored = HashCnn14.Make("baseline_CNN14Encoder_300");
        Assert.True(CnnWeights.IsBaseline(stored, ""));
        stored = stored.ToDictionary(entry => CnnWeights.FromBaseline(entry.Key), entry => entry.Value);
        var config = CnnWeights.Sizes(stored, "", CnnConfig.Dcase2023.LogMel, "CNN14_300.pth");
        Assert.Equal(CnnConfig.Dcase2023 with { Widths = config.Widths }, config);
        using var store = WeightStore.Load(stored);
        using var encoder = new CnnEncoder(config, store.Root);
        store.ThrowIfMismatched(CnnWeights.IsExpected);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var logMel = encoder.Prepare(HashCnn14.Waves("baseline_encoder"));
        TensorAssert.Close(expected["logmel"], logMel.Squeeze(1).Squeeze(0), 1e-3, "log-mel");
        var output = encoder.Encode(logMel, training: false, (name, x) =>
        {
            if (expected.TryGetValue(name + ".slice", out var slice))
                HashCnn14.Close(slice, x.Narrow(1, 0, slice.Shape[1]).Narrow(2, 0, slice.Shape[2]).Narrow(3, 0, slice.Shape[3]), 2e-4, name);
        });
        Assert.Null(output.TagLogits);
        Assert.Equal(config.ClipWidth, output.Clip.Size(1));
        HashCnn14.Close(expected["embedding"], output.Clip, 2e-4, "embedding");

        // The authors' batches are filled with zeros, which is loud on this scale, and are not masked.
        var rows = HashCnn14.Inputs["baseline_encoder", "batch_padded"].GetProperty("rows").EnumerateArray().Select(row =>
        {
            var (frames, zeros) = (row.GetProperty("frames").GetInt32(), row.GetProperty("zero_frames").GetInt32());
            return logMel.Narrow(2, 0, frames).ConstantPadNd([0, 0, 0, zeros]);
        }).ToArray();
        HashCnn14.Close(expected["batch_padded.embedding"], encoder.Encode(Tensor.Cat(rows, 0)).Clip, 2e-4, "padded batch");
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void Parameters_OfEachVariant_AreThoseOfTheCheckpoint(string variant, CnnConfig config)
    {
        Assert.Equal(
            HashStore.Entries("cnn14", variant).Where(entry => !CnnWeights.IsExpected(entry.Name))
                .Select(entry => $"{CnnWeights.FromBaseline(entry.Name)} [{string.Join(", ", entry.Shape)}]").Order(),
            HashStore.Keys(root => _ = new CnnEncoder(config, root)));
    }

    private static void CheckClip(string name, Encoders.EncoderOutput output)
    {
        HashCnn14.Close(Variants[name + ".embedding"], output.Clip, 2e-4, "embedding");
        TensorAssert.Close(Variants[name + ".clipwise_output"], output.TagLogits!.Sigmoid(), 1e-4, "probabilities");
    }
}
