using Auricle.Models.Encoders.Cnn;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Training.Tests;

/// <summary>Batches drawn ahead of time, as for a GPU, against batches drawn when they are wanted.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class FeatureSourceTests
{
    [Fact]
    public void Draw_Ahead_GivesTheSameImagesInAnyOrder()
    {
        using var tiny = new TinyCorpus([.. Enumerable.Range(0, 12).Select(i => (new[] { "bell", "dog", "rain" }[i % 3], "train", 0.6))]);
        var corpus = tiny.Load();
        var sampler = new MixtureSampler(corpus, ClipCache.Load(corpus, DataSplit.Train, tiny.Decode, TinyCorpus.SampleRate), new MixtureOptions { WindowSeconds = 1 });
        var config = new CnnConfig { Widths = [2, 2], EmbeddingWidth = 2, Tags = 3 };
        using var store = WeightStore.Initialise();
        using var encoder = new CnnEncoder(config with { LogMel = config.LogMel with { SampleRate = TinyCorpus.SampleRate, MaximumFrequency = 4000 } }, store.Root);
        using var here = new FeatureSource(sampler, encoder, Device.Cpu, 12) { DrawsAhead = false };
        using var ahead = new FeatureSource(sampler, encoder, Device.Cpu, 12) { DrawsAhead = true };

        // In order, over the end of an epoch with its smaller last batch, and one that nobody could foresee.
        foreach (var (epoch, first, count) in new[] { (0, 0L, 5), (0, 5L, 5), (0, 10L, 2), (1, 0L, 5), (3, 4L, 6), (3, 10L, 2), (4, 0L, 5) })
        {
            using var scope = TensorScope.Begin();
            var (expected, actual) = (here.Draw(epoch, first, count), ahead.Draw(epoch, first, count));
            Assert.Equal(expected.Contents.Select(content => content.Caption), actual.Contents.Select(content => content.Caption));
            Assert.Equal(expected.LogMel.Shape.ToArray(), actual.LogMel.Shape.ToArray());
            Assert.True(expected.LogMel.Sub(actual.LogMel).Abs().Amax([0, 1, 2, 3]).ToDouble() < 1e-3);
        }
    }
}
