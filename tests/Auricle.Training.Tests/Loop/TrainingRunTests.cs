using Auricle.Audio;
using Auricle.Models.Systems.Conette;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training.Tests;

/// <summary>The loop from recipe to exported model, on sounds small enough for seconds.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class TrainingRunTests : IDisposable
{
    private readonly TinyCorpus _corpus = new([.. Enumerable.Range(0, 24).Select(i => (new[] { "bell", "dog", "rain" }[i % 3], i < 18 ? "train" : "validation", 0.6))]);
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-runs-").FullName;

    public TrainingRunTests()
    {
        _corpus.WriteSounds();
        // Sums over several threads may be taken in another order.
        TorchRuntime.Threads = 1;
    }

    [Fact]
    public void Tagging_Resumed_EqualsNeverHavingStopped()
    {
        var whole = Train("tagging.yaml", Tagging, "run.name=whole");
        Train("tagging.yaml", Tagging, "run.name=parts", "run.stop_after=1");
        var parts = Train("tagging.yaml", Tagging, "run.name=parts");

        AssertEqualTensors(whole, parts);
        Assert.Equal(MetricsLog.Read(whole.LogPath).Select(line => line["loss"]), MetricsLog.Read(parts.LogPath).Select(line => line["loss"]));
        Assert.True(File.Exists(whole.CurvesPath));
        Assert.NotEmpty(Directory.GetFiles(whole.FolderPath, "events.out.tfevents.*"));
        Assert.Contains("batch: 6", File.ReadAllText(whole.RecipePath), StringComparison.Ordinal);
    }

    [Fact]
    public void Tagging_Checkpointed_LearnsTheSame()
    {
        var plain = Train("tagging.yaml", Tagging, "run.name=plain");
        var twice = Train("tagging.yaml", Tagging, "run.name=twice", "optimizer.checkpointing=true");
        var (expected, measured) = (MetricsLog.Read(plain.LogPath), MetricsLog.Read(twice.LogPath));
        Assert.Equal(expected.Select(line => line["loss"]!.Value), measured.Select(line => line["loss"]!.Value), (a, b) => Math.Abs(a - b) < 1e-5);
        // Validation reads the running statistics of batch norms.
        Assert.Equal(expected[^1]["val_score"]!.Value, measured[^1]["val_score"]!.Value, 1e-4);
    }

    [Fact]
    public void Captioning_OverATrainedEncoder_LowersTheLossAndResumesEqually()
    {
        var encoder = Path.Combine(Train("tagging.yaml", Tagging, "run.name=encoder", "schedule.epochs=16").BestCheckpoint, "model");
        string[] settings = [$"encoder.folder={encoder}"];
        var whole = Train("captioning.yaml", Captioning, [.. settings, "run.name=captioner"]);
        Train("captioning.yaml", Captioning, [.. settings, "run.name=parts", "run.stop_after=20"]);
        AssertEqualTensors(whole, Train("captioning.yaml", Captioning, [.. settings, "run.name=parts"]));

        var losses = MetricsLog.Read(whole.LogPath).Select(line => line["loss"]!.Value).ToList();
        Assert.True(losses[^1] < losses[0] / 2, $"The loss went from {losses[0]} to {losses[^1]}.");
        using var model = ConetteModel.Load(Path.Combine(whole.LastCheckpoint, "model"));
        var clip = AudioFile.Load(Path.Combine(_corpus.Folder, "audio", "dog_1.wav"), model.Encoder.SampleRate);
        Assert.NotEmpty(model.Caption([clip])[0].Caption);
    }

    [Fact]
    public void ShippedRecipes_OneAfterTheOther_MakeAModel()
    {
        string[] small = [$"data.folder={_corpus.Folder}", $"data.cache={_root}/cache", $"run.root={_root}", "mixtures.window_seconds=0.6", "optimizer.batch=6",
            "schedule.epochs=1", "schedule.warmup_epochs=0", "validation.every=1", "validation.mixtures=2"];
        var encoder = TrainShipped("sounds-tagger", [.. small, "model.widths=[4, 8, 8, 8]"]);
        var captioner = TrainShipped("sounds-captioner", [.. small, $"encoder.folder={encoder}"]);
        var last = TrainShipped("sounds-captioner", [.. small, "run.name=last", "data.learn_validation=true", $"encoder.folder={captioner}", $"model.start={captioner}"]);
        using var model = ConetteModel.Load(last);
        Assert.Equal(["bell", "dog", "rain"], model.Config.TagLabels);

        // 18 training clips in batches of 6, and in the last run the 6 of validation too.
        Assert.Equal(3, MetricsLog.Read(Path.Combine(captioner, "..", "..", "..", "log.jsonl"))[^1].Step);
        Assert.Equal(4, MetricsLog.Read(Path.Combine(last, "..", "..", "..", "log.jsonl"))[^1].Step);
    }

    [Fact]
    public void UnknownKeysAndImpossibleValues_AreAllReportedBeforeTraining()
    {
        var error = Assert.Throws<RecipeException>(() => Train("tagging.yaml", Tagging, "run.name=bad", "optimizer.learning_rate=1", "optimizer.batch=one"));
        Assert.Contains(error.Problems, problem => problem.Key == "optimizer.learning_rate");
        Assert.Contains(error.Problems, problem => problem.Key == "optimizer.batch");
    }

    [Fact]
    public void Settings_AreCheckedBeforeAnyFileIsOpened()
    {
        foreach (var recipe in new[] { ("tagging.yaml", Tagging), ("captioning.yaml", Captioning) })
        {
            var error = Assert.Throws<RecipeException>(() => Train(
                recipe.Item1, recipe.Item2, "run.name=bad", "data.folder=nowhere", "encoder.folder=nowhere", "optimizer.lr=abc", "nonsense.key=1"));
            Assert.Contains(error.Problems, problem => problem.Key == "optimizer.lr");
            Assert.Contains(error.Problems, problem => problem.Key == "nonsense");
        }
        Assert.False(Directory.Exists(Path.Combine(_root, "bad")));
    }

    [Fact]
    public void MissingEncoder_NamesTheRecipeToTrainFirst()
    {
        string[] settings = [$"run.root={_root}", "data.folder=nowhere"];
        var recipes = Path.Combine(Fixtures.RepositoryRoot, "recipes");
        var error = Assert.Throws<TrainingException>(() => TrainShipped("sounds-captioner", [.. settings, "encoder.folder=runs/sounds-tagger/checkpoints/best/model"]));
        Assert.EndsWith($"train it first: auricle train {Path.Combine(recipes, "sounds-tagger.yaml")}.", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<TrainingException>(() => TrainShipped("sounds-captioner", [.. settings, "encoder.folder=elsewhere"]));
        Assert.Contains("encoder.folder=FOLDER", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingCorpus_SaysWhereItComesFrom()
    {
        var error = Assert.Throws<CorpusException>(() => TrainShipped("sounds-tagger", [$"run.root={_root}", "data.folder=nowhere"]));
        Assert.Equal(
            "There is no manifest.csv in 'nowhere', which data.folder names; models/auricle-small/README.md says where the corpus comes from; "
                + "a folder of your own sounds will do as well: data.folder=FOLDER.", error.Message);
    }

    [Fact]
    public void WarmUpLongerThanTheSchedule_IsRefused()
    {
        var error = Assert.Throws<RecipeException>(() => Train("tagging.yaml", Tagging, "run.name=bad", "schedule.warmup_epochs=50"));
        Assert.Contains(error.Problems, problem => problem.Key == "schedule.warmup_epochs");
    }

    [Fact]
    public void GpuThatIsNotThere_IsRefused()
    {
        if (TorchRuntime.HasCuda)
            return;
        var error = Assert.Throws<RecipeException>(() => Train("tagging.yaml", Tagging, "run.name=bad", "run.device=cuda"));
        Assert.Contains("cpu or auto", Assert.Single(error.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckpointOfAnotherModel_IsRefusedByName()
    {
        Train("tagging.yaml", Tagging, "run.name=one", "run.stop_after=1");
        var error = Assert.Throws<WeightsException>(() => Train("tagging.yaml", Tagging, "run.name=one", "model.widths=[4, 12]"));
        Assert.Contains("run.name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LossThatIsNotFinite_StopsTheRun()
    {
        var error = Assert.Throws<TrainingException>(() => Train("tagging.yaml", Tagging, "run.name=far", "optimizer.lr=1e30", "optimizer.average=0"));
        Assert.Contains("optimizer.lr", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private string Tagging => $"""
        task: tagging
        run: {"{"} root: {_root} {"}"}
        data: {"{"} folder: {_corpus.Folder} {"}"}
        model: {"{"} widths: [4, 8], embedding_width: 8, mel_bands: 16, precision: float32 {"}"}
        mixtures: {"{"} window_seconds: 0.6, pair_probability: 0.3 {"}"}
        optimizer: {"{"} batch: 6, lr: 0.01, average: 0.9, micro_steps: 2 {"}"}
        schedule: {"{"} epochs: 2, warmup_epochs: 0.5 {"}"}
        validation: {"{"} mixtures: 4 {"}"}
        """;

    private string Captioning => $"""
        task: captioning
        run: {"{"} root: {_root} {"}"}
        data: {"{"} folder: {_corpus.Folder} {"}"}
        model: {"{"} width: 16, heads: 2, layers: 1, feed_forward: 32, decoder_dropout: 0.1, projection_dropout: 0, max_length: 12 {"}"}
        mixup: {"{"} alpha: 0.4 {"}"}
        mixtures: {"{"} window_seconds: 0.6, pair_probability: 0 {"}"}
        augmentation: {"{"} speed_probability: 0 {"}"}
        optimizer: {"{"} batch: 6, lr: 0.02 {"}"}
        schedule: {"{"} epochs: 40 {"}"}
        validation: {"{"} mixtures: 4, every: 20 {"}"}
        """;

    private RunFolder Train(string name, string recipe, params string[] settings)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, recipe);
        return TrainingRun.Start(path, settings);
    }

    /// <summary>Trains by one of the repository's own recipes.</summary>
    /// <returns>The folder of the model.</returns>
    private static string TrainShipped(string name, string[] settings) => Path.Combine(
        TrainingRun.Start(Path.Combine(Fixtures.RepositoryRoot, "recipes", name + ".yaml"), settings).LastCheckpoint, "model");

    private static void AssertEqualTensors(RunFolder expected, RunFolder actual)
    {
        var one = SafetensorsFile.Read(Path.Combine(expected.LastCheckpoint, "training.safetensors"), out _);
        var other = SafetensorsFile.Read(Path.Combine(actual.LastCheckpoint, "training.safetensors"), out _);
        Assert.Equal(one.Keys.Order(), other.Keys.Order());
        foreach (var (name, tensor) in one)
        {
            var (left, right) = (new byte[tensor.ByteLength], new byte[tensor.ByteLength]);
            tensor.CopyTo(left);
            other[name].CopyTo(right);
            Assert.True(left.AsSpan().SequenceEqual(right), name);
        }
    }
}
