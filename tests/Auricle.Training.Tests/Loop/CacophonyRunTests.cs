using Auricle.Audio;
using Auricle.Evaluation;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Cacophony;
using Auricle.Models.Systems.Encoders;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training.Tests;

/// <summary>Both stages of Cacophony's training from recipe to exported model, on tones small enough for seconds.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CacophonyRunTests : IDisposable
{
    private readonly TinyCorpus _corpus = new([.. Enumerable.Range(0, 24).Select(i => (new[] { "bell", "dog", "rain" }[i % 3], i < 18 ? "train" : "validation", i % 2 == 0 ? 0.6 : 0.4))]);
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-cacophony-").FullName;

    public CacophonyRunTests()
    {
        _corpus.WriteSounds();
        TorchRuntime.Threads = 1;
    }

    [Fact]
    public void BothStages_Learn_AndWhatIsKeptScoresTheSame()
    {
        var first = Start(First, "run.name=first", "schedule.epochs=30");
        var measured = MetricsLog.Read(first.LogPath);
        Assert.True(measured[^1]["val_explained"] > measured[0]["val_explained"] + 0.05, $"{measured[0]["val_explained"]} → {measured[^1]["val_explained"]}");
        var encoder = Path.Combine(first.BestCheckpoint, "model");
        using (ModelFamily.Load(ModelFiles.Open(encoder)) as SoundEncoder ?? throw new InvalidOperationException("The first stage is no encoder."))
        {
        }

        var second = Start(Second, "run.name=second", $"encoder.start={encoder}", "schedule.epochs=30");
        measured = MetricsLog.Read(second.LogPath);
        Assert.True(measured[^1]["val_map10"] > 0.9, $"mAP@10 is {measured[^1]["val_map10"]}.");
        Assert.True(measured[^1]["val_captioning"] < 0.5 * measured[0]["val_captioning"]);

        using var model = Assert.IsType<CacophonyModel>(ModelFamily.Load(ModelFiles.Open(Path.Combine(second.LastCheckpoint, "model"))));
        var clips = CaptionedClips.OfCorpus(_corpus.Load()).Validation;
        string[] captions = [.. clips.SelectMany(clip => clip.Captions).Distinct()];
        using var scope = TensorScope.Begin();
        AudioClip[] sounds = [.. clips.Select(clip => clip.Load(null))];
        var scores = RetrievalScores.Of(RetrievalLoss.Cosines(model.EmbedText(captions), model.EmbedAudio(sounds)).ToArray<float>(), clips.Count,
            [.. captions.Select(caption => (IReadOnlyList<int>)[.. Enumerable.Range(0, clips.Count).Where(clip => clips[clip].Captions.Contains(caption))])]);
        Assert.Equal(measured[^1]["val_map10"]!.Value, scores.MeanAveragePrecision(10), 3);
        var written = ((ICaptioner)model).Caption(sounds).Select(caption => caption.Texts[0].Text).ToList();
        var labels = clips.Select(clip => _corpus.Load().Clips.Single(own => own.File == clip.Id).Label).ToList();
        Assert.True(written.Zip(labels).Count(pair => pair.First.Contains(pair.Second, StringComparison.Ordinal)) >= written.Count - 1, string.Join(" | ", written));
    }

    [Fact]
    public void SecondStage_BeginsWithTheEncoderOfTheFirst()
    {
        var encoder = Path.Combine(Start(First, "run.name=first", "schedule.epochs=1", "schedule.warmup_epochs=0").LastCheckpoint, "model");
        var run = Start(Second, "run.name=second", $"encoder.start={encoder}", "schedule.epochs=1", "schedule.warmup_epochs=0", "optimizer.freeze=['audio_module.*']");
        var (before, after) = (Weights(encoder), Weights(Path.Combine(run.LastCheckpoint, "model")));
        Assert.Equal(before["encoder.layers.0.attn.in_proj_weight"], after["audio_module.layers.0.attn.qkv.weight"]);
        Assert.Equal(before["encoder.freq_positional_embedding"], after["audio_module.freq_positional_embedding"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Resumed_EqualsNeverHavingStopped(bool isFirst)
    {
        var recipe = isFirst ? First : Second;
        string[] settings = ["schedule.epochs=3", "data.hold=false"];
        var whole = Start(recipe, ["run.name=whole", .. settings]);
        Start(recipe, ["run.name=parts", "run.stop_after=1", .. settings]);
        var parts = Start(recipe, ["run.name=parts", .. settings]);
        Assert.Equal(MetricsLog.Read(whole.LogPath).Select(line => line["loss"]), MetricsLog.Read(parts.LogPath).Select(line => line["loss"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Checkpointed_LearnsTheSame(bool isFirst)
    {
        string[] settings = ["schedule.epochs=3", "optimizer.micro_steps=2"];
        var plain = Start(isFirst ? First : Second, ["run.name=plain", .. settings]);
        var twice = Start(isFirst ? First : Second, ["run.name=twice", "optimizer.checkpointing=true", .. settings]);
        var (expected, measured) = (MetricsLog.Read(plain.LogPath), MetricsLog.Read(twice.LogPath));
        Assert.Equal(expected.Count, measured.Count);
        foreach (var (before, after) in expected.Zip(measured))
        {
            Assert.Equal(before["loss"]!.Value, after["loss"]!.Value, 1e-4);
            Assert.Equal(before["gradient_norm"]!.Value, after["gradient_norm"]!.Value, 1e-3);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SoundThatCannotBeRead_IsLeftOutAndReported(bool isFirst)
    {
        var damaged = _corpus.Load().ClipsOf(DataSplit.Train)[4];
        File.WriteAllText(_corpus.Load().PathOf(damaged), "no sound");
        var recipe = isFirst ? First : Second;
        var run = Start(recipe, "run.name=one", "data.most_skipped=0.2", "schedule.epochs=2");
        Assert.StartsWith(damaged.File + "\t", Assert.Single(File.ReadAllLines(run.SkippedPath)), StringComparison.Ordinal);
        var error = Assert.Throws<CorpusException>(() => Start(recipe, "run.name=strict", "data.most_skipped=0", "schedule.epochs=2"));
        Assert.Contains("data.most_skipped", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadSettings_AreAnsweredInWords()
    {
        var error = Assert.Throws<TrainingException>(() => Start(Second, "run.name=one", $"encoder.start={_root}/runs/nothing"));
        Assert.Contains("encoder.start", error.Message, StringComparison.Ordinal);
        var encoder = Path.Combine(Start(First, "run.name=first", "schedule.epochs=1", "schedule.warmup_epochs=0").LastCheckpoint, "model");
        error = Assert.Throws<TrainingException>(() => Start(Second, "run.name=one", $"encoder.start={encoder}", "encoder.layers=2"));
        Assert.Contains("encoder.layers=1", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<TrainingException>(() => Start(Second, "run.name=one", $"text.start={encoder}", $"text.tokenizer={Tokenizer()}"));
        Assert.Contains("text.start", error.Message, StringComparison.Ordinal);
        Assert.Contains(Assert.Throws<RecipeException>(() => Start(Second, "run.name=one", "model.width=200")).Problems, problem => problem.Key == "model.width");
    }

    private string Tokenizer()
    {
        var folder = Path.Combine(_root, "words");
        Directory.CreateDirectory(folder);
        Text.Subwords.SubwordTokenizer.FitWordList(["a bell sounds"], folder);
        return folder;
    }

    private string First => $"""
        task: masked_autoencoder
        run: {"{"} root: {_root}, seed: 1 {"}"}
        data: {"{"} folder: {_corpus.Folder}, hold: true {"}"}
        encoder: {"{"} layers: 1, clip_seconds: 0.5, precision: float32 {"}"}
        decoder: {"{"} layers: 1 {"}"}
        model: {"{"} width: 64 {"}"}
        loss: {"{"} masked: 0.6 {"}"}
        optimizer: {"{"} batch: 6, lr: 0.003, weight_decay: 0 {"}"}
        schedule: {"{"} warmup_epochs: 0 {"}"}
        """;

    private string Second => $"""
        task: cacophony
        run: {"{"} root: {_root}, seed: 1 {"}"}
        data: {"{"} folder: {_corpus.Folder}, hold: true {"}"}
        encoder: {"{"} layers: 1, clip_seconds: 1, patches: 20, precision: float32 {"}"}
        text: {"{"} layers: 1, feed_forward: 128, positions: 100, length: 12, dropout: 0.1 {"}"}
        decoder: {"{"} layers: 1 {"}"}
        model: {"{"} width: 64 {"}"}
        optimizer: {"{"} batch: 6, lr: 0.002, weight_decay: 0 {"}"}
        schedule: {"{"} warmup_epochs: 0 {"}"}
        """;

    private RunFolder Start(string recipe, params string[] settings)
    {
        var path = Path.Combine(_root, "recipe.yaml");
        File.WriteAllText(path, recipe);
        return TrainingRun.Start(path, settings);
    }

    private static Dictionary<string, float[]> Weights(string folder)
    {
        using var scope = TensorScope.Begin();
        return SafetensorsFile.Read(Path.Combine(folder, "model.safetensors"), out _).ToDictionary(pair => pair.Key, pair => Tensor.From(pair.Value).ToArray<float>());
    }

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
