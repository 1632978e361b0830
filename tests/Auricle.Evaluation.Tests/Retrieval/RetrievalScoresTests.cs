using System.Text.Json;
using Auricle.Audio.Tests;
using Auricle.Testing;

namespace Auricle.Evaluation.Tests.Retrieval;

public sealed class RetrievalScoresTests
{
    private const double Tolerance = 1e-6;

    private static readonly JsonElement Expected =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("retrieval"), "metrics.json"))).RootElement;

    private static readonly Safetensors Tensors = new(Path.Combine(Fixtures.Folder("retrieval"), "metrics.safetensors"));

    private static readonly JsonElement Inputs = FixtureInputs.Read("retrieval")["metrics"];

    private static readonly int PerClip = Inputs.GetProperty("captions_per_clip").GetInt32();

    public static TheoryData<string> Sets => [.. Inputs.GetProperty("sets").EnumerateArray().Select(set => set.GetString()!)];

    // Where two captions of a clip tie, the reference's order is that of its sorting and nothing that a rule tells.
    public static TheoryData<string> SetsWithoutTies =>
        [.. Inputs.GetProperty("sets").EnumerateArray().Select(set => set.GetString()!).Where(set => Expected.GetProperty(set).GetProperty("tied_queries").GetInt32() == 0)];

    public static TheoryData<string, TieRule, string> Rules
    {
        get
        {
            var data = new TheoryData<string, TieRule, string>();
            foreach (var set in Inputs.GetProperty("sets").EnumerateArray())
            {
                foreach (var rule in Expected.GetProperty(set.GetString()!).GetProperty("text_to_audio_by_tie_rule").EnumerateObject())
                    data.Add(set.GetString()!, Enum.Parse<TieRule>(rule.Name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true), rule.Name);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Of_TextToAudio_EqualsReferenceProgram(string set)
    {
        var scores = TextToAudio(set, TieRule.HighestIndexFirst);
        var expected = Expected.GetProperty(set).GetProperty("baseline_text_to_audio");
        foreach (var k in new[] { 1, 5, 10 })
        {
            Assert.Equal(expected.GetProperty($"R@{k}").GetProperty("mean").GetDouble(), scores.Recall(k), Tolerance);
            Assert.Equal(scores.Recall(k), scores.HitRate(k), 1e-12);
        }
        var precision = expected.GetProperty("mAP@10");
        Assert.Equal(precision.GetProperty("mean").GetDouble(), scores.MeanAveragePrecision(10), Tolerance);
        NGramCases.AssertClose(
            NGramCases.Numbers(precision.GetProperty("per_query")),
            [.. Enumerable.Range(0, scores.Queries).Select(query => scores.AveragePrecision(query, 10))], Tolerance);
    }

    [Theory]
    [MemberData(nameof(SetsWithoutTies))]
    public void Of_AudioToText_CountsAllCaptionsOfAClip(string set)
    {
        var scores = AudioToText(set);
        var expected = Expected.GetProperty(set).GetProperty("baseline_audio_to_text");
        foreach (var k in new[] { 1, 5, 10 })
            Assert.Equal(expected.GetProperty($"R@{k}").GetProperty("mean").GetDouble(), scores.Recall(k), Tolerance);
        var precision = expected.GetProperty("mAP@10");
        Assert.Equal(precision.GetProperty("mean").GetDouble(), scores.MeanAveragePrecision(10), Tolerance);
        NGramCases.AssertClose(
            NGramCases.Numbers(precision.GetProperty("per_query")),
            [.. Enumerable.Range(0, scores.Queries).Select(query => scores.AveragePrecision(query, 10))], Tolerance);
        Assert.InRange(scores.HitRate(1), scores.Recall(1), 1);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Of_EachTieRule_EqualsReferenceProgram(string set, TieRule rule, string name)
    {
        var scores = TextToAudio(set, rule);
        var expected = Expected.GetProperty(set).GetProperty("text_to_audio_by_tie_rule").GetProperty(name);
        Assert.Equal(expected.GetProperty("mAP@10").GetDouble(), scores.MeanAveragePrecision(10), Tolerance);
        foreach (var k in new[] { 1, 5, 10 })
            Assert.Equal(expected.GetProperty($"R@{k}").GetDouble(), scores.Recall(k), Tolerance);
    }

    [Fact]
    public void Of_SeveralRelevantItems_EqualsValuesByHand()
    {
        // First query: relevant items on ranks 1, 3 and 4 of 4; second: rank 2 of 4.
        var scores = RetrievalScores.Of([0.9f, 0.5f, 0.4f, 0.8f, 0.1f, 0.2f, 0.4f, 0.3f], 4, [[0, 1, 2], [3]]);
        Assert.Equal([1, 3, 4], scores.RanksOf(0));
        Assert.Equal([2], scores.RanksOf(1));
        Assert.Equal(((1 / 3.0) + 0) / 2, scores.Recall(1), 1e-12);
        Assert.Equal(((2 / 3.0) + 1) / 2, scores.Recall(3), 1e-12);
        Assert.Equal(0.5, scores.HitRate(1));
        Assert.Equal(((1 + (2 / 3.0) + (3 / 4.0)) / 3 + 0.5) / 2, scores.MeanAveragePrecision(16), 1e-12);
        Assert.Equal(((1 + (2 / 3.0)) / 3 + 0.5) / 2, scores.MeanAveragePrecision(3), 1e-12);
        Assert.Equal(1.5, scores.MedianRank);
    }

    [Fact]
    public void MeanAveragePrecision_At16_CountsRanksBeyondTen()
    {
        float[] row = [.. Enumerable.Range(0, 20).Select(item => -item / 20f)];
        var scores = RetrievalScores.Of(row, 20, [[11]]);
        Assert.Equal((0, 1 / 12.0, 12), (scores.MeanAveragePrecision(10), scores.MeanAveragePrecision(16), scores.MedianRank));
    }

    [Fact]
    public void Of_BadInput_NamesTheFault()
    {
        Assert.Contains("Query 1 has no relevant item", Refused([1, 2, 3, 4], 2, [[0], []]), StringComparison.Ordinal);
        Assert.Contains("item 2, but there are 2", Refused([1, 2], 2, [[2]]), StringComparison.Ordinal);
        Assert.Contains("not a number", Refused([1, float.NaN], 2, [[0]]), StringComparison.Ordinal);
        Assert.Contains("3 similarities for 1 queries and 2 items", Refused([1, 2, 3], 2, [[0]]), StringComparison.Ordinal);
        Assert.Contains("no query", Refused([], 2, []), StringComparison.Ordinal);
    }

    private static string Refused(float[] similarities, int items, int[][] relevant) =>
        Assert.Throws<MetricInputException>(() => RetrievalScores.Of(similarities, items, relevant)).Message;

    private static RetrievalScores TextToAudio(string set, TieRule rule)
    {
        var clips = Expected.GetProperty(set).GetProperty("clips").GetInt32();
        return RetrievalScores.Of(Tensors.Floats($"{set}.scores"), clips, [.. Enumerable.Range(0, PerClip * clips).Select(query => new[] { query / PerClip })],
            rule);
    }

    private static RetrievalScores AudioToText(string set)
    {
        var clips = Expected.GetProperty(set).GetProperty("clips").GetInt32();
        var byCaption = Tensors.Floats($"{set}.scores"); // [captions, clips]
        var byClip = Enumerable.Range(0, clips)
            .SelectMany(clip => Enumerable.Range(0, PerClip * clips).Select(caption => byCaption[(caption * clips) + clip])).ToArray();
        return RetrievalScores.Of(byClip, PerClip * clips, [.. Enumerable.Range(0, clips).Select(clip => Enumerable.Range(PerClip * clip, PerClip).ToArray())]);
    }
}
