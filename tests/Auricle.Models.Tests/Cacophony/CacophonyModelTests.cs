using Auricle.Audio;
using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Families;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Cacophony;
using Auricle.Models.Systems.Encoders;
using Auricle.Testing;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Cacophony;

[Collection("tensors")]
[NoLeaks]
public sealed class CacophonyModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-cacophony-").FullName;
    private readonly string _torch;
    private readonly string _words;

    public CacophonyModelTests()
    {
        _torch = Path.Combine(_folder, "cacophony.pt");
        TorchZip.Write(_torch, new Dictionary<string, object>(), "model_state_dict", SmallCacophony.Entries);
        _words = SmallCacophony.WriteTokenizer(Path.Combine(_folder, "roberta-base"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Load_FlaxFile_HasTheTorchFilesWeights(bool isStacked)
    {
        using var scope = TensorScope.Begin();
        var path = Path.Combine(_folder, "Cacophony.ckpt");
        FlaxWriter.Write(path, SmallCacophony.FlaxTree(isStacked), chunkBytes: 20_000);
        using var expected = Open();
        using var model = Assert.IsType<CacophonyModel>(ModelFamily.Load(ModelFiles.Open(path), new ModelLoadOptions { Tokenizer = _words }));
        Assert.Equal(expected.Weights.Entries.Select(weight => weight.Name).Order(), model.Weights.Entries.Select(weight => weight.Name).Order());
        foreach (var weight in expected.Weights.Entries)
            Assert.Equal(weight.Tensor.ToArray<float>(), model.Weights.Entries.Single(other => other.Name == weight.Name).Tensor.ToArray<float>());
    }

    [Fact]
    public void Load_LessThanAModel_SaysWhatIsMissing()
    {
        var tree = SmallCacophony.FlaxTree(isStacked: true);
        var parameters = (Dictionary<string, object?>)((Dictionary<string, object?>)tree["0"]!)["params"]!;
        parameters.Remove("text_proj");
        var path = Path.Combine(_folder, "half.ckpt");
        FlaxWriter.Write(path, tree);
        Assert.Contains("text_proj.weight", Assert.Throws<WeightsException>(() => CacophonyModel.Load(path, _words)).Message, StringComparison.Ordinal);
        var layer = (Dictionary<string, object?>)((Dictionary<string, object?>)parameters["audio_module"]!)["AudioEncoderLayer_1"]!;
        ((Dictionary<string, object?>)layer["MultiHeadDotProductAttention_0"]!).Remove("value");
        FlaxWriter.Write(path, tree);
        Assert.Contains("value.kernel", Assert.Throws<WeightsException>(() => CacophonyModel.Load(path, _words)).Message, StringComparison.Ordinal);
        Assert.Contains("--tokenizer", Assert.Throws<FileNotFoundException>(() => CacophonyModel.Load(_torch)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "vocab.txt"), string.Join('\n', Enumerable.Range(0, 300).Select(i => $"word{i}").Prepend("[PAD]").Append("[CLS]").Append("[SEP]").Append("[UNK]").Append("[MASK]")));
        Assert.Contains("roberta-base", Assert.Throws<TokenizerFileException>(() => CacophonyModel.Load(_torch, Path.Combine(_folder, "vocab.txt"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_Model_PlaysItsRoles()
    {
        var description = ModelDescription.Read(new LocatedModel("cacophony", _torch));
        Assert.Equal("Cacophony", description.Family);
        Assert.Equal(["captions", "embeds sound", "embeds frames", "embeds text", "matches sound and text"], description.Roles);
        Assert.Equal(SmallCacophony.Entries.Sum(entry => (long)entry.Values.Length), description.Parameters);
        Assert.Empty(description.Missing);
        Assert.Empty(description.Unexpected);
    }

    [Fact]
    public void Embed_ClipsOfSeveralLengthsAndRates_AreAsAlone()
    {
        using var scope = TensorScope.Begin();
        using var model = Open();
        AudioClip[] clips = [Clip("a", 0.1), Clip("b", 1), Clip("c", 1.7, 44100), Clip("d", 1), Clip("e", 30.5)];
        var vectors = model.EmbedAudio(clips);
        var rows = vectors.ToArray<float>().Chunk(model.EmbeddingWidth).ToArray();
        Assert.All(rows, row => Assert.All(row, value => Assert.True(float.IsFinite(value))));
        for (var i = 0; i < clips.Length; i++)
            TensorAssert.Close(model.EmbedAudio([clips[i]]).ToArray<float>(), rows[i], 1e-4, $"clip {i}");
        var texts = model.EmbedText(["a dog", "rain falls on a roof", ""]);
        TensorAssert.Close(model.EmbedText(["a dog"]).ToArray<float>(), texts.Select(0, 0).ToArray<float>(), 1e-4, "text");
        var similarity = model.Similarity(vectors, texts);
        Assert.Equal([5L, 3], similarity.Shape.ToArray());
        Assert.All(similarity.ToArray<float>(), value => Assert.InRange(Math.Abs(value), 0, model.LogitScale * 1.00001));
    }

    [Fact]
    public void Embed_ShortClip_IsThatOfTheClipWithSilence()
    {
        using var scope = TensorScope.Begin();
        using var model = Open();
        var clip = Clip("short", 0.1);
        var filled = new float[model.AudioEncoder.MinimumSamples];
        clip.Samples.CopyTo(filled, 0);
        Assert.Equal(0.15, model.ShortestSeconds, 3);
        Assert.Equal(model.EmbedAudio([AudioClip.FromSamples(filled, 16000)]).ToArray<float>(), model.EmbedAudio([clip]).ToArray<float>());
        Assert.Single(model.EmbedFrames(clip).Times);
        Assert.NotEmpty(((ICaptioner)model).Caption([clip], new CaptioningOptions { MaxLength = 4 })[0].Texts);
    }

    [Fact]
    public void Profiles_SameFile_DifferAsTheReferencesDo()
    {
        using var scope = TensorScope.Begin();
        using var authors = Open();
        using var port = CacophonyModel.Load(_torch, _words, CacophonyProfile.Torch);
        var clip = Clip("profile", 2);
        Assert.NotEqual(authors.EmbedAudio([clip]).ToArray<float>(), port.EmbedAudio([clip]).ToArray<float>());
        Assert.Equal(authors.EmbedText(["a dog"]).ToArray<float>(), port.EmbedText(["a dog"]).ToArray<float>());
        Assert.Equal(AudioMaeConfig.Torch.LayerNormEpsilon, port.AudioEncoder.Config.LayerNormEpsilon);
        using var named = Assert.IsType<CacophonyModel>(ModelFamily.Load(ModelFiles.Open(_torch), new ModelLoadOptions { Tokenizer = _words, Profile = "torch" }));
        Assert.Equal(port.EmbedAudio([clip]).ToArray<float>(), named.EmbedAudio([clip]).ToArray<float>());
        var unknown = Assert.Throws<UnknownProfileException>(() => ModelFamily.Load(ModelFiles.Open(_torch), new ModelLoadOptions { Tokenizer = _words, Profile = "port" }));
        Assert.Contains("knows jax and torch", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OnlyToEmbed_PacksNothingForSteps()
    {
        using var scope = TensorScope.Begin();
        using var model = Open();
        _ = model.EmbedAudio([Clip("a", 0.5)]);
        _ = model.EmbedText(["rain"]);
        var before = Tensor.LiveCount;
        ((ICaptioner)model).Caption([Clip("a", 0.5)], new CaptioningOptions { MaxLength = 2 });
        Assert.True(Tensor.LiveCount > before, "Captioning is expected to pack the weights of its steps, which embedding does without.");
        before = Tensor.LiveCount;
        ((ICaptioner)model).Caption([Clip("a", 0.5)], new CaptioningOptions { MaxLength = 2 });
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void Caption_AnySearch_IsAsAloneAndRepeats()
    {
        using var scope = TensorScope.Begin();
        using var model = Open();
        AudioClip[] clips = [Clip("a", 0.5), Clip("b", 2.2), Clip("c", 31), Clip("d", 2.2)];
        Search[] searches = [new BeamSearch { Size = 1 }, new BeamSearch { Size = 3 }, new Sampling { Temperature = 0.5, TopK = 20, TopP = 0.9, Seed = 3, Count = 2 }];
        foreach (var search in searches)
        {
            var options = new CacophonyCaptionOptions { Search = search, MaximumLength = 8, MinimumLength = 2 };
            var results = model.Caption(clips, options);
            Assert.Equal(clips.Length, results.Count);
            for (var i = 0; i < clips.Length; i++)
            {
                var alone = model.Caption([clips[i]], options)[0];
                Assert.Equal(alone.Texts.Select(text => text.Tokens), results[i].Texts.Select(text => text.Tokens));
                Assert.All(results[i].Texts, text => Assert.InRange(text.Tokens.Count, 3, 8));
            }
        }
        IReadOnlyList<int> Drawn(ulong seed) => model.Caption([clips[1]], new() { Search = new Sampling { Seed = seed }, MaximumLength = 12 })[0].Texts[0].Tokens;
        Assert.Equal(Drawn(1), Drawn(1));
        Assert.NotEqual(Drawn(1), Drawn(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Caption([clips[0]], new() { MaximumLength = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Caption([clips[0]], new() { MaximumLength = 41 }));
        Assert.Throws<Text.UnknownTaskException>(() => ((ICaptioner)model).Caption([clips[0]], new CaptioningOptions { Tasks = ["clotho"] }));
    }

    [Fact]
    public void Begin_StepByStep_IsAsTheWholeText()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var model = Open();
        var (memory, padding) = model.Remember([Clip("a", 0.5), Clip("b", 1.1)], default);
        int[][] texts = [[0, 7, 9, 30], [0, 12, 8, 9]];
        var ids = Tensor.From<long>([.. texts.SelectMany(text => text).Select(id => (long)id)], 2, 4);
        var whole = model.Decoder.Forward(model.Decoder.EncodeText(ids), null, memory, padding);
        using var session = model.Decoder.Begin(memory, padding);
        for (var i = 0; i < 4; i++)
            TensorAssert.Close(whole.Select(1, i).ToArray<float>(), session.Advance([texts[0][i], texts[1][i]]), 2e-4, $"step {i}");
        // Libtorch's way, which other devices take, gives the same.
        using var trainable = WeightStore.Load(CacophonyWeights.FromCheckpoint(Checkpoint.Open(_torch).Tensors), isTrainable: true);
        var plain = new CocaDecoder(model.Decoder.Config, trainable.Root / "text_module", trainable.Root / "decoder_module");
        using var other = plain.Begin(memory, padding);
        for (var i = 0; i < 4; i++)
            TensorAssert.Close(whole.Select(1, i).ToArray<float>(), other.Advance([texts[0][i], texts[1][i]]), 2e-4, $"plain step {i}");
    }

    [Fact]
    public void EmbedFrames_LongClip_GoesOnInTime()
    {
        using var scope = TensorScope.Begin();
        using var model = Open();
        var clip = Clip("long", 33);
        var timeline = model.EmbedFrames(clip);
        Assert.All(timeline.Times.Zip(timeline.Times.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1e-6, 0.17));
        Assert.InRange(timeline.Times[0], 0.05, 0.12);
        Assert.InRange(timeline.Times[^1], clip.Seconds - 0.3, clip.Seconds);
    }

    [Fact]
    public void Load_FirstStageOfTraining_IsAnEncoder()
    {
        using var scope = TensorScope.Begin();
        var entries = SmallCacophony.Entries.Where(entry => entry.Name.StartsWith("audio_module.", StringComparison.Ordinal))
            .Select(entry => entry with { Name = "encoder." + entry.Name["audio_module.".Length..] }).Append(new TorchEntry("decoder.restore_patch", [96], new float[96])).ToList();
        var torch = Path.Combine(_folder, "AudioMAE.pt");
        TorchZip.Write(torch, new Dictionary<string, object>(), null, entries);
        var flax = Path.Combine(_folder, "AudioMAE.ckpt");
        var parameters = (Dictionary<string, object?>)((Dictionary<string, object?>)SmallCacophony.FlaxTree(true)["0"]!)["params"]!;
        FlaxWriter.Write(flax, new Dictionary<string, object?> { ["0"] = new Dictionary<string, object?> { ["params"] = new Dictionary<string, object?> { ["AudioEncoder_0"] = parameters["audio_module"] } } });
        using var first = Assert.IsType<SoundEncoder>(ModelFamily.Load(ModelFiles.Open(torch)));
        using var second = Assert.IsType<SoundEncoder>(ModelFamily.Load(ModelFiles.Open(flax)));
        var clip = Clip("stage", 1.5);
        Assert.Equal(first.EmbedAudio([clip]).ToArray<float>(), second.EmbedAudio([clip]).ToArray<float>());
        using var port = ModelFamily.Load(ModelFiles.Open(torch), new ModelLoadOptions { Profile = "torch" });
        Assert.NotEqual(first.EmbedAudio([clip]).ToArray<float>(), ((SoundEncoder)port).EmbedAudio([clip]).ToArray<float>());
        var mn04 = new ModelLoadOptions { Profile = "torch", EncoderFile = torch };
        Assert.Throws<UnknownProfileException>(() => ModelFamily.Load(ModelFiles.Open(Path.Combine(Fixtures.RepositoryRoot, "models", "auricle-small")), mn04));
    }

    [Fact]
    public void FromRoberta_NamesOfItsFiles_AreThoseOfTheTextEncoder()
    {
        const string Text = "text_module.";
        var stored = ModelFiles.Open(_torch).Tensors;
        var theirs = stored.Where(pair => pair.Key.StartsWith(Text, StringComparison.Ordinal) && !pair.Key.Contains(".pooler.", StringComparison.Ordinal))
            .ToDictionary(pair => "roberta." + pair.Key[Text.Length..].Replace("encoder.layers.", "encoder.layer.", StringComparison.Ordinal), pair => pair.Value);
        theirs["lm_head.bias"] = theirs["roberta.embeddings.position_ids"] = theirs.Values.First();
        var own = CacophonyWeights.FromRoberta(theirs);
        var expected = CacophonyWeights.FromCheckpoint(stored).Where(pair => pair.Key.StartsWith(Text, StringComparison.Ordinal) && !pair.Key.Contains(".pooler.", StringComparison.Ordinal)).ToList();
        Assert.Equal(expected.Select(pair => pair.Key).Order(StringComparer.Ordinal), own.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, pair => Assert.Equal(pair.Value.Floats(), own[pair.Key].Floats()));
    }

    private CacophonyModel Open() => CacophonyModel.Load(_torch, _words);

    private static AudioClip Clip(string name, double seconds, int rate = 16000) => AudioClip.FromSamples(HashWeights.Textured(name, (int)(seconds * rate), 1), rate);
}
