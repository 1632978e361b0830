using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural.Tests;

/// <summary>The predictor and the run, on vectors whose meaning is known.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class HearBenchmarkTests : IDisposable
{
    private const int Rate = 8000;
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-hear-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Run_LabelsThatVectorsTell_AreLearntTheSameWayOnAnyNumberOfThreads()
    {
        var task = HearTask.Load(Scenes());
        var first = new Loudness();
        var result = new HearBenchmark(Path.Combine(_root, "one"), new HearOptions()).Run(task, first);
        Assert.Equal(("top1_acc", 3), (result.Scores[0].Name, result.Scores[0].Folds.Count));
        Assert.True(result.Scores[0].Mean > 0.95, $"{result.Scores[0].Mean}");
        Assert.Empty(result.Warnings);
        var threads = TorchRuntime.Threads;
        TorchRuntime.Threads = 1;
        var other = new HearBenchmark(Path.Combine(_root, "two"), new HearOptions()).Run(task, first);
        TorchRuntime.Threads = threads;
        Assert.Equal(result.Scores.Select(score => score.Mean), other.Scores.Select(score => score.Mean));
        Assert.Equal(result.Folds, other.Folds);
        var deaf = new Loudness { IsDeaf = true };
        Assert.True(new HearBenchmark(Path.Combine(_root, "one"), new HearOptions()).Run(task, deaf).Scores[0].Mean < 0.7);
    }

    [Fact]
    public void Run_Again_HearsAndTrainsNothing()
    {
        var task = HearTask.Load(Scenes());
        var encoder = new Loudness();
        var options = new HearOptions { Grid = HearGridKind.Faster, Points = 2 };
        var result = new HearBenchmark(_root, options).Run(task, encoder);
        var heard = encoder.Heard;
        Assert.Equal(task.Clips.Values.Sum(clips => clips.Count), heard);
        var trained = 0;
        Assert.Equal(result.TrainingSeconds, new HearBenchmark(_root, options, new Counter(() => trained++)).Run(task, encoder).TrainingSeconds);
        // Another seed trains anew on the vectors that are known.
        _ = new HearBenchmark(_root, options with { Seed = 7 }, new Counter(() => trained++)).Run(task, encoder);
        Assert.Equal(heard, encoder.Heard);
        Assert.True(trained > 0);
    }

    [Fact]
    public void Run_Events_AreFoundByTheirOnsets()
    {
        var task = HearTask.Load(Events());
        var encoder = new Loudness();
        var result = new HearBenchmark(_root, new HearOptions { Points = 2 }).Run(task, encoder);
        Assert.Equal(["event_onset_200ms_fms", "event_onset_200ms_fms_precision", "event_onset_200ms_fms_recall", "segment_1s_er"], result.Scores.Select(score => score.Name));
        Assert.True(result.Scores[0].Mean > 0.9, $"{result.Scores[0].Mean}");
        Assert.Null(result.Scores[0].Deviation);
        Assert.Contains(result.Folds.Single().Postprocessing!, task.Postprocessing);
        var without = new Loudness { HasFrames = false };
        Assert.Contains("no vectors along a sound", Assert.Throws<HearTaskException>(() => new HearBenchmark(_root, new HearOptions()).Run(task, without)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LabelThatAFoldLacks_IsWarnedOf()
    {
        var folder = Scenes();
        File.WriteAllText(Path.Combine(folder, "fold01.json"), """{"0.wav":["loud"],"2.wav":["loud"]}""");
        var encoder = new Loudness();
        var result = new HearBenchmark(_root, new HearOptions { Grid = HearGridKind.Faster, Points = 1 }).Run(HearTask.Load(folder), encoder);
        Assert.Contains("fold01 has no 'soft'", result.Warnings.First(warning => warning.Contains("NaN", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.True(double.IsNaN(result.Scores.Single(score => score.Name == "aucroc").Mean));
    }

    [Fact]
    public void Run_MissingOrDamagedClip_IsOneSentence()
    {
        var folder = Scenes();
        var encoder = new Loudness();
        File.WriteAllText(Path.Combine(folder, $"{Rate}/fold01/3.wav"), "no sound");
        Assert.Contains("cannot be heard", Assert.Throws<HearTaskException>(() => Run()).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, $"{Rate}/fold01/3.wav"));
        Assert.Contains("is missing", Assert.Throws<HearTaskException>(() => Run()).Message, StringComparison.Ordinal);

        HearResult Run() => new HearBenchmark(_root, new HearOptions { Grid = HearGridKind.Faster, Points = 1 }).Run(HearTask.Load(folder), encoder);
    }

    [Fact]
    public void LogMel_ShortAndLongClips_HaveVectorsOfOneSize()
    {
        using var encoder = new LogMelStatistics();
        var brief = AudioClip.FromSamples([0.5f, -0.5f], encoder.SampleRate);
        Assert.Equal(128, encoder.Scene(brief).Length);
        Assert.Single(encoder.Frames(brief).Times);
        var second = encoder.Frames(AudioClip.FromSamples(HashWeights.Signal("noise", encoder.SampleRate, 1), encoder.SampleRate));
        Assert.Equal((20, 128), (second.Times.Length, second.Width));
        Assert.Equal(0.07, second.Times[1], 1e-9);
    }

    private string Scenes() => Task("pets", """{"task_name":"pets","embedding_type":"scene","prediction_type":"multiclass","split_mode":"new_split_kfold","nfolds":3,"evaluation":["top1_acc","aucroc"]}""",
        ["fold00", "fold01", "fold02"], 12, clip => ($"[\"{(clip % 2 == 0 ? "loud" : "soft")}\"]", Wave(1, _ => clip % 2 == 0 ? 0.5 : 0.05, clip)));

    private string Events() => Task("rings", """{"task_name":"rings","embedding_type":"event","prediction_type":"multilabel","split_mode":"trainvaltest","evaluation":["event_onset_200ms_fms","segment_1s_er"]}""",
        ["test", "train", "valid"], 12, clip =>
        {
            var start = 0.5 + clip * 0.1;
            return (FormattableString.Invariant($"[{{\"label\":\"loud\",\"start\":{1000 * start},\"end\":{1000 * (start + 0.8)}}}]"), Wave(3, time => time >= start && time < start + 0.8 ? 0.5 : 0.01, clip));
        });

    private string Task(string name, string metadata, string[] splits, int clips, Func<int, (string Labels, float[] Samples)> make)
    {
        var folder = Path.Combine(_root, name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, HearTask.MetadataName), metadata);
        File.WriteAllText(Path.Combine(folder, "labelvocabulary.csv"), "idx,label\n0,loud\n1,soft\n");
        foreach (var (place, split) in splits.Index())
        {
            Directory.CreateDirectory(Path.Combine(folder, $"{Rate}", split));
            var own = Enumerable.Range(0, clips).Select(make).ToArray();
            File.WriteAllText(Path.Combine(folder, $"{split}.json"), $"{{{string.Join(',', own.Select((clip, i) => $"\"{i}.wav\":{clip.Labels}"))}}}");
            foreach (var (i, clip) in own.Index())
                File.WriteAllBytes(Path.Combine(folder, $"{Rate}", split, $"{i}.wav"), WavFile.Bytes(AudioClip.FromSamples(Noisy(clip.Samples, place), Rate)));
        }
        return folder;
    }

    // Copies of one clip in several splits would be heard once.
    private static float[] Noisy(float[] samples, int seed) => [.. samples.Zip(HashWeights.Signal("other", samples.Length, seed), (value, noise) => value + 0.001f * noise)];

    private static float[] Wave(double seconds, Func<double, double> loudness, int seed) =>
        [.. HashWeights.Signal("noise", (int)(seconds * Rate), seed).Select((value, i) => (float)(value * loudness((double)i / Rate)))];

    /// <summary>An encoder that hears how loud it is, every 50 ms.</summary>
    private sealed class Loudness : IHearEncoder
    {
        private int _heard;

        public bool IsDeaf { get; init; }
        public int Heard => _heard;
        public string Name => IsDeaf ? "deaf" : "loudness";
        public string Fingerprint => Name;
        public int SampleRate => Rate;
        public bool HasFrames { get; init; } = true;
        public bool IsOnProcessor => true;

        public float[] Scene(AudioClip clip)
        {
            Interlocked.Increment(ref _heard);
            return IsDeaf ? [1, 0] : [(float)Math.Log(clip.Samples.Average(value => value * value)), 1];
        }

        public Timeline Frames(AudioClip clip, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _heard);
            var blocks = clip.Samples.Chunk(Rate / 20).ToArray();
            return new Timeline([.. blocks.Select((_, i) => (i + 0.5) / 20)], 2, [.. blocks.SelectMany(block => new[] { (float)Math.Log(block.Average(value => value * value) + 1e-9), 1f })]);
        }

    }

    private sealed class Counter(Action tick) : IProgress<HearProgress>
    {
        public void Report(HearProgress value) => tick();
    }
}
