using Auricle.Models.Encoders.MobileNet;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.MobileNet;

/// <summary>EfficientAT's MobileNetV3 at full size against the reference's numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class MobileNetEncoderTests
{
    private static readonly FixtureInputs Inputs = FixtureInputs.Read("mobilenetv3");

    public static TheoryData<string, double> Variants => new() { { "mn10", 1 }, { "mn40", 4 } };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Encode_TwoClips_EqualsTheReferenceAtEveryStage(string variant, double scale)
    {
        var expected = SafetensorsFile.Read(Path.Combine(Fixtures.Folder("mobilenetv3"), variant + ".safetensors"), out _);
        var config = new MobileNetConfig { Scale = scale };
        using var store = HashStore.Load(root => _ = new MobileNetEncoder(config, root), Weight);
        using var encoder = new MobileNetEncoder(config, store.Root);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var image = encoder.Prepare(Waves(variant));
        if (expected.TryGetValue("mel.slice", out var mel))
            TensorAssert.Close(mel.Floats(), image.Squeeze(1).Narrow(2, 0, 6).ToArray<float>(), 1e-3, "mel");
        var seen = 0;
        var output = encoder.Encode(image, training: false, (name, x) =>
        {
            if (!expected.TryGetValue(name + ".slice", out var stored))
                return;
            seen++;
            Close(stored, x.Narrow(1, 0, 6).Narrow(2, 0, 3).Narrow(3, 0, 3).Contiguous(), name);
            TensorAssert.Statistics(expected[name + ".stats_f64"], x, 1e-4, name);
        });
        Assert.Equal(expected.Keys.Count(name => name.EndsWith(".stats_f64", StringComparison.Ordinal)), seen);
        Close(expected["features"], output.Clip, "features");
        Close(expected["logits"], output.TagLogits!, "logits");

        var row = Inputs[variant, "single"].GetProperty("row").GetInt32();
        var single = encoder.Encode(image.Narrow(0, row, 1));
        Close(expected["single.features"], single.Clip, "single");
        var apart = output.TagLogits!.Select(0, row).Sub(single.TagLogits!.Select(0, 0)).Abs().Amax().ToDouble();
        Assert.InRange(apart, 0, 1e-5 * output.TagLogits!.Abs().Amax().ToDouble());
    }

    [Fact]
    public void Encode_Trainable_IsTheSameAndReachesEveryWeight()
    {
        var config = new MobileNetConfig { Scale = 0.1, Tags = 7 };
        using var folded = HashStore.Load(root => _ = new MobileNetEncoder(config, root), Weight);
        using var predicting = new MobileNetEncoder(config, folded.Root);
        using var store = WeightStore.Initialise();
        using var encoder = new MobileNetEncoder(config, store.Root);
        foreach (var entry in store.Entries)
            Weight(entry.Name, entry.Tensor.Shape.ToArray()).CopyTo(entry.Tensor.Span<float>());
        using var scope = TensorScope.Begin();
        var image = encoder.Prepare(Tensor.From<float>(HashWeights.Signal("mobilenet.train", 2 * 40000), 2, 40000));
        var before = store.Entries.Where(entry => entry.IsBuffer).Select(entry => entry.Tensor.ToArray<float>()).ToArray();

        // Predicting keeps the statistics and lets gradients pass, as a body with frozen norms needs it.
        var output = encoder.Encode(image);
        var expected = predicting.Encode(image);
        var largest = expected.TagLogits!.ToArray<float>().Max(Math.Abs);
        TensorAssert.Close(expected.TagLogits!.ToArray<float>(), output.TagLogits!.ToArray<float>(), 1e-5 * largest, "folded and not");
        Assert.Equal(before, store.Entries.Where(entry => entry.IsBuffer).Select(entry => entry.Tensor.ToArray<float>()));
        var part = image.Narrow(0, 0, 1).Narrow(3, 0, 40);
        GradientAssert.EqualsDifferences(store, () => encoder.Encode(part).TagLogits!.Square().Sum());
        foreach (var weight in store.Entries.Where(entry => !entry.IsBuffer))
            weight.Tensor.Grad = null;

        // Training learns the statistics too.
        output = encoder.Encode(image, training: true);
        Assert.All(store.Entries.Where(entry => entry.IsBuffer).Zip(before), pair => Assert.NotEqual(pair.Second, pair.First.Tensor.ToArray<float>()));
        output.TagLogits!.Square().Sum().Backward();
        Assert.All(store.Entries.Where(entry => !entry.IsBuffer), weight => Assert.True(weight.Tensor.Grad is not null, weight.Name));
    }

    [BFloat16Fact]
    public void Encode_BFloat16_StaysNearFloat32()
    {
        using var store = HashStore.Load(root => _ = new MobileNetEncoder(MobileNetConfig.Mn10, root), Weight);
        using var exact = new MobileNetEncoder(MobileNetConfig.Mn10, store.Root);
        using var same = HashStore.Load(root => _ = new MobileNetEncoder(MobileNetConfig.Mn10, root), Weight);
        using var coarse = new MobileNetEncoder(MobileNetConfig.Mn10, same.Root, DType.BFloat16);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var waves = Waves("mn10");
        var image = exact.Prepare(waves.Narrow(1, 0, Math.Min(32000, waves.Size(1))));
        var (expected, actual) = (exact.Encode(image).Clip, coarse.Encode(image).Clip);
        Assert.Equal(DType.Float32, actual.DType);
        Assert.InRange(expected.Sub(actual).Norm().ToDouble() / expected.Norm().ToDouble(), 1e-4, 0.02);
    }

    [Theory]
    [InlineData(514)]
    [InlineData(32000)]
    [InlineData(31999)]
    [InlineData(10240)]
    [InlineData(10241)]
    [InlineData(10242)]
    public void FrameTimes_OfAnyLength_AreAsManyAsTheVectors(int samples)
    {
        var config = new MobileNetConfig { Scale = 0.1, Tags = 0 };
        using var store = WeightStore.Initialise();
        using var encoder = new MobileNetEncoder(config, store.Root);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Assert.Equal(samples >= encoder.MinimumSamples, samples > 513);
        var output = encoder.Encode(encoder.Prepare(Tensor.Zeros([1, samples])));
        Assert.Null(output.TagLogits);
        Assert.Equal(encoder.Width, output.Frames.Size(2));
        var times = encoder.FrameTimes(samples);
        Assert.Equal(output.Frames.Size(1), times.Length);
        Assert.Equal([.. Enumerable.Range(0, times.Length).Select(i => i * 0.32)], times);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Parameters_OfEachSize_AreThoseOfTheCheckpoint(string variant, double scale)
    {
        var expected = HashStore.Keys("mobilenetv3", variant, MobileNetWeights.IsExpected);
        Assert.Equal(expected, HashStore.Keys(root => _ = new MobileNetEncoder(new MobileNetConfig { Scale = scale }, root)));
    }

    private static float[] Weight(string name, long[] shape)
    {
        var values = HashWeights.Weight(name, shape, Inputs.Seed);
        for (var i = 0; i < values.Length && shape.Length == 4; i++)
            values[i] *= 1.25f;
        return values;
    }

    private static Tensor Waves(string variant)
    {
        var clips = Inputs.Clips(variant);
        return Tensor.From<float>(clips.SelectMany(clip => clip).ToArray(), clips.Length, clips[0].Length);
    }

    private static void Close(StoredTensor expected, Tensor actual, string what)
    {
        var values = expected.Floats();
        TensorAssert.Close(expected, actual, 2e-3 + 2e-3 * values.Max(Math.Abs), what);
    }
}
