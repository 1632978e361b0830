using Auricle.Audio;
using Auricle.Models;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Systems.Conette;
using Auricle.Models.Systems.MiniAudioCaption;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training.Tests;

/// <summary>Captioners over an encoder that does not learn, from recipe to exported model, on tones small enough for seconds.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class FrozenCaptionerTests : IDisposable
{
    private readonly TinyCorpus _corpus = new([.. Enumerable.Range(0, 24).Select(i => (new[] { "bell", "dog", "rain" }[i % 3], i < 18 ? "train" : "validation", 0.6))]);
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-captioners-").FullName;

    public FrozenCaptionerTests()
    {
        _corpus.WriteSounds();
        TorchRuntime.Threads = 1;
        TorchRuntime.Seed(1);
        using var store = WeightStore.Initialise();
        _ = new MobileNetEncoder(new MobileNetConfig { Scale = 0.1, Tags = 4 }, store.Root);
        SafetensorsFile.Write(Encoder, store.Entries.Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor)));
    }

    private string Encoder => Path.Combine(_root, "encoder.safetensors");

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void MiniAudioCaption_LearnsClips_AndTheFolderIsAWholeModel(int crops)
    {
        var run = Start("mini_audio_caption", "run.name=one", $"encoder.crops={crops}", "encoder.crop_seconds=0.5");
        var losses = MetricsLog.Read(run.LogPath);
        Assert.True(losses[^1]["loss"] < losses[0]["loss"] / 2, $"The loss went from {losses[0]["loss"]} to {losses[^1]["loss"]}.");
        Assert.Equal(Math.Exp(-losses[^1]["val_loss"]!.Value), losses[^1]["val_score"]!.Value, 6);
        using var model = MiniAudioCaptionModel.Load(Path.Combine(run.LastCheckpoint, "model"), new ModelLoadOptions());
        var clip = _corpus.Load().ClipsOf(DataSplit.Train)[0];
        var sound = AudioFile.Load(_corpus.Load().PathOf(clip), model.SampleRate);
        Assert.NotEmpty(model.Caption([sound], new MiniAudioCaptionOptions { Search = new Auricle.Models.Decoding.BeamSearch { Size = 1 } })[0].Captions[0]);
    }

    [Fact]
    public void MiniAudioCaption_LearnsMixtures_AndIsJudgedByItsWords()
    {
        var run = Start("mini_audio_caption", "run.name=mixed", "mixtures.pool=24", "mixtures.window_seconds=0.6", "validation.mixtures=2", "schedule.epochs=3");
        var last = MetricsLog.Read(run.LogPath)[^1];
        Assert.InRange(last["val_accuracy"]!.Value, 0, 1);
        // Four batches of six in each of three epochs.
        Assert.Equal(12, last.Step);
    }

    [Fact]
    public void Conette_LearnsClipsInTheirStyle_AndResumesEqually()
    {
        string[] settings = ["model={ width: 16, heads: 2, layers: 1, feed_forward: 32, decoder_dropout: 0.1, projection_dropout: 0, max_length: 8, tasks: false }", "optimizer.lr=0.02", "loss.label_smoothing=0", "mixup.alpha=0"];
        var whole = Start("conette", [.. settings, "run.name=whole"]);
        Start("conette", [.. settings, "run.name=parts", "run.stop_after=20"]);
        var parts = Start("conette", [.. settings, "run.name=parts"]);
        var lines = MetricsLog.Read(whole.LogPath);
        Assert.Equal(lines.Select(line => line["loss"]), MetricsLog.Read(parts.LogPath).Select(line => line["loss"]));
        Assert.True(lines[^1]["loss"] < lines[0]["loss"] / 2, $"The loss went from {lines[0]["loss"]} to {lines[^1]["loss"]}.");
        Assert.True(lines[^1]["val_cider_d"] > 0);
        using var model = ConetteModel.Load(Path.Combine(whole.LastCheckpoint, "model"));
        Assert.Empty(model.Tasks);
    }

    [Fact]
    public void Conette_OfDataSetsInTheirOwnLayout_HasAStyleForEach_AndListsWhatWasLeftOut()
    {
        WriteClotho("clotho", "development", missing: 1);
        WriteClotho("clotho", "validation", missing: 0);
        WriteClotho("other", "development", missing: 0);
        var run = Start("conette", "data={ root: " + _root + ", cache: null, train: ['clotho:dev'], validation: ['clotho:val'], others: ['clotho:dev@" + _root + "/other'] }",
            "model={ width: 16, heads: 2, layers: 1, feed_forward: 32, max_length: 8, tasks: true }", "run.name=one", "schedule.epochs=1");
        Assert.Contains("clotho/", Assert.Single(File.ReadAllLines(run.SkippedPath)), StringComparison.Ordinal);
        using var model = ConetteModel.Load(Path.Combine(run.LastCheckpoint, "model"));
        Assert.Equal(["clotho"], model.Tasks);
        // Five targets and as many of the six others, in two batches of six.
        Assert.Equal(2, MetricsLog.Read(run.LogPath)[^1].Step);

        var error = Assert.ThrowsAny<DataException>(() => Start("conette", "data={ train: ['clotho:dev@nowhere'] }", "run.name=two"));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DiskFullAtACheckpoint_KeepsTheOneBefore_AndSaysSo()
    {
        var options = TrainerOptions.Read(RecipeReader.Parse($"run: {{ root: '{_root}', name: full }}\nschedule: {{ epochs: 3, name: constant }}\noptimizer: {{ batch: 2 }}"));
        using var task = new FullDisk(firstFailure: 2);
        var error = Assert.Throws<TrainingException>(() => Trainer.Run(options, RecipeReader.Parse(""), () => task));
        Assert.Contains("Make room", error.Message, StringComparison.Ordinal);
        Assert.Contains("the one before it is whole", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, RunFolder.Open(_root, "full").LoadLastState().Epoch);
    }

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Six tones as a split of Clotho, the last ones without their sounds.</summary>
    private void WriteClotho(string folder, string split, int missing)
    {
        var sounds = Directory.CreateDirectory(Path.Combine(_root, folder, split)).FullName;
        var tones = Directory.GetFiles(Path.Combine(_corpus.Folder, "audio"), "*.wav").Order(StringComparer.Ordinal).Take(6).ToArray();
        foreach (var tone in tones.SkipLast(missing))
            File.Copy(tone, Path.Combine(sounds, $"{split}_{Path.GetFileName(tone)}"));
        File.WriteAllLines(Path.Combine(_root, folder, $"clotho_captions_{split}.csv"),
            ["file_name,caption_1,caption_2,caption_3,caption_4,caption_5", .. tones.Select(tone =>
                string.Join(',', Enumerable.Range(1, 5).Select(i => $"a {Path.GetFileName(tone).Split('_')[0]} is heard {i} times").Prepend($"{split}_{Path.GetFileName(tone)}")))]);
    }

    private RunFolder Start(string task, params string[] settings)
    {
        var path = Path.Combine(_root, task + ".yaml");
        File.WriteAllText(path, $"""
            task: {task}
            run: {"{"} root: {_root} {"}"}
            data: {"{"} folder: {_corpus.Folder}, cache: {_root}/cache {"}"}
            encoder: {"{"} file: {Encoder}, precision: float32 {"}"}
            model: {"{"} width: 16, heads: 2, layers: 1 {"}"}
            optimizer: {"{"} batch: 6, lr: 0.01, weight_decay: 0 {"}"}
            schedule: {"{"} epochs: 40, warmup_epochs: 0 {"}"}
            validation: {"{"} every: 20 {"}"}
            """);
        return TrainingRun.Start(path, settings);
    }

    /// <summary>A task of one weight, whose model goes onto a full disk from a checkpoint on.</summary>
    private sealed class FullDisk(int firstFailure) : ITrainingTask
    {
        private readonly WeightStore _store = WeightStore.Initialise();
        private Tensor? _weight;
        private int _exports;

        public IReadOnlyList<Weight> Weights
        {
            get
            {
                _weight ??= _store.Root.Get("weight", [2], Initialisers.Ones);
                return _store.Entries;
            }
        }

        public long ExamplesPerEpoch => 4;

        public string Monitor => "val_score";

        public bool Decays(Weight weight) => false;

        public Tensor Loss(int epoch, long first, int count) => _weight!.Square().Sum();

        public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken) => [new("val_score", 1)];

        public void Export(string folder)
        {
            // The kernel's own disk without room.
            if (++_exports >= firstFailure)
                File.WriteAllText("/dev/full", "a model");
        }

        public void Dispose() => _store.Dispose();
    }
}
