using Auricle.Audio;
using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Models.Systems.MiniAudioCaption;
using Auricle.Models.Tests.HtsAt;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.MiniAudioCaption;

[Collection("tensors")]
[NoLeaks]
public sealed class MiniAudioCaptionModelTests : IDisposable
{
    private const int Words = 40;

    private static readonly LlamaConfig Small = new() { VocabularySize = Words, LatentWidth = 24, Width = 64, Heads = 2, Layers = 2, Positions = 64 };
    private static readonly CnnConfig SmallCnn = new() { Widths = [4, 8, 8, 8, 8, 8], EmbeddingWidth = 24, Tags = 3 };

    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-mini-").FullName;

    private string Captioner => Path.Combine(_folder, "step=2.pth");

    private string Encoder => Path.Combine(_folder, "Cnn14.pth");

    private string Tokenizer => Path.Combine(_folder, "vocab.txt");

    [Fact]
    public void Load_AuthorsLayout_CaptionsClips()
    {
        WriteFiles("module.");
        using var model = MiniAudioCaptionModel.Load(Captioner, new ModelLoadOptions { EncoderFile = Encoder, Tokenizer = Tokenizer, Precision = Precision.Float32 });
        AudioClip[] clips = [.. new[] { 9000, 40000, 20000 }.Select(samples => AudioClip.FromSamples(HashWeights.Textured($"clip{samples}", samples), 32000))];
        foreach (var search in new Search[] { new Sampling { Count = 2, TopK = 10, Seed = 5 }, new BeamSearch { Size = 3 }, new Sampling { Temperature = 0 } })
        {
            var options = new MiniAudioCaptionOptions { Search = search, MaximumLength = 12 };
            var together = model.Caption(clips, options);
            for (var i = 0; i < clips.Length; i++)
            {
                var alone = model.Caption([clips[i]], options)[0];
                Assert.Equal(together[i].Captions, alone.Captions);
                Assert.Equal(alone.Texts.Select(text => model.Text.Decode(text.Tokens)), alone.Captions);
                Assert.All(alone.Texts, text => Assert.DoesNotContain(model.Text.EndToken, text.Tokens.SkipLast(1)));
            }
        }
        Assert.All(model.Caption(clips, new MiniAudioCaptionOptions { StopsAtEnd = false })[0].Texts, text => Assert.Equal(30, text.Tokens.Count));
        Assert.Empty(model.Caption([]));
    }

    [Fact]
    public void Family_CheckpointAndEncoder_PlaysTheRoleOfACaptioner()
    {
        WriteFiles();
        var files = ModelFiles.Open(Captioner);
        Assert.Equal("mini audio caption", ModelFamily.Of(files).Name);
        var options = new ModelLoadOptions { EncoderFile = Encoder, Tokenizer = Tokenizer };
        using var model = (MiniAudioCaptionModel)ModelFamily.Load(files, options);
        ICaptioner captioner = model;
        AudioClip[] clips = [AudioClip.FromSamples(HashWeights.Textured("role", 40000), 32000)];
        // Drawn as the authors do where nothing is asked for, and the same each time.
        var own = captioner.Caption(clips)[0];
        Assert.Equal(model.Caption(clips)[0].Captions[0], own.Texts[0].Text);
        Assert.Equal(own.Texts[0].Tokens, captioner.Caption(clips)[0].Texts[0].Tokens);
        var drawn = captioner.Caption(clips, new CaptioningOptions { Sampling = new Sampling { Seed = 9, TopK = 20 }, Candidates = 3 })[0];
        Assert.Equal(3, drawn.Texts.Count);
        Assert.Equal(drawn.Texts.OrderByDescending(text => text.Score), drawn.Texts);
        Assert.Equal(4, captioner.Caption(clips, new CaptioningOptions { BeamSize = 4 })[0].Texts.Count);
        Assert.Empty(captioner.Tasks);
        Assert.True(captioner.Caption(clips, new CaptioningOptions { BeamSize = 1, MinLength = 7, MaxLength = 9 })[0].Texts[0].Tokens.Count is > 7 and <= 9);
    }

    [Fact]
    public void Load_WhatDoesNotFit_IsExplained()
    {
        WriteFiles();
        string Fails<TException>(ModelLoadOptions options, string? path = null) where TException : Exception =>
            Assert.Throws<TException>(() => MiniAudioCaptionModel.Load(path ?? Captioner, options)).Message;
        Assert.Contains("name the encoder's weights", Fails<MissingPartException>(new() { Tokenizer = Tokenizer }), StringComparison.Ordinal);
        Assert.Contains("none.pth", Fails<FileNotFoundException>(new() { Tokenizer = Tokenizer }, "none.pth"), StringComparison.Ordinal);
        Assert.Contains("wte.weight", Fails<WeightsException>(new() { Tokenizer = Tokenizer, EncoderFile = Encoder }, Encoder), StringComparison.Ordinal);
        WriteEncoder(SmallCnn with { EmbeddingWidth = 16 });
        Assert.Contains("24 numbers, but the encoder gives 16", Fails<WeightsException>(new() { Tokenizer = Tokenizer, EncoderFile = Encoder }), StringComparison.Ordinal);
    }

    [Fact]
    public void Begin_RowsOrLibtorch_WriteWhatWholeSequencesGive()
    {
        HashLlama.WriteCheckpoint(Captioner, Small);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var frozen = HashLlama.Load(Captioner);
        using var trainable = HashLlama.Load(Captioner, isTrainable: true);
        var (rows, libtorch) = (new LlamaDecoder(Small, frozen.Root), new LlamaDecoder(Small, trainable.Root));
        var latents = Tensor.From<float>(HashWeights.Signal("latents", 3 * 4 * Small.LatentWidth), 3, 4, Small.LatentWidth);
        foreach (var search in new Search[] { new BeamSearch { Size = 4 }, new BeamSearch { Size = 3, FinishedCompete = true }, new Sampling { Count = 2, Seed = 3 } })
        {
            var options = new DecodingOptions { Search = search, EndToken = 3, MaximumLength = 15 };
            IReadOnlyList<DecodingResult> Write(IStepModel model)
            {
                using (model)
                    return TextDecoding.Run(model, [[2], [2], [5]], options);
            }
            var expected = Write(new UncachedLlama(rows, latents));
            foreach (var found in new[] { Write(rows.Begin(latents)), Write(libtorch.Begin(latents)) })
            {
                for (var clip = 0; clip < expected.Count; clip++)
                {
                    Assert.Equal(expected[clip].Texts.Select(text => string.Join(' ', text.Tokens)), found[clip].Texts.Select(text => string.Join(' ', text.Tokens)));
                    Assert.All(expected[clip].Texts.Zip(found[clip].Texts), pair => Assert.Equal(pair.First.LogProbability, pair.Second.LogProbability, 1e-3));
                }
            }
        }
    }

    [Fact]
    public void Latents_ReferenceClips_AreThoseOfTheReference()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var store = WeightStore.Initialise();
        using var encoder = new CnnEncoder(CnnConfig.Cnn14, store.Root);
        HashHtsAt.Fill(store, HashLlama.Inputs.Seed);
        foreach (var entry in HashLlama.Inputs["llama_caption"].EnumerateObject().Where(entry => entry.Value.ValueKind == System.Text.Json.JsonValueKind.Object && entry.Value.TryGetProperty("clips", out _)))
        {
            var clip = entry.Value.GetProperty("clips")[0];
            var samples = clip.GetProperty("kind").GetString() == "stored" ? Stored(clip) : HashLlama.Inputs.Samples(clip);
            var output = encoder.Encode(encoder.Prepare(Tensor.From<float>(samples, 1, samples.Length)));
            TensorAssert.Close(HashLlama.Expected[$"{entry.Name}.embedding"].Floats(), output.Clip.ToArray<float>(), 2e-5, entry.Name, 1e-4);
            TensorAssert.Close(HashLlama.Expected[$"{entry.Name}.clipwise_first64"].Floats(), output.TagLogits!.Sigmoid().Narrow(1, 0, 64).ToArray<float>(), 1e-4, entry.Name);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static float[] Stored(System.Text.Json.JsonElement clip)
    {
        var values = Tensor.From(HashLlama.Expected[clip.GetProperty("name").GetString()!]).ToArray<short>();
        return Array.ConvertAll(values, value => value / clip.GetProperty("divisor").GetSingle());
    }

    private void WriteFiles(string prefix = "")
    {
        HashLlama.WriteCheckpoint(Captioner, Small, prefix, ropeShape: [Small.Positions, Small.Width / Small.Heads / 2, 2]);
        WriteEncoder(SmallCnn);
        File.WriteAllLines(Tokenizer, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, Words - 5).Select(i => $"word{i}")]);
    }

    private void WriteEncoder(CnnConfig config)
    {
        using var shapes = WeightStore.Shapes();
        using (new CnnEncoder(config, shapes.Root))
        {
        }
        TorchZip.Write(Encoder, new Dictionary<string, object>(), "model", [.. shapes.Entries.Select(entry =>
            new TorchEntry(entry.Name, entry.Tensor.Shape.ToArray(), HashHtsAt.Weight(entry.Name, entry.Tensor.Shape, 1)))]);
    }
}
