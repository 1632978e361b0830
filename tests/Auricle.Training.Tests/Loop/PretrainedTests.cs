using Auricle.Audio;
using Auricle.Evaluation;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Listener;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training.Tests;

/// <summary>Training over a frozen network, from its checkpoint to a model that captions, tags and matches, on tones.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class PretrainedTests : IDisposable
{
    private readonly TinyCorpus _corpus = new([.. Enumerable.Range(0, 24).Select(i => (new[] { "bell", "dog", "rain" }[i % 3], i < 18 ? "train" : "validation", 0.6 + 0.1 * (i % 4)))]);
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-pretrained-").FullName;

    public PretrainedTests()
    {
        _corpus.WriteSounds();
        TorchRuntime.Threads = 1;
        TorchRuntime.Seed(3);
        using var store = WeightStore.Initialise();
        using var network = new MobileNetEncoder(new MobileNetConfig { Scale = 0.1 }, store.Root);
        SafetensorsFile.Write(Path.Combine(_root, "network.safetensors"), store.Entries.Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor)));
    }

    [Fact]
    public void Model_PlaysEveryRole_AndLearnsTheTones()
    {
        var run = Train("run.name=whole");
        var losses = MetricsLog.Read(run.LogPath).Select(line => line["loss"]!.Value).ToList();
        Assert.True(losses[^1] < losses[0] * 0.8, $"The loss went from {losses[0]} to {losses[^1]}.");

        using var model = ModelFamily.Load(ModelFiles.Open(Path.Combine(run.LastCheckpoint, "model")));
        Assert.IsType<ListenerModel>(model);
        Assert.Equal(6, ModelRole.Verbs(ModelRole.Of(model)).Count);
        var clip = AudioFile.Load(Path.Combine(_corpus.Folder, "audio", "dog_1.wav"), 32000);
        var tagger = (ITagger)model;
        Assert.Equal(530, tagger.Labels.Count);
        Assert.Equal(["bell", "dog", "rain"], tagger.Labels.Skip(527));
        Assert.Equal(530, tagger.Tag([clip])[0].Length);

        // Its own sum of shares along time is that of the frames.
        var caption = ((ICaptioner)model).Caption([clip], new CaptioningOptions { Timestamps = true })[0].Texts[0];
        Assert.Equal(caption.Text, string.Join(' ', caption.Words!.Select(word => word.Word)));
        Assert.All(caption.Words!, word => Assert.InRange(word.Time, 0, clip.Seconds));
        using var scope = TensorScope.Begin();
        var space = (IAudioTextModel)model;
        var (sound, text) = (space.EmbedAudio([clip]).ToArray<float>(), space.EmbedText(["a dog is heard", "Hündchen"]).ToArray<float>());
        Assert.Equal((space.EmbeddingWidth, 2 * space.EmbeddingWidth), (sound.Length, text.Length));
        Assert.All(text.Concat(sound), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Resumed_EqualsNeverHavingStopped()
    {
        var whole = Train("run.name=whole");
        Train("run.name=parts", "run.stop_after=2");
        var parts = Train("run.name=parts");
        Assert.Equal(MetricsLog.Read(whole.LogPath).Select(line => line["loss"]), MetricsLog.Read(parts.LogPath).Select(line => line["loss"]));
    }

    [Fact]
    public void HeardTags_AreReadAndExchanged()
    {
        using var scope = TensorScope.Begin();
        // Two examples of three windows, four labels: the second hears label 2 and then label 0.
        var clips = Tensor.From<float>([0, 9, 0, 0, 4, 1, 5, 3], 2, 4);
        float[] windows = [.. Enumerable.Repeat(new float[] { 0, 9, 0, 0 }, 3).SelectMany(row => row), 0, 1, 7, 0, 0, 1, 7, 2, 8, 1, 7, 0];
        var heard = new HeardTags(clips, Tensor.From<float>(windows, 2, 3, 4));
        Assert.Equal([1], heard.Highest(0, 1));
        Assert.Equal([2, 0], heard.Highest(1, 2));
        Assert.Equal([2, 0], heard.InTurn(1, 2, 3));
        // One sound that lasts is told once: the second place goes to what else is there.
        Assert.Equal([1, 0], heard.InTurn(0, 2, 3));
        Assert.Equal(Math.Exp(9) / (Math.Exp(9) + 3), heard.Surest(0), 1e-5);

        heard.Exchange(1, 2, 3);
        Assert.Equal([3, 0], heard.Highest(1, 2));
        Assert.Equal([1], heard.Highest(0, 1));
        Assert.Equal([0, 9, 0, 0, 4, 1, 3, 5], heard.Clips().ToArray<float>());
        Assert.Equal([.. windows[..12], 0, 1, 0, 7, 0, 1, 2, 7, 8, 1, 0, 7], heard.Windows().ToArray<float>());
    }

    [Fact]
    public void OwnTagsOfClips_AreMeansOfTheClipAndItsWindows_WhateverFillsTheBatch()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var store = WeightStore.Initialise();
        using var encoder = new WindowedMobileNet(new WindowedMobileNetConfig { Network = new MobileNetConfig { Scale = 0.1 }, Tags = 529, WindowShare = 0.25 }, store.Root);
        // Shares of 1/2 and 1/2 in the clip, 1/4 and 3/4 in one window, 1 and 0 in the other.
        var clip = Tensor.From<float>([0, 0], 1, 2);
        var whole = encoder.OwnOfClips(clip, Tensor.From<float>([0, MathF.Log(3), 50, 0], 1, 2, 2)).Exp().ToArray<float>();
        var filled = encoder.OwnOfClips(clip, Tensor.From<float>([0, MathF.Log(3), 50, 0, 7, 7], 1, 3, 2), [2]).Exp().ToArray<float>();
        Assert.Equal(0.75 * 0.5 + 0.25 * 0.625, whole[0], 1e-6);
        Assert.Equal(whole[0], filled[0], 1e-6);
        Assert.Equal(whole[1], filled[1], 1e-6);
    }

    [Fact]
    public void Decoder_LearnsToTellWhatTheTaggerHears()
    {
        // The tagger stays untrained: it hears every label alike, so that the first is told of all sounds.
        var run = Train("run.name=trusting", "train.tags=false", "train.space=false", "train.trusting_share=1", "train.pair_share=0", "train.stranger_share=0",
            "train.imagined_share=0", "schedule.epochs=30", "schedule.warmup_epochs=1", "validation.every=30");
        using var model = (ICaptioner)ModelFamily.Load(ModelFiles.Open(Path.Combine(run.LastCheckpoint, "model")));
        foreach (var name in new[] { "bell_0", "dog_1", "rain_2" })
        {
            var clip = AudioFile.Load(Path.Combine(_corpus.Folder, "audio", name + ".wav"), 32000);
            Assert.Contains("bell", model.Caption([clip], new CaptioningOptions())[0].Texts[0].Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void NetworkOutputs_AreThoseOfTheCheckpoint()
    {
        var run = Train("run.name=short", "schedule.epochs=1", "schedule.warmup_epochs=0", "model.storage=float32");
        var clip = AudioFile.Load(Path.Combine(_corpus.Folder, "audio", "rain_2.wav"), 32000);
        var repeated = AudioClip.FromSamples([.. Enumerable.Range(0, 96000).Select(i => clip.Samples[i % clip.Samples.Length])], 32000);
        using var alone = (ITagger)ModelFamily.Load(ModelFiles.Open(Path.Combine(_root, "network.safetensors")));
        using var model = (ITagger)ModelFamily.Load(ModelFiles.Open(Path.Combine(run.LastCheckpoint, "model")));
        foreach (var (expected, actual) in alone.Tag([repeated])[0].Zip(model.Tag([clip])[0]))
            Assert.Equal(expected, actual, 1e-5);
    }

    [Fact]
    public void MissingNetwork_IsNamed()
    {
        var error = Assert.Throws<TrainingException>(() => Train("run.name=none", "encoder.network=nowhere.pt"));
        Assert.Contains("nowhere.pt", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reranking_PutsTheClosestSentenceFirst()
    {
        using var model = (ListenerModel)ModelFamily.Load(ModelFiles.Open(Path.Combine(Train("run.name=ranked").LastCheckpoint, "model")));
        var clip = AudioFile.Load(Path.Combine(_corpus.Folder, "audio", "bell_0.wav"), 32000);
        var drawn = ((ICaptioner)model).Caption([clip], new CaptioningOptions { Sampling = new() { Temperature = 2 }, Candidates = 8 });
        var texts = Reranking.Apply(model, [clip], drawn)[0].Texts;
        Assert.Equal(texts.Select(text => text.Similarity).OrderDescending(), texts.Select(text => text.Similarity));
        Assert.Equal(drawn[0].Texts.Select(text => text.Text).Distinct().Order(), texts.Select(text => text.Text).Order());
    }

    [Fact]
    public void Captions_TellOfTwo_WhereATemplateJoinsThem()
    {
        var judge = new SoundCaptionJudge(_corpus.Load());
        Assert.True(judge.TellsOfTwo("a dog sounds while the rain is heard"));
        Assert.True(judge.TellsOfTwo("A bell sounds, then a dog sounds."));
        Assert.False(judge.TellsOfTwo("We hear a dog."));
        Assert.False(judge.TellsOfTwo("a dog sounds"));
    }

    [Fact]
    public void Space_IsMeasuredByLabel()
    {
        var corpus = _corpus.Load();
        var clips = corpus.ClipsOf(DataSplit.Validation);
        // A space in which a text lies at the first label that it names, and a clip at its own, all rain clips apart, which lie at the bells.
        float[] At(string text) => [.. corpus.Labels.Select(label => text.Contains(label, StringComparison.Ordinal) ? 1f : 0)];
        var found = SpaceEvaluation.Run(corpus, clips, [.. clips.SelectMany(clip => At(clip.Label == "rain" ? "bell" : clip.Label))],
            texts => [.. texts.SelectMany(At)], [new LabelQuery("the dog", "dog"), new LabelQuery("no rain", "rain")]);
        Assert.Equal(4 / 6.0, found.ZeroShot, 1e-9);
        Assert.Equal(2, found.Queries!.Queries);
        Assert.Equal(0.5, found.Queries.HitRate(1), 1e-9);
    }

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private RunFolder Train(params string[] settings)
    {
        var path = Path.Combine(_root, "pretrained.yaml");
        File.WriteAllText(path, $"""
            task: pretrained
            run: {"{"} root: {_root} {"}"}
            data: {"{"} folder: {_corpus.Folder}, cache: {_root}/cache {"}"}
            encoder: {"{"} network: {_root}/network.safetensors {"}"}
            model: {"{"} width: 16, heads: 2, layers: 1, feed_forward: 32, decoder_dropout: 0, projection_dropout: 0, max_length: 12 {"}"}
            space: {"{"} clauses: {Path.Combine(Fixtures.RepositoryRoot, "recipes", "audioset-clauses.csv")}, words: 200, word_width: 8, buckets: 64, hidden: 8, width: 12 {"}"}
            bank: {"{"} views: 2, pairs: 12, folds: 2, label_folds: 2 {"}"}
            optimizer: {"{"} batch: 12, lr: 0.01 {"}"}
            schedule: {"{"} epochs: 4 {"}"}
            validation: {"{"} mixtures: 4 {"}"}
            """);
        return TrainingRun.Start(path, settings);
    }
}
