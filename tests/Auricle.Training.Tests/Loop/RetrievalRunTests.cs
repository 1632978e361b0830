using Auricle.Audio;
using Auricle.Evaluation;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Systems.Correspondences;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training.Tests;

/// <summary>Retrieval models from recipe to exported model, in both stages, on tones small enough for seconds.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class RetrievalRunTests : IDisposable
{
    private readonly TinyCorpus _corpus = new([.. Enumerable.Range(0, 24).Select(i => (new[] { "bell", "dog", "rain" }[i % 3], i < 18 ? "train" : "validation", 0.6))]);
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-retrieval-").FullName;

    public RetrievalRunTests()
    {
        _corpus.WriteSounds();
        TorchRuntime.Threads = 1;
        TorchRuntime.Seed(1);
        using var store = WeightStore.Initialise();
        _ = new MobileNetEncoder(new MobileNetConfig { Scale = 0.1, Tags = 4 }, store.Root);
        SafetensorsFile.Write(Encoder, store.Entries.Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor)));
    }

    private string Encoder => Path.Combine(_root, "encoder.safetensors");

    [Fact]
    public void FrozenEncoder_LearnsTones_AndTheModelThatIsKeptScoresTheSame()
    {
        var run = Train("run.name=one");
        var measured = MetricsLog.Read(run.LogPath);
        // A random encoder hears little of tones, but what there is to learn is learned.
        Assert.True(measured[^1]["loss"] < 0.8 * measured[0]["loss"], $"The loss went from {measured[0]["loss"]} to {measured[^1]["loss"]}.");
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_root, "cache"), "features-*.safetensors"));

        using var model = CorrespondenceModel.Load(Path.Combine(run.LastCheckpoint, "model"));
        var clips = CaptionedClips.OfCorpus(_corpus.Load()).Validation;
        string[] captions = [.. clips.SelectMany(clip => clip.Captions).Distinct()];
        using var scope = TensorScope.Begin();
        var audio = model.EmbedAudio([.. clips.Select(clip => AudioFile.Load(clip.Path, model.SampleRate))]);
        var scores = RetrievalScores.Of(RetrievalLoss.Cosines(model.EmbedText(captions), audio).ToArray<float>(), clips.Count,
            [.. captions.Select(caption => (IReadOnlyList<int>)[.. Enumerable.Range(0, clips.Count).Where(clip => clips[clip].Captions.Contains(caption))])]);
        Assert.Equal(measured[^1]["val_map10"]!.Value, scores.MeanAveragePrecision(10), 3);
    }

    [Fact]
    public void Resumed_EqualsNeverHavingStopped()
    {
        string[] settings = ["schedule.epochs=3", "encoder.train=true", "schedule.name=plateau", "schedule.patience=0", "schedule.threshold=10"];
        var whole = Train(["run.name=whole", .. settings]);
        Train(["run.name=parts", "run.stop_after=1", .. settings]);
        var parts = Train(["run.name=parts", .. settings]);
        Assert.Equal(MetricsLog.Read(whole.LogPath).Select(line => (line["loss"], line["lr"])), MetricsLog.Read(parts.LogPath).Select(line => (line["loss"], line["lr"])));
        // Nothing is ten better than the best: each validation but the first reduces the rate.
        Assert.Equal([0.01, 0.01, 0.001], MetricsLog.Read(whole.LogPath).Select(line => Math.Round(line["lr"]!.Value, 6)));
    }

    [Fact]
    public void SecondStage_LearnsWhatAnEnsembleEstimated()
    {
        var one = Path.Combine(Train("run.name=one").LastCheckpoint, "model");
        var other = Path.Combine(Train("run.name=other", "run.seed=2").LastCheckpoint, "model");
        var estimates = Start("estimates.yaml", $"""
            task: correspondences
            run: {"{"} root: {_root}, name: estimates {"}"}
            data: {"{"} folder: {_corpus.Folder} {"}"}
            models: [{one}, {other}]
            """);
        string[] settings = ["run.name=second", $"model.start={one}", "loss.supervised=0", "loss.distilled=1", $"loss.estimates={estimates.EstimatesPath}"];
        var losses = MetricsLog.Read(Train(settings).LogPath).Select(line => line["loss"]!.Value).ToList();
        Assert.True(losses[^1] < losses[0], $"The loss went from {losses[0]} to {losses[^1]}.");

        // A third model is added to what is there; the two keep their files.
        string[] files = Directory.GetFiles(estimates.EstimatesPath, "*.safetensors");
        var times = files.Select(File.GetLastWriteTimeUtc).ToList();
        TrainingRun.Start(Path.Combine(_root, "estimates.yaml"), [$"models=['{other}', '{one}', '{Path.Combine(Train("run.name=late", "run.seed=3", "schedule.epochs=1").LastCheckpoint, "model")}']"]);
        Assert.Equal(times, files.Select(File.GetLastWriteTimeUtc));
        Assert.Equal(3, Directory.GetFiles(estimates.EstimatesPath, "*.safetensors").Length);

        TrainingRun.Start(Path.Combine(_root, "estimates.yaml"), [$"models=['{other}']"]);
        foreach (var file in Directory.GetFiles(estimates.EstimatesPath, "*.safetensors"))
            File.Delete(file);
        var error = Assert.Throws<TrainingException>(() => Train([.. settings, "run.name=third"]));
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
        error = Assert.Throws<TrainingException>(() => Train([.. settings, "run.name=fourth", $"loss.estimates={_root}/nowhere"]));
        Assert.Contains("loss.estimates", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ClipThatCannotBeRead_IsLeftOutAndReported(bool trainsEncoder)
    {
        var damaged = _corpus.Load().ClipsOf(DataSplit.Train)[4];
        File.WriteAllText(_corpus.Load().PathOf(damaged), "no sound");
        string[] settings = ["schedule.epochs=2", $"encoder.train={(trainsEncoder ? "true" : "false")}"];
        var run = Train(["run.name=one", "data.most_skipped=0.2", .. settings]);
        Assert.Equal(1, MetricsLog.Read(run.LogPath)[^1]["skipped"]);
        Assert.StartsWith(damaged.File + "\t", Assert.Single(File.ReadAllLines(run.SkippedPath)), StringComparison.Ordinal);

        var error = Assert.Throws<CorpusException>(() => Train(["run.name=strict", "data.most_skipped=0", .. settings]));
        Assert.Contains("data.most_skipped", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WeightsThatAreFrozen_StayAsTheyAre_AndOthersHaveRatesOfTheirOwn()
    {
        var start = Path.Combine(Train("run.name=start", "schedule.epochs=1").LastCheckpoint, "model");
        var run = Train("run.name=one", "schedule.epochs=2", $"model.start={start}", "optimizer.freeze=['project_audio*']", "optimizer.groups=['*.encoder.layer.*=0']");
        var (before, after) = (Weights(start), Weights(Path.Combine(run.LastCheckpoint, "model")));
        foreach (var (name, values) in before)
        {
            var stays = name.StartsWith("project_audio", StringComparison.Ordinal) || name.Contains(".encoder.layer.", StringComparison.Ordinal)
                || name.StartsWith("audio_embedding_model.", StringComparison.Ordinal) || name == "tau";
            Assert.True(stays == values.AsSpan().SequenceEqual(after[name]), name);
        }
        var error = Assert.Throws<TrainingException>(() => Train("run.name=two", "optimizer.freeze=['nothing*']"));
        Assert.Contains("'nothing*'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckpointOfAnotherTask_IsRefused()
    {
        Train("run.name=one", "schedule.epochs=2", "run.stop_after=1");
        var error = Assert.Throws<TrainingException>(() => Start("tagging.yaml", $"""
            task: tagging
            run: {"{"} root: {_root}, name: one {"}"}
            data: {"{"} folder: {_corpus.Folder} {"}"}
            model: {"{"} widths: [4], embedding_width: 8, mel_bands: 16 {"}"}
            """));
        Assert.Contains("task is retrieval", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MeasurementThatHasSettled_EndsTheRun()
    {
        var run = Train("run.name=one", "schedule.stop_deviation=1e9", "schedule.stop_window=2", "schedule.stop_grace=3");
        Assert.Equal(3, MetricsLog.Read(run.LogPath).Count);
    }

    [Fact]
    public void Estimate_TellsWhatARunWouldTake_AndKeepsNothing()
    {
        var (estimate, yaml) = TrainingRun.Estimate(Write("retrieval.yaml", Recipe), ["run.name=dry"]);
        Assert.Equal(36, estimate.ExamplesPerEpoch);
        Assert.Equal(6 * 40, estimate.Steps);
        Assert.InRange(estimate.PerStep.TotalSeconds, 1e-6, 60);
        Assert.True(estimate.Trained > 0 && estimate.PeakMemory > 0);
        Assert.Contains("batch: 6", yaml, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_root, "dry")));
    }

    [Fact]
    public void SettingsThatDoNotGoTogether_AreRefused()
    {
        var error = Assert.Throws<RecipeException>(() => Train("run.name=bad", "loss.distilled=1", "text.width=100", "data.folder=nowhere"));
        Assert.Equal(["text.width", "loss.distilled"], error.Problems.Select(problem => problem.Key).OrderDescending());
    }

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private string Recipe => $"""
        task: retrieval
        run: {"{"} root: {_root} {"}"}
        data: {"{"} folder: {_corpus.Folder}, cache: {_root}/cache {"}"}
        encoder: {"{"} file: {Encoder}, segment_seconds: 1, clip_seconds: 1, precision: float32 {"}"}
        text: {"{"} width: 64, layers: 1, feed_forward: 64, dropout: 0 {"}"}
        model: {"{"} width: 16 {"}"}
        optimizer: {"{"} batch: 6, lr: 0.01, weight_decay: 0 {"}"}
        schedule: {"{"} epochs: 40, warmup_epochs: 0 {"}"}
        """;

    private RunFolder Train(params string[] settings) => Start("retrieval.yaml", Recipe, settings);

    private RunFolder Start(string name, string recipe, params string[] settings) => TrainingRun.Start(Write(name, recipe), settings);

    private string Write(string name, string recipe)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, recipe);
        return path;
    }

    private static Dictionary<string, byte[]> Weights(string model)
    {
        var stored = SafetensorsFile.Read(Path.Combine(model, "model.safetensors"), out _);
        return stored.ToDictionary(pair => pair.Key, pair =>
        {
            var bytes = new byte[pair.Value.ByteLength];
            pair.Value.CopyTo(bytes);
            return bytes;
        });
    }
}
