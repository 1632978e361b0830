namespace Auricle.Training.Tests;

public sealed class DrawTests
{
    [Theory]
    [InlineData(93, 9)] // 9.3
    [InlineData(768, 77)] // 76.8
    [InlineData(25, 2)] // 2.5, to even
    [InlineData(35, 4)] // 3.5, to even
    public void SpecAugment_ManyDraws_CoverAllWidthsBelowTheUpperEnd(int length, int upper)
    {
        var random = new SplitMix64(5);
        var widths = new HashSet<int>();
        var (first, last) = (false, false);
        for (var i = 0; i < 20000; i++)
        {
            foreach (var stripe in SpecAugment.Draw(random, length))
            {
                Assert.InRange(stripe.Start, 0, length - stripe.Width);
                widths.Add(stripe.Width);
                first |= stripe.Start == 0;
                last |= stripe.Start == length - stripe.Width;
            }
        }
        Assert.Equal(Enumerable.Range(0, upper), widths.Order());
        Assert.True(first && last);
    }

    [Theory]
    [InlineData(4, 0, 0.1, 0)] // 0.4 rounds to 0
    [InlineData(20, 0.25, 0.25, 5)]
    public void SpecAugment_EqualEnds_UseThatWidth(int length, double low, double high, int width) =>
        Assert.All(SpecAugment.Draw(new SplitMix64(1), length, 9, low, high), stripe => Assert.Equal(width, stripe.Width));

    [Fact]
    public void SpecAugment_Widths_AreUniform()
    {
        var random = new SplitMix64(6);
        var counts = new int[5];
        for (var i = 0; i < 10000; i++)
            counts[SpecAugment.Draw(random, 50, 1)[0].Width]++;
        Assert.All(counts, count => Assert.InRange(count, 1850, 2150));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(32)]
    public void Mixup_Partners_ArePermutationsWithoutFixedPoints(int batch)
    {
        var random = new SplitMix64(7);
        for (var i = 0; i < 200; i++)
        {
            var partners = Mixup.Draw(random, batch).Partners;
            Assert.Equal(Enumerable.Range(0, batch), partners.Order());
            Assert.All(partners.Select((partner, item) => (partner, item)), pair => Assert.NotEqual(pair.item, pair.partner));
        }
    }

    [Fact]
    public void Mixup_Partners_AreUniformOverDerangements()
    {
        var random = new SplitMix64(8);
        const int Draws = 9000;
        var counts = Enumerable.Range(0, Draws).GroupBy(_ => string.Join(',', Mixup.Draw(random, 4).Partners)).Select(group => group.Count()).ToList();
        Assert.Equal(9, counts.Count); // 4 items have 9 derangements
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.4)]
    [InlineData(1)]
    [InlineData(3)]
    public void Mixup_Weights_HaveTheMomentsOfBeta(double alpha)
    {
        var random = new SplitMix64(9);
        const int Draws = 40000;
        var square = 0.0;
        for (var i = 0; i < Draws; i++)
        {
            var weight = Mixup.Draw(random, 2, alpha).Weight;
            Assert.InRange(weight, 0.5, 1);
            square += (weight - 0.5) * (weight - 0.5) / Draws;
        }

        // Folding at ½ keeps the variance about ½, which for Beta(α, α) is 1 / (4(2α + 1)).
        Assert.Equal(1 / (4 * (2 * alpha + 1)), square, 0.003);
    }

    [Fact]
    public void Mixup_OneItem_Fails() => Assert.Throws<ArgumentOutOfRangeException>(() => Mixup.Draw(new SplitMix64(0), 1));
}
