using MathNet.Numerics.Distributions;

namespace Auricle.Evaluation.Tests;

/// <summary>Scores of HEAR on numbers worked out by hand from their definitions.</summary>
public sealed class HearScoreTests
{
    [Fact]
    public void Roc_TiesAndOrder_AreTheChanceOfTheRightOrder()
    {
        // Class 0: positives 0.9 and 0.5, negatives 0.5 and 0.1: pairs 1, 1, ½, 1. Class 1: positive 0.2, negatives 0.3, 0.1, 0.4: one of three.
        float[] scores = [0.9f, 0.2f, 0.5f, 0.3f, 0.5f, 0.1f, 0.1f, 0.4f];
        bool[] targets = [true, true, true, false, false, false, false, false];
        var roc = RocScores.Of(scores, targets, 2);
        Assert.Equal([0.875, 1 / 3.0], roc.PerClass);
        Assert.Equal((0.875 + 1 / 3.0) / 2, roc.Mean, 1e-15);
        // √2 times the quantiles of 0.875 and a third, from tables: 1.1503493804 and −0.4307272993.
        Assert.Equal(Math.Sqrt(2) * (1.1503493803760079 - 0.43072729929545756) / 2, roc.DPrime, 1e-12);
    }

    [Fact]
    public void Roc_PerfectAndUndefined_AreInfiniteAndNoNumber()
    {
        Assert.Equal(double.PositiveInfinity, RocScores.Of([0.9f, 0.1f], [true, false], 1).DPrime);
        var undefined = RocScores.Of([0.9f, 0.1f, 0.3f, 0.2f], [true, false, true, false], 2);
        Assert.True(double.IsNaN(undefined.Mean));
        Assert.True(double.IsNaN(undefined.DPrime));
        Assert.Contains("not a number", Assert.Throws<MetricInputException>(() => RocScores.Of([float.NaN], [true], 1)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.6, 0.2533471031357998)]
    [InlineData(0.975, 1.9599639845400536)]
    [InlineData(0.001, -3.090232306167813)]
    [InlineData(0.9999999999, 6.361340889697421)]
    public void NormalQuantile_EqualsTables(double probability, double value) => Assert.Equal(value, Normal.InvCDF(0, 1, probability), 1e-9);

    [Fact]
    public void ChromaAccuracy_OctaveErrors_AreRight()
    {
        // Three clips of 25 semitones: an octave too high, a fifth off, right; of equals the first counts.
        var scores = new float[3 * 25];
        var targets = new bool[3 * 25];
        (scores[17], targets[5]) = (1, true);
        (scores[25 + 12], targets[25 + 5]) = (1, true);
        (scores[50 + 3], scores[50 + 4], targets[50 + 3]) = (1, 1, true);
        var table = new LabelTable(scores, targets, 25);
        Assert.Equal(1 / 3.0, Of("pitch_acc", table), 1e-15);
        Assert.Equal(2 / 3.0, Of("chroma_acc", table), 1e-15);
        Assert.Equal(Of("pitch_acc", table), Of("top1_acc", table));
        Assert.Equal(MultiLabelScores.Of(scores, targets, 25).MeanAveragePrecision, Of("mAP", table));
    }

    [Fact]
    public void Events_CrossingCandidates_AreMatchedAsManyAsPossible()
    {
        // Taking the nearest first would give the second reference's only candidate away.
        var scores = EventScores.Of([Recording([(0, 1.0, 2), (0, 1.3, 2)], [(0, 1.15, 2), (0, 0.85, 2)])], 0.2);
        Assert.Equal(new EventScores(2, 2, 2), scores);
        Assert.Equal(1, scores.FMeasure);
    }

    [Fact]
    public void Events_CountsOfRecordings_AreSummed()
    {
        // In the first, one hit of two, and another label at the same time; in the second nothing is found.
        var scores = EventScores.Of(
            [Recording([(0, 1, 2), (1, 5, 6)], [(0, 1.2, 9), (0, 5, 6), (1, 8, 9)]), Recording([(0, 3, 4)], [])], 0.2);
        Assert.Equal(new EventScores(1, 3, 3), scores);
        Assert.Equal((1 / 3.0, 1 / 3.0), (scores.Precision, scores.FMeasure));
        Assert.True(double.IsNaN(EventScores.Of([Recording([(0, 3, 4)], [])], 0.2).FMeasure));
        Assert.Equal(0, EventScores.Of([Recording([(0, 3, 4)], [(1, 3, 4)])], 0.2).FMeasure);
    }

    [Fact]
    public void Events_Offsets_MayBeAFifthOfTheLengthApart()
    {
        RecordingEvents[] within = [Recording([(0, 1, 3)], [(0, 1.04, 3.39)])], beyond = [Recording([(0, 1, 3)], [(0, 1.04, 3.41)])], brief = [Recording([(0, 1, 1.1)], [(0, 1, 1.14)])];
        Assert.Equal(1, EventScores.Of(within, 0.05, 0.2).Hits);
        Assert.Equal(0, EventScores.Of(beyond, 0.05, 0.2).Hits);
        Assert.Equal(1, EventScores.Of(beyond, 0.05).Hits);
        Assert.Equal(1, EventScores.Of(brief, 0.05, 0.2).Hits); // a fifth of 0.1 s is less than the collar
    }

    [Fact]
    public void Segments_ErrorsOfEachSecond_AreSubstitutionsDeletionsAndInsertions()
    {
        // Second 0: label 0 there, 1 told: a substitution. Second 1: 0 and 1 there, 1 told: a deletion. Second 3: 2 told: an insertion.
        var scores = SegmentScores.Of([Recording([(0, 0.2, 1.5), (1, 1.0, 2.0)], [(1, 0.0, 1.9), (2, 3.5, 3.6)])]);
        Assert.Equal(new SegmentScores(1, 1, 1, 3), scores);
        Assert.Equal(1, scores.ErrorRate);
        // An event without length marks the second it lies in, but none where it lies between two.
        Assert.Equal(1, SegmentScores.Of([Recording([(0, 1.5, 1.5)], [])]).References);
        Assert.Equal(0, SegmentScores.Of([Recording([(0, 2, 2)], [])]).References);
        Assert.True(HearMeasure.All.Single(measure => measure.Name == "segment_1s_er").IsLowerBetter);
    }

    [Fact]
    public void Median_EvenWidth_TakesTheUpperMiddleAndMirrorsTheEnds()
    {
        Assert.Equal([5, 5, 9, 9, 7], EventPostprocessing.Median([5, 1, 9, 2, 7], 2));
        Assert.Equal([5, 5, 2, 7, 7], EventPostprocessing.Median([5, 1, 9, 2, 7], 3));
        Assert.Equal([1, 1], EventPostprocessing.Median([1, 1], 7)); // wider than the track
    }

    [Fact]
    public void Postprocessing_Runs_BecomeEventsFromTheFirstFrameToTheLast()
    {
        // Frames of 100 ms; label 0 is on in frames 1 to 3, label 1 in frame 2 alone and in 4.
        float[] probabilities = [0, 0, 0.9f, 0.5f, 0.9f, 0.51f, 0.6f, 0, 0, 0.8f];
        double[] times = [0, 100, 200, 300, 400];
        Assert.Equal([new SoundEvent(0, 0.1, 0.3), new SoundEvent(1, 0.2, 0.2), new SoundEvent(1, 0.4, 0.4)], new EventPostprocessing(0, 0).Events(probabilities, times, 2));
        Assert.Equal([new SoundEvent(0, 0.1, 0.3)], new EventPostprocessing(0, 125).Events(probabilities, times, 2));
        Assert.Empty(new EventPostprocessing(0, 250).Events(probabilities, times, 2));
        // 250 ms are 2.5 frames, rounded to the even 2: each frame becomes the larger of itself and the one before.
        Assert.Equal([new SoundEvent(0, 0.1, 0.4)], new EventPostprocessing(250, 250).Events([0, 0.9f, 0.9f, 0.9f, 0], times, 1));
        Assert.Single(new EventPostprocessing(250, 0).Events([0.9f], [80], 1)); // one frame has no step
    }

    [Fact]
    public void Shuffle_SeedsOfPython_GiveItsOrder()
    {
        int[] points = [.. Enumerable.Range(0, 16)];
        MersenneTwister.OfPython(42).Shuffle<int>(points);
        Assert.Equal([7, 9, 5, 6, 14, 10, 12, 8, 1, 2, 13, 15, 4, 11, 0, 3], points);
        var generator = MersenneTwister.OfPython(0);
        int[] first = [.. Enumerable.Range(0, 10)], second = [.. Enumerable.Range(0, 7)];
        generator.Shuffle<int>(first);
        generator.Shuffle<int>(second);
        Assert.Equal([7, 8, 1, 5, 3, 4, 2, 0, 9, 6], first);
        Assert.Equal([6, 0, 3, 5, 1, 4, 2], second);
    }

    private static double Of(string name, LabelTable table) => HearMeasure.All.Single(measure => measure.Name == name).Of(table);

    private static RecordingEvents Recording((int Label, double Start, double End)[] references, (int Label, double Start, double End)[] estimates) =>
        new([.. references.Select(item => new SoundEvent(item.Label, item.Start, item.End))], [.. estimates.Select(item => new SoundEvent(item.Label, item.Start, item.End))]);
}
