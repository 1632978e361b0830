namespace Auricle.Evaluation.Tests.Retrieval;

public sealed class ClassificationTests
{
    [Fact]
    public void ZeroShot_Folds_EqualValuesByHand()
    {
        // Right, wrong, right (first of equals), right; folds 1, 1, 2, 2.
        float[] scores = [0.9f, 0.1f, 0.0f, 0.2f, 0.3f, 0.5f, 0.4f, 0.4f, 0.1f, -3, -2, -1];
        var result = ZeroShotScores.Of(scores, 3, [0, 1, 0, 2], [1, 1, 2, 2]);
        Assert.Equal(0.75, result.Accuracy);
        Assert.Equal(new Dictionary<int, double> { [1] = 0.5, [2] = 1 }, result.Folds);
        Assert.Equal(0.75, result.FoldMean);
        Assert.Equal(Math.Sqrt(2) / 4, result.FoldDeviation, 1e-12);
    }

    [Fact]
    public void ZeroShot_FoldsOfUnequalSize_MeanOverFoldsDiffersFromAllClips()
    {
        var result = ZeroShotScores.Of([1, 0, 1, 0, 1, 0, 1, 0], 2, [0, 0, 0, 1], [0, 0, 0, 1]);
        Assert.Equal((0.75, 0.5), (result.Accuracy, result.FoldMean));
        var plain = ZeroShotScores.Of([1, 0], 2, [0]);
        Assert.Equal((1.0, 1.0, 0.0), (plain.Accuracy, plain.FoldMean, plain.FoldDeviation));
    }

    [Fact]
    public void ZeroShot_BadInput_NamesTheFault()
    {
        Assert.Contains("label 2, but there are 2", Assert.Throws<MetricInputException>(() => ZeroShotScores.Of([1, 0], 2, [2])).Message,
            StringComparison.Ordinal);
        Assert.Contains("not a number", Assert.Throws<MetricInputException>(() => ZeroShotScores.Of([1, float.NaN], 2, [0])).Message,
            StringComparison.Ordinal);
        Assert.Contains("1 folds for 2 clips", Assert.Throws<MetricInputException>(() => ZeroShotScores.Of([1, 0, 1, 0], 2, [0, 1], [0])).Message,
            StringComparison.Ordinal);
        Assert.Throws<MetricInputException>(() => ZeroShotScores.Of([1, 0, 1], 2, [0]));
        Assert.Throws<MetricInputException>(() => ZeroShotScores.Of([], 2, []));
    }

    [Fact]
    public void MultiLabel_NoTies_EqualsValuesByHand()
    {
        // Class 0: positives on ranks 1 and 3; class 1: on rank 2; class 2: none.
        float[] scores = [0.9f, 0.1f, 1, 0.8f, 0.9f, 2, 0.7f, 0.5f, 3];
        bool[] targets = [true, false, false, false, false, false, true, true, false];
        var result = MultiLabelScores.Of(scores, targets, 3);
        Assert.Equal((1 + (2 / 3.0)) / 2, result.PerClass[0], 1e-12);
        Assert.Equal(0.5, result.PerClass[1], 1e-12);
        Assert.True(double.IsNaN(result.PerClass[2]));
        Assert.Equal(((5 / 6.0) + 0.5) / 3, result.MeanAveragePrecision, 1e-12);
        Assert.Equal(((5 / 6.0) + 0.5) / 2, result.MeanOverPresent, 1e-12);
    }

    [Fact]
    public void MultiLabel_Ties_ShareOneThreshold()
    {
        // Three clips tie above one: precision 2/3 at recall 1, whatever their order.
        var result = MultiLabelScores.Of([0.5f, 0.5f, 0.5f, 0.1f], [true, false, true, false], 1);
        Assert.Equal(2 / 3.0, result.MeanAveragePrecision, 1e-12);
        Assert.Equal(result.PerClass, MultiLabelScores.Of([0.5f, 0.5f, 0.5f, 0.1f], [false, true, true, false], 1).PerClass);
    }

    [Fact]
    public void MultiLabel_BadInput_NamesTheFault()
    {
        Assert.Throws<MetricInputException>(() => MultiLabelScores.Of([], [], 2));
        Assert.Throws<MetricInputException>(() => MultiLabelScores.Of([1, 2, 3], [true, false, true], 2));
        Assert.Contains("class 1 for clip 0",
            Assert.Throws<MetricInputException>(() => MultiLabelScores.Of([1, float.NaN], [true, false], 2)).Message, StringComparison.Ordinal);
    }
}
