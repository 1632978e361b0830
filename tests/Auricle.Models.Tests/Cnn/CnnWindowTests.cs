using Auricle.Models.Encoders.Cnn;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests.Cnn;

/// <summary>Embeddings of windows beside the one embedding of the whole clip, with the same weights.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CnnWindowTests
{
    private const int Frames = 40;
    private static readonly CnnConfig Whole = new() { Widths = [4, 6], FirstStride = 2, EmbeddingWidth = 5, Tags = 3 };

    [Fact]
    public void Encode_OneWindowOverAll_IsTheWholeClip()
    {
        using var scope = TensorScope.Begin();
        var (whole, windows) = Both(Whole with { PoolFrames = 1000 });
        Assert.Equal([2, 1, 5], windows.Frames.Shape.ToArray());
        TensorAssert.Close(whole.TagLogits!.ToArray<float>(), windows.TagLogits!.ToArray<float>(), 1e-5, "logits");
    }

    [Fact]
    public void Encode_Windows_PoolTheirOwnFramesAndEndWithTheirTags()
    {
        using var scope = TensorScope.Begin();
        var config = Whole with { PoolFrames = 3, FramesHaveTags = true };
        Assert.Equal(5 + 3, config.Width);
        var (whole, windows) = Both(config);
        var count = whole.Frames.Size(1) - 2;
        Assert.Equal([2, count, config.Width], windows.Frames.Shape.ToArray());

        // Probabilities times √3.
        var tags = windows.Frames.Narrow(2, 5, 3);
        TensorAssert.Close(Enumerable.Repeat(MathF.Sqrt(3), (int)(2 * count)).ToArray(), tags.Sum([2]).ToArray<float>(), 1e-5, "sum of tags");
        Assert.NotEqual(tags.Select(1, 0).ToArray<float>(), tags.Select(1, (int)count - 1).ToArray<float>());
    }

    [Fact]
    public void LogMel_OfADynamicRange_IsRaisedToThatBelowTheLoudestOfItsClip()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var store = WeightStore.Initialise();
        using var encoder = new CnnEncoder(Whole with { DynamicRange = 30 }, store.Root);
        using var plainStore = WeightStore.Initialise();
        using var plain = new CnnEncoder(Whole, plainStore.Root);
        var waves = Tensor.From<float>(Array.ConvertAll(HashWeights.Uniform("range.waves", 2 * 8000, 1), value => (float)value), 2, 8000);
        waves.Select(0, 1).MulInPlace(0.01);
        waves.Narrow(1, 4000, 4000).ZeroInPlace();
        var (free, limited) = (plain.Prepare(waves), encoder.Prepare(waves));
        for (var clip = 0; clip < 2; clip++)
        {
            var floor = free.Select(0, clip).ToArray<float>().Max() - 30;
            Assert.Equal(free.Select(0, clip).ToArray<float>().Select(value => Math.Max(value, floor)), limited.Select(0, clip).ToArray<float>());
        }
        Assert.True(free.ToArray<float>().Min() < -99);
    }

    [Fact]
    public void Constructor_TagsWithoutWindows_IsRefused()
    {
        using var store = WeightStore.Shapes();
        var error = Assert.Throws<ArgumentException>(() => new CnnEncoder(Whole with { FramesHaveTags = true }, store.Root));
        Assert.Contains("pool_frames", error.Message, StringComparison.Ordinal);
    }

    private static (Models.Encoders.EncoderOutput Whole, Models.Encoders.EncoderOutput Windows) Both(CnnConfig windows)
    {
        using var noGrad = NoGrad.Begin();
        var logMel = Tensor.From<float>(Array.ConvertAll(HashWeights.Uniform("windows.input", 2 * Frames * 64, 1), value => (float)(20 * value)), 2, 1, Frames, 64);
        return (Encode(Whole), Encode(windows));

        Models.Encoders.EncoderOutput Encode(CnnConfig config)
        {
            TorchRuntime.Seed(3);
            using var store = WeightStore.Initialise();
            using var encoder = new CnnEncoder(config, store.Root);
            return encoder.Encode(logMel);
        }
    }
}
