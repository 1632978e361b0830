using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Training.Tests;

/// <summary>What training does to log-mel images before the encoder sees them.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class ImageVariationTests
{
    private const int Batch = 3, Frames = 40, Mels = 16;

    [Fact]
    public void SpectrogramMasks_CoverWholeRowsAndColumnsWithTheMean()
    {
        using var scope = TensorScope.Begin();
        var images = Images();
        var masked = new SpectrogramMasks { TimeStripes = 2, TimeShare = 0.2, MelStripes = 1, MelShare = 0.3 }.Apply(images, new SplitMix64(5));
        var (before, after) = (images.ToArray<float>(), masked.ToArray<float>());
        var covered = 0;
        for (var image = 0; image < Batch; image++)
        {
            var own = before.AsSpan(image * Frames * Mels, Frames * Mels).ToArray();
            var mean = own.Average();
            var isChanged = Enumerable.Range(0, own.Length).Select(i => after[image * own.Length + i] != own[i]).ToArray();
            var rows = Enumerable.Range(0, Frames).Where(row => Enumerable.Range(0, Mels).All(mel => isChanged[row * Mels + mel])).ToHashSet();
            var columns = Enumerable.Range(0, Mels).Where(mel => Enumerable.Range(0, Frames).All(row => isChanged[row * Mels + mel])).ToHashSet();
            for (var i = 0; i < own.Length; i++)
            {
                Assert.Equal(rows.Contains(i / Mels) || columns.Contains(i % Mels), isChanged[i]);
                if (isChanged[i])
                    Assert.Equal(mean, after[image * own.Length + i], 1e-4f);
            }
            covered += isChanged.Count(changed => changed);
        }
        Assert.True(covered > 0);
    }

    [Fact]
    public void FrequencyMixStyle_GivesBandsAMixtureOfTwoImagesStatistics()
    {
        using var scope = TensorScope.Begin();
        var images = Images();
        var styled = new FrequencyMixStyle { Probability = 1, Alpha = 0.5 }.Apply(images, new SplitMix64(2));
        var random = new SplitMix64(2);
        random.Chance(1);
        var mixup = Mixup.Draw(random, Batch, 0.5);
        for (var image = 0; image < Batch; image++)
        {
            for (var mel = 0; mel < Mels; mel++)
            {
                var (mean, spread) = Statistics(images, image, mel);
                var (otherMean, otherSpread) = Statistics(images, mixup.Partners[image], mel);
                var (newMean, newSpread) = Statistics(styled, image, mel);
                Assert.Equal(mixup.Weight * mean + (1 - mixup.Weight) * otherMean, newMean, 1e-3);
                Assert.Equal(mixup.Weight * spread + (1 - mixup.Weight) * otherSpread, newSpread, 1e-3);
            }
        }
    }

    [Fact]
    public void FrequencyMixStyle_OfProbabilityZero_LeavesImagesAlone()
    {
        using var scope = TensorScope.Begin();
        var images = Images();
        Assert.Same(images, new FrequencyMixStyle { Probability = 0, Alpha = 0.5 }.Apply(images, new SplitMix64(2)));
    }

    private static Tensor Images() =>
        Tensor.From<float>([.. HashWeights.Uniform("variation", Batch * Frames * Mels, 1).Select((value, i) => (float)(10 * value - 3 * (i / (Frames * Mels)) + i % Mels))], Batch, 1, Frames, Mels);

    private static (double Mean, double Spread) Statistics(Tensor images, int image, int mel)
    {
        var band = images.Select(0, image).Select(0, 0).Select(1, mel).ToArray<float>();
        var mean = band.Average();
        return (mean, Math.Sqrt(band.Average(value => (value - mean) * (value - mean))));
    }
}
