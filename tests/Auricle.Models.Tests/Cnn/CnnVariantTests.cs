using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Cnn;

/// <summary>Small CNNs of every kind: what a checkpoint tells of them, training, folding, times.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CnnVariantTests
{
    private static readonly CnnConfig Small = new() { Widths = [4, 6], EmbeddingWidth = 5, Tags = 3, PoolsLastBlock = true };

    public static TheoryData<CnnConfig> Kinds =>
    [
        Small,
        Small with { ConvolutionsPerBlock = 1, Kernel = 5 },
        Small with { Decision = CnnDecision.Maximum },
        Small with { Decision = CnnDecision.Average },
        Small with { Decision = CnnDecision.Attention },
        Small with { ProjectionWidth = 7, Tags = 0, LogMel = CnnConfig.Dcase2023.LogMel },
        Small with { FirstStride = 2, PoolFrames = 3, FramesHaveTags = true },
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Encode_Trainable_EqualsTheFoldedOneAndReachesEveryWeight(CnnConfig config)
    {
        using var folded = HashStore.Load(root => _ = new CnnEncoder(config, root), (name, shape) => HashWeights.Weight(name, shape));
        using var predicting = new CnnEncoder(config, folded.Root);
        using var store = WeightStore.Initialise();
        using var encoder = new CnnEncoder(config, store.Root);
        foreach (var entry in store.Entries)
            HashWeights.Weight(entry.Name, entry.Tensor.Shape).CopyTo(entry.Tensor.Span<float>());
        using var scope = TensorScope.Begin();
        var logMel = encoder.Prepare(Tensor.From<float>(HashWeights.Signal("cnn.train", 2 * 20000), 2, 20000));
        var (expected, actual) = (predicting.Encode(logMel), encoder.Encode(logMel));
        Assert.Equal(encoder.FrameTimes(20000).Length, actual.Frames.Size(1));
        Assert.Equal(encoder.Width, actual.Frames.Size(2));
        Assert.Equal(encoder.ClipWidth, actual.Clip.Size(1));
        Same(expected.Frames, actual.Frames);
        Same(expected.Clip, actual.Clip);
        if (config.Tags > 0)
            Same(expected.TagLogits!, actual.TagLogits!);

        // Dropout and statistics of the batch make no difference to which weights a loss reaches.
        Loss(training: true).Backward();
        foreach (var weight in store.Entries.Where(entry => !entry.IsBuffer))
        {
            Assert.True(weight.Tensor.Grad is not null, weight.Name);
            weight.Tensor.Grad = null;
        }
        GradientAssert.EqualsDifferences(store, () => Loss(training: false));

        Tensor Loss(bool training)
        {
            var output = encoder.Encode(logMel, training);
            return (output.TagLogits ?? output.Clip).Square().Sum().Add(output.Clip.Square().Sum());
        }

        static void Same(Tensor first, Tensor second) => TensorAssert.Close(
            first.ToArray<float>(), second.ToArray<float>(), 1e-5 * first.Abs().Amax().ToDouble(), "folded and not");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Sizes_OfStoredTensors_AreThoseOfTheEncoder(CnnConfig config)
    {
        var stored = Stored(config);
        Assert.True(CnnWeights.Recognises(stored, ""));
        var file = config.Decision switch
        {
            CnnDecision.Maximum => "Cnn14_DecisionLevelMax_mAP=0.385.pth",
            CnnDecision.Average => "Cnn14_DecisionLevelAvg_mAP=0.425.pth",
            _ => "model.pth",
        };
        var sizes = CnnWeights.Sizes(stored, "", config.LogMel, file);
        // Strides, windows and whether frames have tags are choices of our own models, whose configuration tells them.
        Assert.Equal(config with { Widths = sizes.Widths, FirstStride = 1, PoolFrames = 0, FramesHaveTags = false }, sizes);
        Assert.Equal(config.Widths, sizes.Widths);
    }

    [Fact]
    public void Sizes_OfAnotherModel_SayWhichTensorIsMissing()
    {
        var error = Assert.Throws<WeightsException>(() => CnnWeights.Sizes(new Dictionary<string, StoredTensor>(), "", null, "other.pth"));
        Assert.Contains("conv_block1.conv1.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("other.pth", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Average_OfExtremeLogits_StaysFinite()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var config = Small with { Decision = CnnDecision.Average };
        using var store = WeightStore.Initialise();
        using var encoder = new CnnEncoder(config, store.Root);
        store.Entries.Single(entry => entry.Name == "fc_audioset.weight").Tensor.ZeroInPlace();
        var bias = store.Entries.Single(entry => entry.Name == "fc_audioset.bias").Tensor;
        new[] { 300f, -300f, 0.5f }.CopyTo(bias.Span<float>());
        var output = encoder.Encode(encoder.Prepare(Tensor.Zeros([1, 20000])));
        TensorAssert.Close([300f, -300f, 0.5f], output.TagLogits!.ToArray<float>(), 1e-3, "the mean of equal probabilities is each of them");
    }

    [Fact]
    public void Constructor_FramesDecidedOnAndPooled_IsRefused()
    {
        using var store = WeightStore.Shapes();
        var error = Assert.Throws<ArgumentException>(() => new CnnEncoder(Small with { Decision = CnnDecision.Maximum, PoolFrames = 3 }, store.Root));
        Assert.Contains("pool_frames", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FrontEnd_OfEachRate_IsThatOfPanns()
    {
        Assert.Equal(new Models.FrontEnds.LogMelConfig(), CnnConfig.FrontEndAt(32000));
        Assert.Equal((512, 160, 8000.0), (CnnConfig.Cnn14At16kHz.LogMel.WindowLength, CnnConfig.Cnn14At16kHz.LogMel.HopLength, CnnConfig.Cnn14At16kHz.LogMel.MaximumFrequency));
        Assert.Equal((256, 80, 4000.0), (CnnConfig.Cnn14At8kHz.LogMel.WindowLength, CnnConfig.Cnn14At8kHz.LogMel.HopLength, CnnConfig.Cnn14At8kHz.LogMel.MaximumFrequency));
    }

    private static IReadOnlyDictionary<string, StoredTensor> Stored(EncoderConfig config)
    {
        using var shapes = WeightStore.Shapes();
        EncoderFamily.Create(config, shapes.Root);
        return HashStore.Stored([.. shapes.Entries.Select(entry => (entry.Name, entry.Tensor.Shape.ToArray()))], (name, shape) => HashWeights.Weight(name, shape));
    }
}
