using Auricle.Audio;
using Auricle.Text;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class AudioCaptionerTests
{
    [Fact]
    public void Caption_FromEightThreads_SaysTheSame()
    {
        _ = TestModel.Numbers;
        using var captioner = AudioCaptioner.Load(TestModel.Name, new AudioModelOptions { Threads = 1 });
        var clips = Enumerable.Range(0, 8).Select(seed => AudioClip.FromSamples(HashWeights.Signal("noise", 16000, seed), 16000)).ToArray();
        var alone = clips.Select(clip => captioner.Caption(clip)).ToArray();
        var together = Together.Run(clips.Length, i => captioner.Caption(clips[i]));
        Assert.Equal(alone.Select(result => result.Caption), together.Select(result => result.Caption));
        // The last bits of a BLAS product depend on where its buffers lie; only the rows' kernel of AVX-512 does not.
        Assert.Equal(alone.Select(result => result.Score), together.Select(result => result.Score), (one, other) => Math.Abs(one - other) < 1e-6);
    }

    [Fact]
    public async Task CaptionFilesAsync_BadFile_IsAnOutcomeAmongOthers()
    {
        _ = TestModel.Numbers;
        using var folder = new TestFolder();
        using var captioner = AudioCaptioner.Load(TestModel.Name);
        var outcomes = new List<FileOutcome<CaptionResult>>();
        await foreach (var outcome in captioner.CaptionFilesAsync([folder.Noise("a.wav"), folder.At("none.wav"), folder.Noise("b.wav")]))
            outcomes.Add(outcome);
        Assert.Equal([true, false, true], outcomes.Select(outcome => outcome.IsSuccess));
        Assert.Equal(AudioFailure.NotFound, Assert.IsType<AudioException>(outcomes[1].Exception).Reason);
        Assert.Equal(outcomes[1].Exception!.Message, outcomes[1].Error);
    }

    [Fact]
    public void CaptionFiles_UnknownTask_ThrowsBeforeAnythingIsRead()
    {
        _ = TestModel.Numbers;
        using var captioner = AudioCaptioner.Load(TestModel.Name);
        var error = Assert.Throws<UnknownTaskException>(() => captioner.CaptionFiles(["none.wav"], new CaptionOptions { Task = "nonsense" }));
        Assert.Equal(TestModel.Tasks, error.KnownTasks);
        Assert.Throws<ArgumentOutOfRangeException>(() => captioner.Check(new CaptionOptions { BatchSize = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => captioner.Check(new CaptionOptions { Seconds = double.NaN }));
    }

    [Fact]
    public void CaptionFile_Cancelled_Throws()
    {
        _ = TestModel.Numbers;
        using var folder = new TestFolder();
        using var captioner = AudioCaptioner.Load(TestModel.Name);
        Assert.Throws<OperationCanceledException>(() => captioner.CaptionFile(folder.Noise("a.wav"), null, new CancellationToken(true)));
    }

    [Fact]
    public void CaptionFile_Tasks_DifferInTheTokenThatStartsThem()
    {
        _ = TestModel.Numbers;
        using var folder = new TestFolder();
        using var captioner = AudioCaptioner.Load(TestModel.Name);
        var file = folder.Noise("a.wav");
        var results = captioner.Tasks.Select(task => captioner.CaptionFile(file, new CaptionOptions { Task = task })).ToList();
        Assert.Equal(TestModel.Tasks, results.Select(result => result.Task));
        Assert.NotEqual(results[0].Score, results[1].Score);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void CaptionFiles_ATaskForEach_GivesEachFileTheCaptionOfItsTask(int batch)
    {
        using var folder = new TestFolder();
        using var captioner = AudioCaptioner.Load(TestModel.Folder);
        string[] files = [folder.Noise("a.wav"), folder.Text("b.wav", "no sound"), folder.Noise("c.wav")];
        string[] tasks = [TestModel.Tasks[1], TestModel.Tasks[1], TestModel.Tasks[0]];
        var outcomes = captioner.CaptionFiles(files, new CaptionOptions { Tasks = tasks, BatchSize = batch }).ToList();
        foreach (var place in new[] { 0, 2 })
        {
            var alone = captioner.CaptionFile(files[place], new CaptionOptions { Task = tasks[place] });
            Assert.Equal((alone.Task, alone.Caption), (outcomes[place].Result!.Task, outcomes[place].Result!.Caption));
            Assert.Equal(alone.Score, outcomes[place].Result!.Score, 4);
        }
        Assert.False(outcomes[1].IsSuccess);
        Assert.Throws<ArgumentException>(() => captioner.CaptionFiles(files, new CaptionOptions { Tasks = tasks[1..], BatchSize = batch }).ToList());
        Assert.Throws<ArgumentException>(() => captioner.Check(new CaptionOptions { Tasks = tasks, Task = tasks[0] }));
        Assert.Throws<UnknownTaskException>(() => captioner.Check(new CaptionOptions { Tasks = [tasks[0], "nonsense"] }));
    }

    [Fact]
    public void CaptionFiles_SilenceAmongOthers_IsCalledSilenceAndChangesNothingElse()
    {
        using var folder = new TestFolder();
        using var captioner = AudioCaptioner.Load(TestModel.Folder);
        string[] files = [folder.Noise("a.wav"), folder.Wav("silence.wav", new float[16000], 16000), folder.Noise("c.wav", seed: 1)];
        var outcomes = captioner.CaptionFiles(files, new CaptionOptions { BatchSize = 3, Tasks = [TestModel.Tasks[0], TestModel.Tasks[1], TestModel.Tasks[1]] }).ToList();
        var silent = outcomes[1].Result!;
        Assert.Equal(("silence", 0, TestModel.Tasks[1]), (silent.Caption, silent.Score, silent.Task));
        Assert.Empty(silent.Tags);
        Assert.Equal("silence", Assert.Single(silent.Candidates).Caption);
        Assert.Contains("is silent", Assert.Single(silent.Warnings), StringComparison.Ordinal);
        foreach (var place in new[] { 0, 2 })
        {
            var alone = captioner.CaptionFile(files[place], new CaptionOptions { Task = outcomes[place].Result!.Task });
            Assert.Equal(alone.Caption, outcomes[place].Result!.Caption);
            Assert.Equal(alone.Score, outcomes[place].Result!.Score, 4);
        }
    }

    [Fact]
    public void CaptionFile_SilenceBetweenSounds_IsASegmentOfItsOwn()
    {
        using var folder = new TestFolder();
        using var captioner = AudioCaptioner.Load(TestModel.Folder);
        var noise = HashWeights.Signal("noise", 2 * 16000);
        float[] opposite = [.. noise.SelectMany((sample, i) => (float[])[sample, i < 16000 ? sample : -sample])];
        var result = captioner.CaptionFile(folder.Wav("a.wav", opposite, 16000, channels: 2), new CaptionOptions { Seconds = 1, BatchSize = 4 });
        var alone = captioner.Caption(AudioClip.FromSamples(noise.AsSpan(0, 16000), 16000));
        Assert.Equal([alone.Caption, "silence"], result.Segments.Select(segment => segment.Caption));
        Assert.Equal($"{alone.Caption}; silence", result.Caption);
        Assert.Empty(result.Segments[1].Tags);
    }

    [Fact]
    public void CaptionFile_InSegments_TellsTheShareThatIsDone()
    {
        using var folder = new TestFolder();
        using var captioner = AudioCaptioner.Load(TestModel.Folder);
        var shares = new List<double>();
        captioner.CaptionFile(folder.Noise("a.wav", 5), new CaptionOptions { Seconds = 2, FileProgress = new Listener(shares) });
        Assert.Equal([0.4, 0.8, 1], shares, (one, other) => Math.Abs(one - other) < 1e-6);
    }

    private sealed class Listener(List<double> told) : IProgress<double>
    {
        public void Report(double value) => told.Add(value);
    }
}
