using System.IO.Compression;
using System.Text.Json;
using Auricle.Audio.Tests;
using Auricle.Testing;

namespace Auricle.Evaluation.Tests;

public sealed class MeteorTests
{
    private static readonly Lazy<MeteorResources> Plain = new(() => MeteorResources.Load(DataFolder));

    private static readonly Lazy<MeteorResources> WithParaphrases =
        new(() => MeteorResources.Load(DataFolder, Path.Combine(Fixtures.Folder("metrics"), "meteor_mini_paraphrase.txt")));

    private static string DataFolder => Path.Combine(Fixtures.SharedRoot!, "data", "meteor");

    [SharedFact]
    public void Load_ParaphrasesOfOneEndlessLine_EndsInWords()
    {
        using var folder = new TestFolder();
        var path = folder.At("paraphrase-en.gz");
        using (var gzip = new GZipStream(File.Create(path), CompressionLevel.SmallestSize))
        {
            var block = Enumerable.Repeat((byte)'a', 1 << 20).ToArray();
            for (var i = 0; i < 70; i++)
                gzip.Write(block);
        }
        Assert.Contains("more than 67108864 bytes", Assert.Throws<MetricDataException>(() => MeteorResources.Load(DataFolder, path)).Message, StringComparison.Ordinal);
    }

    [SharedTheory]
    [InlineData("no_paraphrase", MeteorStages.All)]
    [InlineData("mini_paraphrase", MeteorStages.All)]
    [InlineData("exact_only", MeteorStages.Exact)]
    [InlineData("exact_stem", MeteorStages.Exact | MeteorStages.Stem)]
    public void Score_EveryPair_EqualsOriginalProgram(string set, MeteorStages stages)
    {
        var meteor = new Meteor((set == "mini_paraphrase" ? WithParaphrases : Plain).Value, stages);
        foreach (var item in NGramCases.Read("meteor.json").GetProperty(set).EnumerateArray())
        {
            var score = meteor.Score(item.GetProperty("candidate").GetString()!, NGramCases.Texts(item.GetProperty("references")));
            Assert.Equal(NGramCases.Texts(item.GetProperty("candidate_words")), score.CandidateWords);
            Assert.Equal(item.GetProperty("best_reference").GetInt32(), score.BestReference);
            Assert.Equal(NGramCases.Texts(item.GetProperty("reference_words")), score.ReferenceWords);
            Assert.Equal(
                item.GetProperty("matches").EnumerateArray().Select(match => match.EnumerateArray().Select(value => value.GetInt32()).ToArray()),
                score.Matches.Select(match => new[] { match.ReferenceStart, match.ReferenceLength, match.CandidateStart, match.CandidateLength, match.Stage }));
            Assert.Equal(item.GetProperty("stats").EnumerateArray().Select(value => value.GetInt64()), score.Statistics);
            AssertNumber(item, "score", score.Score);
            AssertNumber(item, "precision", score.Precision);
            AssertNumber(item, "recall", score.Recall);
            AssertNumber(item, "fmean", score.FMean);
            AssertNumber(item, "frag_penalty", score.Penalty);
            NGramCases.AssertClose(item.GetProperty("per_reference").EnumerateArray().Select(value => value.GetDouble()), score.PerReference, 1e-12);
        }
    }

    [SharedFact]
    public void Evaluate_PublishedClips_EqualsOriginalProgramWithoutTable()
    {
        var scores = new Meteor(Plain.Value).Evaluate(PublishedClips.Set);
        var expected = PublishedClips.Clips.Select(clip => clip.GetProperty("meteor_without_paraphrase")).ToArray();
        NGramCases.AssertClose(expected.Select(item => item.GetProperty("score").GetDouble()), scores.Sentences, 1e-12);
    }

    [SharedFact]
    public void Evaluate_Corpus_ScoresSummedStatistics()
    {
        var meteor = new Meteor(Plain.Value);
        var single = meteor.Evaluate(new CaptionSet(["a dog barks loudly"], [["the dog barks"]]));
        var doubled = meteor.Evaluate(new CaptionSet(["a dog barks loudly", "a dog barks loudly"], [["the dog barks"], ["the dog barks"]]));
        Assert.Equal(single.Corpus, doubled.Corpus, 1e-12);
        var withPerfect = meteor.Evaluate(new CaptionSet(["a b", "a b"], [["a b"], ["a b"]]));
        Assert.Equal(1, withPerfect.Corpus, 1e-12); // perfect clips add no chunk
    }

    [SharedFact]
    public void Normalize_EveryVector_EqualsOriginalProgram()
    {
        var wrong = NGramCases.Read("meteor_normalizer.json").GetProperty("vectors").EnumerateArray()
            .Where(item => Plain.Value.Normalizer.Normalize(item.GetProperty("text").GetString()!) != item.GetProperty("keep").GetString())
            .Select(item => $"{item.GetProperty("keep")} | {Plain.Value.Normalizer.Normalize(item.GetProperty("text").GetString()!)}").ToArray();
        Assert.True(wrong.Length == 0, string.Join("\n", wrong));
    }

    [SharedFact]
    public void Synsets_EveryVector_EqualOriginalProgram()
    {
        var wrong = NGramCases.Read("meteor_synsets.json").GetProperty("words").EnumerateObject()
            .Where(item => !Plain.Value.SynsetsOf(item.Name).Order().SequenceEqual(Numbers(item.Value[0]).Order())
                || !Plain.Value.BasesOf(item.Name).SelectMany(Plain.Value.SynsetsOf).Distinct().Order().SequenceEqual(Numbers(item.Value[1]).Order()))
            .Select(item => $"{item.Name}: {item.Value}, bases {string.Join(' ', Plain.Value.BasesOf(item.Name))}").ToArray();
        Assert.True(wrong.Length == 0, string.Join("\n", wrong));

        static IEnumerable<int> Numbers(JsonElement list) => list.EnumerateArray().Select(value => value.GetInt32());
    }

    [SharedFact]
    public void Score_EmptyAndOddTexts_AreZero()
    {
        var meteor = new Meteor(Plain.Value);
        Assert.Equal(0, meteor.Score("", ["a dog"]).Score);
        Assert.Equal(0, meteor.Score("a dog", [""]).Score);
        Assert.Equal(0, meteor.Score("||| 🐶", ["a dog"]).Score);
        Assert.Throws<MetricInputException>(() => meteor.Score("a dog", []));
    }

    [SharedFact]
    public void Score_VeryLongCandidate_Ends()
    {
        var longCaption = string.Join(' ', Enumerable.Range(0, 10_000).Select(i => i % 7 == 0 ? "the" : $"w{i}"));
        Assert.InRange(new Meteor(Plain.Value).Score(longCaption, ["the dog chases the cat"]).Score, 0, 0.01);
    }

    [Fact]
    public void Load_MissingFolder_NamesTheFile()
    {
        var error = Assert.Throws<FileNotFoundException>(() => MeteorResources.Load("no-such-folder"));
        Assert.StartsWith(Path.Combine("no-such-folder", "english."), error.FileName, StringComparison.Ordinal);
    }

    private static void AssertNumber(JsonElement item, string name, double actual)
    {
        var field = item.GetProperty(name);
        if (field.ValueKind == JsonValueKind.Null)
            Assert.True(double.IsNaN(actual) || double.IsInfinity(actual), $"{name} of '{item.GetProperty("candidate")}': expected no number, got {actual:R}");
        else
            Assert.Equal(field.GetDouble(), actual, 1e-12);
    }
}
