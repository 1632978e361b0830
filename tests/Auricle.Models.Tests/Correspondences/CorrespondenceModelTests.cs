using Auricle.Audio;
using Auricle.Models.Encoders.Atst;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Encoders.Passt;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Correspondences;
using Auricle.Testing;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Models.Tests.Correspondences;

/// <summary>Small retrieval models in the layout of Lightning files.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CorrespondenceModelTests : IDisposable
{
    private const int Rate = 32000;

    private static readonly string[] Captions = ["A dog barks.", "rain", "its a dog, rain falls"];

    private readonly string _root = Directory.CreateTempSubdirectory("auricle-correspondences-").FullName;

    public CorrespondenceModelTests() => HashCorrespondence.WriteTokenizer(_root);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Load_LightningFile_GivesTheSameVectors()
    {
        using var made = HashCorrespondence.Create(HashCorrespondence.Small, SubwordTokenizer.Load(_root));
        var path = Write("passt_roberta.ckpt", HashCorrespondence.Entries(made));
        using var model = CorrespondenceModel.Load(path);
        Assert.Equal((12, 32000, 960_000, 320_000), (model.EmbeddingWidth, model.SampleRate, model.ClipSamples, model.SegmentSamples));
        using var scope = TensorScope.Begin();
        var clip = Noise(12);
        TensorAssert.Close(made.EmbedAudio([clip]).ToArray<float>(), model.EmbedAudio([clip]).ToArray<float>(), 1e-6);
        TensorAssert.Close(made.EmbedText(Captions).ToArray<float>(), model.EmbedText(Captions).ToArray<float>(), 1e-6);
        Assert.Equal([1, 3], model.Similarity(model.EmbedAudio([clip]), model.EmbedText(Captions)).Shape.ToArray());
    }

    [Fact]
    public void Family_LightningFile_IsRecognisedAndLoaded()
    {
        using var made = HashCorrespondence.Create(HashCorrespondence.Small, SubwordTokenizer.Load(_root));
        var files = ModelFiles.Open(Write("passt_roberta.ckpt", HashCorrespondence.Entries(made)));
        Assert.Equal("estimated correspondences", ModelFamily.Of(files).Name);
        using var model = (IAudioTextModel)ModelFamily.Load(files, new ModelLoadOptions { Tokenizer = _root });
        using var scope = TensorScope.Begin();
        Assert.Equal(20, model.LogitScale, 1e-4);
        TensorAssert.Close(made.EmbedText(Captions).ToArray<float>(), model.EmbedText(Captions).ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Load_OptionsOfTraining_AreFollowed()
    {
        var config = HashCorrespondence.Small with { Sequence = new SequenceConfig { Width = 64, Layers = 1, FeedForwardWidth = 32, Positions = 20 } };
        using var made = HashCorrespondence.Create(config, SubwordTokenizer.Load(_root));
        var path = Write("last.ckpt", HashCorrespondence.Entries(made), new Dictionary<string, object>
        {
            ["hyper_parameters"] = new Dictionary<string, object>
            {
                ["init_audio_token_with_mean"] = false,
                ["audio_features"] = new Dictionary<string, object>
                {
                    ["segment_length"] = 5,
                    ["hop_length"] = 2.5,
                    ["aggregate"] = "mean",
                    ["model_config"] = new Dictionary<string, object> { ["s_patchout_t"] = 15, ["s_patchout_f"] = 2, ["return_sequence"] = true },
                    ["sequence_model"] = new Dictionary<string, object>
                    {
                        ["nhead"] = 4, ["norm_first"] = false, ["normalize_input"] = true, ["ablate_posencode"] = true, ["use_first_token"] = false, ["reduce_sequence"] = 1, ["dropout"] = 0.25,
                    },
                },
                ["sentence_features"] = new Dictionary<string, object> { ["use_first_token"] = false, ["max_sentence_tokens"] = 6, ["remove_punctuation"] = false },
            },
        });
        using var model = CorrespondenceModel.Load(path);
        var read = model.Config;
        Assert.Equal((5.0, 2.5, true, false, 6, false), (read.SegmentSeconds, read.HopSeconds, read.UsesFrames, read.UsesFirstToken, read.MaximumTokens, read.RemovesPunctuation));
        Assert.Equal((15, 2), (((PasstConfig)read.Audio).TimePatchout, ((PasstConfig)read.Audio).BandPatchout));
        Assert.Equal(
            new SequenceConfig
            {
                Width = 64, Layers = 1, FeedForwardWidth = 32, Positions = 20, Heads = 4, NormFirst = false, Normalises = true, HasPlaces = false, UsesSummary = false,
                StartsWithMean = false, Dropout = 0.25,
            }, read.Sequence);
        Assert.Equal(6, model.Tokenize(["a dog barks a dog barks a dog barks"]).Length);
        using var scope = TensorScope.Begin();
        Assert.All(model.EmbedAudio([Noise(7)]).ToArray<float>(), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EmbedAudio_AloneOrInABatch_IsTheSame(bool hasSequence)
    {
        using var model = HashCorrespondence.Create(hasSequence ? HashCorrespondence.Small with { Sequence = new SequenceConfig { Width = 64, Layers = 1, Heads = 4 } } : HashCorrespondence.Small);
        using var scope = TensorScope.Begin();
        AudioClip[] clips = [Noise(0.1), Noise(10), Noise(10.1), Noise(29), Noise(75)];
        var together = model.EmbedAudio(clips);
        for (var i = 0; i < clips.Length; i++)
            TensorAssert.Close(model.EmbedAudio([clips[i]]).ToArray<float>(), together.Select(0, i).ToArray<float>(), 1e-5);
        // What a user gets is what training computes on whole clips.
        var waves = Tensor.From<float>([.. clips[..4].SelectMany(clip => clip.Samples.Concat(new float[model.ClipSamples - clip.Samples.Length]))], 4, model.ClipSamples);
        using var noGrad = NoGrad.Begin();
        TensorAssert.Close(model.EncodeWaves(waves, [.. clips[..4].Select(clip => (double)clip.Samples.Length / model.ClipSamples)]).ToArray<float>(), together.Narrow(0, 0, 4).ToArray<float>(), 1e-5);
    }

    [Fact]
    public void EmbedAudio_LongClip_IsTheMeanOfItsWindowsUnlessARandomCropIsAskedFor()
    {
        using var model = HashCorrespondence.Create(HashCorrespondence.Small);
        using var scope = TensorScope.Begin();
        var clip = Noise(75);
        var windows = new[] { 0, 22.5, 45 }.Select(start => Part(clip, (int)(start * Rate), model.ClipSamples)).ToArray();
        TensorAssert.Close(model.EmbedAudio(windows).Mean([0]).ToArray<float>(), model.EmbedAudio([clip]).ToArray<float>(), 1e-5);

        using var cropping = HashCorrespondence.Create(HashCorrespondence.Small, cropSeed: 5);
        using var other = HashCorrespondence.Create(HashCorrespondence.Small, cropSeed: 6);
        var first = cropping.EmbedAudio([clip]).ToArray<float>();
        TensorAssert.Close(first, cropping.EmbedAudio([Noise(3), clip]).Select(0, 1).ToArray<float>(), 1e-5);
        Assert.True(TensorAssert.LargestDifference(first, other.EmbedAudio([clip]).ToArray<float>()) > 1e-4);
        var start = (int)new Random(5).NextInt64(clip.Samples.Length - model.ClipSamples + 1);
        TensorAssert.Close(model.EmbedAudio([Part(clip, start, model.ClipSamples)]).ToArray<float>(), first, 1e-5);
    }

    [Fact]
    public void EmbedAudio_OverAtst_HearsAtItsRate()
    {
        var config = HashCorrespondence.Small with { Audio = new AtstConfig { PatchWidth = 64, Layers = 1, Heads = 1 }, UsesFrames = true };
        using var made = HashCorrespondence.Create(config, SubwordTokenizer.Load(_root));
        List<TorchEntry> entries = [.. HashCorrespondence.Entries(made), new("audio_embedding_model.model.resampler.kernel", [1], [0]), new("audio_embedding_model.model.mel.mel_transform.spectrogram.window", [1], [0])];
        using var model = CorrespondenceModel.Load(Write("atst.ckpt", entries));
        Assert.Equal(config.Audio, model.Config.Audio);
        Assert.True(model.Config.UsesFrames);
        using var scope = TensorScope.Begin();
        AudioClip[] clips = [Noise(4), Noise(25)];
        TensorAssert.Close(made.EmbedAudio(clips).ToArray<float>(), model.EmbedAudio(clips).ToArray<float>(), 1e-6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EmbedAudio_OverMobileNet_IsTheSameAfterLoading(bool usesFrames)
    {
        var audio = new MobileNetConfig { Scale = 0.4, Tags = 0 };
        var config = HashCorrespondence.Small with { Audio = audio, UsesFrames = usesFrames };
        var stored = HashStore.Stored(
            [.. HashCorrespondence.Shapes(config), ("audio_output_projection.weight", [1, 384]), ("audio_embedding_model.model.model.classifier.5.bias", [527]), ("audio_embedding_model.model.model.features.0.1.num_batches_tracked", [1])],
            (name, shape) => HashWeights.Weight(name, shape));
        var path = Path.Combine(_root, "mn.ckpt");
        TorchZip.Write(path, new Dictionary<string, object> { ["hyper_parameters"] = new Dictionary<string, object> { ["audio_features"] = new Dictionary<string, object> { ["model_config"] = new Dictionary<string, object> { ["return_sequence"] = usesFrames } } } },
            "state_dict", [.. stored.Select(pair => new TorchEntry(pair.Key, [.. pair.Value.Shape], pair.Value.Floats()))]);
        using var model = CorrespondenceModel.Load(path);
        Assert.Equal(config, model.Config with { Text = config.Text, AudioLayers = config.AudioLayers, TextLayers = config.TextLayers });
        using var made = new CorrespondenceModel(config, WeightStore.Load(stored), null!);
        using var scope = TensorScope.Begin();
        AudioClip[] clips = [Noise(4), Noise(25)];
        TensorAssert.Close(made.EmbedAudio(clips).ToArray<float>(), model.EmbedAudio(clips).ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Normalise_Caption_HasSmallLettersAndNoPunctuation()
    {
        using var model = HashCorrespondence.Create(HashCorrespondence.Small);
        Assert.Equal("a dog barks while its raining", model.Normalise("A dog barks, while it's (raining)!"));
    }

    [Fact]
    public void Load_PartsThatDoNotFit_AreNamedAtOnce()
    {
        using var made = HashCorrespondence.Create(HashCorrespondence.Small, SubwordTokenizer.Load(_root));
        var entries = HashCorrespondence.Entries(made).Where(entry => entry.Name is not "tau" and not "audio_embedding_model.model.model.blocks.1.norm2.bias")
            .Select(entry => entry.Name == "project_sentence.0.bias" ? entry with { Shape = [3], Values = new float[3] } : entry).Append(new TorchEntry("posencoder.w", [1], [1])).ToList();
        var message = Assert.Throws<WeightsException>(() => CorrespondenceModel.Load(Write("x.ckpt", entries))).Message;
        Assert.Contains("missing: tau, audio_embedding_model.model.model.blocks.1.norm2.bias", message, StringComparison.Ordinal);
        Assert.Contains("'project_sentence.0.bias' [3], expected [12]", message, StringComparison.Ordinal);
        Assert.Contains("unexpected: posencoder.w", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WholePartsMissing_AreNamedAtOnce()
    {
        using var made = HashCorrespondence.Create(HashCorrespondence.Small, SubwordTokenizer.Load(_root));
        var entries = HashCorrespondence.Entries(made).Where(entry => !entry.Name.StartsWith("audio_embedding_model.", StringComparison.Ordinal) && !entry.Name.StartsWith("project_audio.", StringComparison.Ordinal)).ToList();
        var error = Assert.Throws<WeightsException>(() => CorrespondenceModel.Load(Write("x.ckpt", entries)));
        Assert.Contains("by which its audio encoder would be known", error.Message, StringComparison.Ordinal);
        Assert.Contains("'project_audio.0.weight'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FolderOfARun_TakesTheBestCheckpoint()
    {
        using var good = HashCorrespondence.Create(HashCorrespondence.Small, SubwordTokenizer.Load(_root), seed: 2);
        using var other = HashCorrespondence.Create(HashCorrespondence.Small, SubwordTokenizer.Load(_root), seed: 3);
        // The authors compare digits behind the point, by which 0.3 would lose.
        Write("epoch_12-0.3-v1.ckpt", HashCorrespondence.Entries(good));
        Write("epoch_3-0.2811.ckpt", HashCorrespondence.Entries(other));
        Write("last.ckpt", HashCorrespondence.Entries(other));
        using var model = CorrespondenceModel.Load(_root);
        using var scope = TensorScope.Begin();
        TensorAssert.Close(good.EmbedText(Captions).ToArray<float>(), model.EmbedText(Captions).ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Load_OtherTokenizer_SaysSo()
    {
        using var made = HashCorrespondence.Create(HashCorrespondence.Small, SubwordTokenizer.Load(_root));
        var path = Write("x.ckpt", HashCorrespondence.Entries(made));
        File.AppendAllLines(Path.Combine(_root, "vocab.txt"), Enumerable.Range(0, 50).Select(i => $"word{i}"));
        Assert.Contains("name that tokenizer", Assert.Throws<TokenizerFileException>(() => CorrespondenceModel.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EncodeWaves_InTraining_ReachesEveryWeight()
    {
        using var model = HashCorrespondence.Create(HashCorrespondence.Small with { Sequence = new SequenceConfig { Width = 64, Layers = 1, Heads = 4 } }, SubwordTokenizer.Load(_root), isTrainable: true);
        using var scope = TensorScope.Begin();
        var tokens = model.Tokenize(Captions[..2]);
        var text = model.EncodeTokens(Tensor.From<long>(tokens.Ids, 2, tokens.Length), Tensor.From<long>(tokens.Mask, 2, tokens.Length), training: true);
        var audio = model.EncodeWaves(Tensor.From<float>([.. Noise(30).Samples, .. Noise(30, "other").Samples], 2, model.ClipSamples), [1, 0.4], training: true);
        model.Similarity(audio, text).CrossEntropyLoss(Tensor.Arange(0, 2, 1, DType.Int64)).Backward();
        foreach (var weight in model.Weights.Entries.Where(entry => !entry.IsBuffer))
            Assert.True(weight.Tensor.Grad is not null, weight.Name);
    }

    private string Write(string name, IReadOnlyList<TorchEntry> entries, IReadOnlyDictionary<string, object>? fields = null)
    {
        var path = Path.Combine(_root, name);
        TorchZip.Write(path, new Dictionary<string, object>(fields ?? new Dictionary<string, object>()) { ["epoch"] = 3 }, "state_dict", entries);
        return path;
    }

    private static AudioClip Noise(double seconds, string name = "noise") => AudioClip.FromSamples(HashWeights.Signal(name, (int)(seconds * Rate)), Rate);

    private static AudioClip Part(AudioClip clip, int start, int length) => clip with { Samples = clip.Samples[start..(start + length)] };
}
