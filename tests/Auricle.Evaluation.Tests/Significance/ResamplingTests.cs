using Auricle.Testing;

namespace Auricle.Evaluation.Tests.Significance;

public sealed class ResamplingTests
{
    private static readonly CaptionSet Set = PublishedClips.Set;

    public static TheoryData<string> Names => ["bleu_1", "bleu_4", "rouge_l"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Statistics_ASelection_ScoresLikeTheSelectedClips(string name)
    {
        // Every third clip twice, the others not at all or once.
        var times = Enumerable.Range(0, Set.Count).Select(clip => clip % 3 == 0 ? 2 : clip % 5 == 0 ? 1 : 0).ToArray();
        Assert.Equal(Score(Select(times), name).Corpus, Score(Set, name).Statistics!.Score(times), 1e-12);
        Assert.Equal(Score(Set, name).Corpus, Score(Set, name).Statistics!.Score(Enumerable.Repeat(1, Set.Count).ToArray()), 1e-12);
    }

    [SharedFact]
    public void Statistics_OfMeteor_ScoreLikeTheSelectedClips()
    {
        var meteor = new Meteor(MeteorResources.Load(Path.Combine(Fixtures.SharedRoot!, "data", "meteor")));
        // Repeats of a perfect clip among others, which adds no chunk.
        IReadOnlyList<IReadOnlyList<string>> references = [["a dog barks"], ["rain on the roof"], ["a bird sings in a tree"]];
        var set = new CaptionSet(["a dog barks", "rain is falling on a roof", "birds sing"], references);
        int[] times = [3, 1, 2];
        var selected = new CaptionSet(
            [.. times.SelectMany((count, clip) => Enumerable.Repeat(set.Candidates[clip], count))],
            [.. times.SelectMany((count, clip) => Enumerable.Repeat(references[clip], count))]);
        Assert.Equal(meteor.Evaluate(selected).Corpus, meteor.Evaluate(set).Statistics!.Score(times), 1e-12);
    }

    [Fact]
    public void Intervals_KnownSpread_AreAsWideAsTheoryHasIt()
    {
        // 400 clips, half 0 and half 1: the mean spreads with 0.5 / sqrt(400) = 0.025.
        var scores = MetricScores.Mean("x", [.. Enumerable.Range(0, 400).Select(clip => (double)(clip % 2))]);
        var interval = Assert.Single(Resampling.Intervals([scores], new ResamplingOptions { Rounds = 4000 }))!.Value;
        Assert.Equal(0.5 - (1.96 * 0.025), interval.Low, 0.005);
        Assert.Equal(0.5 + (1.96 * 0.025), interval.High, 0.005);
    }

    [Fact]
    public void Intervals_SameSeed_AreTheSameAndHoldTheScore()
    {
        var scores = Bleu.Evaluate(Set).Append(CiderD.Evaluate(Set)).ToArray();
        var first = Resampling.Intervals(scores);
        Assert.Equal(first, Resampling.Intervals(scores));
        Assert.NotEqual(first, Resampling.Intervals(scores, new ResamplingOptions { Seed = 5 }));
        Assert.All(scores.Zip(first), pair => Assert.InRange(pair.First.Corpus, pair.Second!.Value.Low, pair.Second.Value.High));
    }

    [Fact]
    public void Intervals_Vocabulary_HasNone() =>
        Assert.All(Resampling.Intervals(StandardMetrics.Create(null).Select(["vocab"], Set).Evaluate(Set)), interval => Assert.Null(interval));

    [Fact]
    public void Compare_ASystemWithItself_FindsNoDifference()
    {
        var item = Resampling.Compare(Bleu.Evaluate(Set), Bleu.Evaluate(Set))[3];
        Assert.Equal((0.0, new Interval(0, 0), 1.0), (item.Difference, item.Interval, item.PValue));
    }

    [Fact]
    public void Compare_FewClips_ApproachesTheExactProbability()
    {
        // Differences 1, 2 and 4: of the eight ways to exchange, only none and all part the means as far as they are.
        var first = MetricScores.Mean("x", [1, 1, 1]);
        var item = Assert.Single(Resampling.Compare([first], [MetricScores.Mean("x", [2, 3, 5])], new ResamplingOptions { Rounds = 8000 }));
        Assert.Equal(7 / 3.0, item.Difference, 1e-12);
        Assert.Equal(0.25, item.PValue, 0.02);
    }

    [Fact]
    public void Compare_ClearlyWorseSystem_IsFoundOut()
    {
        var worse = new CaptionSet([.. Set.Candidates.Select((text, clip) => clip % 2 == 0 ? text : "something happens")], Set.References);
        var items = Resampling.Compare([.. Bleu.Evaluate(Set), CiderD.Evaluate(Set)], [.. Bleu.Evaluate(worse), CiderD.Evaluate(worse)]);
        Assert.Equal(5, items.Count);
        Assert.All(items.Where(item => item.Name != "bleu_4"), item =>
        {
            Assert.True(item.Interval.High < 0, $"{item.Name}: {item.Interval}");
            Assert.InRange(item.PValue, 0, 0.01);
        });
    }

    [Fact]
    public void Compare_SmallChangeInManyClips_IsFoundByPairing()
    {
        // The clips differ much among themselves, the systems by a little everywhere: only the paired interval excludes zero.
        var first = MetricScores.Mean("x", [.. Enumerable.Range(0, 200).Select(clip => (double)(clip % 10))]);
        var second = MetricScores.Mean("x", [.. first.Sentences.Select((value, clip) => value + 0.1 + (clip % 2 * 0.01))]);
        var item = Assert.Single(Resampling.Compare([first], [second]));
        Assert.True(item.Interval.Low > 0.09 && item.Interval.High < 0.12);
        var alone = Resampling.Intervals([first, second]);
        Assert.True(alone[0]!.Value.High > alone[1]!.Value.Low);
    }

    [Fact]
    public void Compare_DifferentSets_IsRefused()
    {
        var error = Assert.Throws<MetricInputException>(
            () => Resampling.Compare([MetricScores.Mean("x", [1, 2])], [MetricScores.Mean("x", [1, 2, 3])]));
        Assert.Contains("2 and 3 clips", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Intervals_ImpossibleOptions_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampling.Intervals([], new ResamplingOptions { Rounds = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampling.Intervals([], new ResamplingOptions { Level = 1 }));
    }

    private static MetricScores Score(CaptionSet set, string name) => Bleu.Evaluate(set).Append(RougeL.Evaluate(set))
        .Single(score => score.Name == name);

    private static CaptionSet Select(int[] times) => new(
        [.. times.SelectMany((count, clip) => Enumerable.Repeat(Set.Candidates[clip], count))],
        [.. times.SelectMany((count, clip) => Enumerable.Repeat(Set.References[clip], count))]);
}
