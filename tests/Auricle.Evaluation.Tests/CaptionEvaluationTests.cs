using Auricle.Audio.Tests;

namespace Auricle.Evaluation.Tests;

public sealed class CaptionEvaluationTests
{
    private const string References = "file_name,caption_1,caption_2\na.wav,A dog barks.,A dog is barking.\nb.wav,Rain falls.,It rains.\n";

    [Fact]
    public void Run_FurtherMetrics_TakePartInPresetsAndComparison()
    {
        using var folder = new TestFolder();
        var options = new CaptionEvaluationOptions
        {
            Candidates = folder.Text("c.csv", "file,caption\na,a dog barks\nb,rain\n"),
            References = folder.Text("r.csv", References),
            Compare = folder.Text("d.csv", "file,caption\na,a cat\nb,rain falls\n"),
            Preset = "dcase2023",
            Resampling = new ResamplingOptions { Rounds = 20 },
            Extend = registry => registry
                .Add(new CaptionMetric("spice", set => MetricScores.Mean("spice", [.. set.Candidates.Select(caption => (double)caption.Length)])))
                .Add(new CaptionMetric("fer", set => MetricScores.Mean("fer", new double[set.Count]))),
        };
        var report = CaptionEvaluation.Run(options);
        var scores = report.Systems[0].Scores.ToDictionary(score => score.Name);
        Assert.Equal([11, 4], scores["spice"].Sentences); // the words, without the stop
        Assert.Equal((scores["cider_d"].Corpus + 7.5) / 2, scores["spider_fl"].Corpus, 1e-12);
        Assert.Equal(report.Systems[1].Scores.Single(score => score.Name == "spider_fl").Corpus,
            report.Differences.Single(item => item.Name == "spider_fl").Second);
        Assert.Equal(["A dog barks.", "A dog is barking."], report.References[0]); // as they were read
        Assert.DoesNotContain(report.LeftOut, metrics => metrics.Names.Contains("spider_fl"));
    }

    [Fact]
    public void Run_GivenScoresOfTheFirstSystem_LeaveTheSecondWithout()
    {
        using var folder = new TestFolder();
        var report = CaptionEvaluation.Run(new CaptionEvaluationOptions
        {
            Candidates = folder.Text("c.csv", "file,caption\na,a dog barks\nb,rain\n"),
            References = folder.Text("r.csv", References),
            Compare = folder.Text("d.csv", "file,caption\na,a cat\nb,rain falls\n"),
            Metrics = ["spider", "rouge_l"],
            GivenScores = folder.Text("s.csv", "file,spice\nb.wav,0.5\na.wav,0.25\n"),
            Resampling = null,
        });
        Assert.Equal([0.25, 0.5], report.Systems[0].Scores.Single(score => score.Name == "spice").Sentences);
        Assert.Contains(report.Systems[0].Scores, score => score.Name == "spider");
        Assert.DoesNotContain(report.Systems[1].Scores, score => score.Name == "spider");
        Assert.Equal(["rouge_l", "cider_d"], report.Differences.Select(item => item.Name));
        Assert.All(report.Systems[0].Intervals, interval => Assert.Null(interval));
    }
}
