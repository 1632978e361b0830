using Auricle.Models.Encoders;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Systems.Clap;
using Auricle.Models.Tests.HtsAt;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Clap;

/// <summary>The CLAP models at full size against the references' numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class ClapParityTests
{
    private const int MsRate = 44100;

    [Fact]
    public void MsClap2023_SoundsAndTexts_EqualTheReference()
    {
        var seed = Fixtures.Seed("ms-clap", "ms_clap_2023");
        var expected = HashClap.Fixture("ms-clap", "ms_clap_2023");
        using var model = (MsClapModel)HashClap.Create(HashClap.Ms2023, seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var waves = Waves(expected, "ms-clap/2023/audio", "2023_audio", 2, model.WindowSamples, seed);
        var encoder = (HtsAtEncoder)model.AudioEncoder;
        var logMel = encoder.Prepare(waves);
        Close(expected, "logmel", HashHtsAt.Rows(logMel.Narrow(0, 0, 1), 2, 0, 1, 482, 964), 2e-4);
        var seen = 0;
        var output = encoder.Encode(logMel, training: false, (name, value) =>
        {
            if (!expected.TryGetValue("audio.audio_encoder.base.htsat." + name, out var stored))
                return;
            var tokens = value.Size(1);
            TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(value.Narrow(0, 0, 1), 1, 0, tokens / 2, tokens - 1), 2e-4, name, 1e-4);
            seen++;
        });
        Assert.Equal(6, seen);
        CheckAudio(expected, model, output, waves);

        var ids = Tensor.From(expected["text.input_ids"]);
        var mask = Tensor.From(expected["text.attention_mask"]);
        using var last = MsClapModel.LastTokens(ids);
        Assert.Equal(Tensor.From(expected["text.last_index"]).ToArray<long>(), last.ToArray<long>());
        CheckTexts(expected, model, ids, mask, waves);
        // Padding plays no part.
        var shorter = model.EncodeTokens(ids.Narrow(0, 0, 1).Narrow(1, 0, 9), mask.Narrow(0, 0, 1).Narrow(1, 0, 9));
        TensorAssert.Close(expected["text.embed"].Floats().AsSpan(0, 1024), shorter.ToArray<float>(), 1e-4, "without padding", 1e-4);
    }

    [Fact]
    public void Gpt_Layers_EqualTheReference()
    {
        var seed = Fixtures.Seed("ms-clap", "ms_clap_2023");
        var expected = HashClap.Fixture("ms-clap", "ms_clap_2023");
        using var store = WeightStore.Initialise();
        var gpt = new Encoders.Text.GptEncoder(new(), store.Root / "caption_encoder" / "base");
        HashHtsAt.Fill(store, seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var seen = 0;
        gpt.Forward(Tensor.From(expected["text.input_ids"]), (layer, output) =>
        {
            var name = layer == gpt.Config.Layers ? "ln_f" : $"h.{layer}";
            if (!expected.TryGetValue("text.caption_encoder.base." + name, out var stored))
                return;
            TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(output.Narrow(0, 0, 2), 1, 0, 1, 8), 1e-4, name, 1e-4);
            seen++;
        });
        Assert.Equal(3, seen);
    }

    [Fact]
    public void MsClap2022_SoundsAndTexts_EqualTheReference()
    {
        var seed = Fixtures.Seed("ms-clap", "ms_clap_2022");
        var expected = HashClap.Fixture("ms-clap", "ms_clap_2022");
        using var model = (MsClapModel)HashClap.Create(HashClap.Ms2022, seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var waves = Waves(expected, "ms-clap/2022/audio", "2022_audio", 2, model.WindowSamples, seed);
        var logMel = model.AudioEncoder.Prepare(waves);
        Close(expected, "logmel", HashHtsAt.Rows(logMel.Narrow(0, 0, 1), 2, 0, 1, 345, 689), 2e-4);
        CheckAudio(expected, model, model.AudioEncoder.Encode(logMel), waves);
        var (ids, mask) = (Tensor.From(expected["text.input_ids"]), Tensor.From(expected["text.attention_mask"]));
        var seen = 0;
        model.Bert!.Forward(ids, mask, observe: (layer, value) => seen += CheckLayer(expected, "text.caption_encoder.base.", layer, value));
        Assert.Equal(3, seen);
        CheckTexts(expected, model, ids, mask, waves);
    }

    [Fact]
    public void LaionClap_SoundsAndTexts_EqualTheReference()
    {
        var seed = Fixtures.Seed("laion-clap", "laion_clap");
        var expected = HashClap.Fixture("laion-clap", "laion_clap");
        using var model = (LaionClapModel)HashClap.Create(HashClap.Laion, seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        foreach (var (clip, name, samples) in new[] { ("exact", "exact10s", 480000), ("short", "short", 150000) })
        {
            var wave = HashWeights.Textured("laion-clap/" + name, samples, seed);
            CheckProbe(expected, name, wave);
            var vector = model.EmbedAudio([new() { Samples = wave, SampleRate = 48000 }]);
            Close(expected, clip + ".audio_embed", vector.ToArray<float>(), 1e-4);

            var prepared = Tensor.From<float>(Prepared(wave), 1, model.WindowSamples);
            Close(expected, clip + ".waveform_probe", HashHtsAt.Rows(prepared, 1, 0, 1, 149999, 150000, 150001, 299999, 300000, 449999, 450000, 479999), 0);
            var logMel = model.AudioEncoder.Prepare(prepared);
            Close(expected, clip + ".logmel", HashHtsAt.Rows(logMel, 2, 0, 1, 500, 1000), 2e-4);
            var output = model.AudioEncoder.Encode(logMel, training: false, (place, value) =>
            {
                if (place == "tscam_conv")
                    Close(expected, clip + ".tscam_conv", value.Narrow(1, 0, 32).ToArray<float>(), 1e-4, 1e-4);
                else if (expected.TryGetValue($"{clip}.{place}", out var stored))
                    TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(value, 1, 0, value.Size(1) / 2, value.Size(1) - 1), 2e-4, place, 1e-4);
            });
            Close(expected, clip + ".embedding768", output.Frames.Mean([1]).ToArray<float>(), 2e-5, 1e-4);
            Close(expected, clip + ".fine_grained", HashHtsAt.Rows(output.Frames.Narrow(2, 0, 64), 1, 0, 0, 1, 31), 1e-4, 1e-4);
            Close(expected, clip + ".clipwise_first64", output.TagLogits!.Narrow(1, 0, 64).Sigmoid().ToArray<float>(), 1e-4);
        }
        var ids = Tensor.From(expected["text.input_ids"]);
        var mask = Tensor.From(expected["text.attention_mask"]);
        var seen = 0;
        var hidden = model.TextEncoder.Forward(ids, mask, observe: (layer, value) => seen += CheckLayer(expected, "text.", layer, value));
        Assert.Equal(4, seen);
        Close(expected, "text.pooler", model.TextEncoder.Pool(hidden).ToArray<float>(), 1e-4);
        var texts = model.EncodeTokens(ids, mask);
        Close(expected, "text.text_embed", texts.ToArray<float>(), 1e-5);
        var sounds = Tensor.Cat([.. new[] { "exact", "short" }.Select(clip => Tensor.From(expected[clip + ".audio_embed"]))]);
        Close(expected, "similarity", sounds.Matmul(texts.T()).ToArray<float>(), 1e-4);
        Close(expected, "logits_a", model.Similarity(sounds, texts).ToArray<float>(), 2e-4);
    }

    [Fact]
    public void LaionClap_Fusion_EqualsTheReference()
    {
        var seed = Fixtures.Seed("laion-clap", "laion_clap");
        var expected = HashClap.Fixture("laion-clap", "laion_clap");
        using var model = (LaionClapModel)HashClap.Create(HashClap.LaionFused, seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var longWave = HashWeights.Textured("laion-clap/long", 600000, seed);
        CheckProbe(expected, "long", longWave);
        var longImage = model.FusedImage(Array.ConvertAll(longWave, LaionClapModel.Quantise), out var isLong);
        Assert.True(isLong);
        Close(expected, "fusion.long.mel", HashHtsAt.Rows(longImage.Select(0, 0), 1, 0, 1, 500, 1000), 5e-4);
        var seen = 0;
        var vector = model.EncodeFused(longImage, [true], (name, value) =>
        {
            if (!expected.TryGetValue("fusion.long." + name, out var stored))
                return;
            seen++;
            if (value.Dimensions == 3)
            {
                var middle = name == "norm" ? 32 : 2048;
                TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(value, 1, 0, 1, middle, value.Size(1) - 1), 2e-4, name, 1e-4);
                return;
            }
            var corner = value.Select(0, 0).Narrow(0, 0, 8);
            using var inner = TensorScope.Begin();
            var rows = corner.IndexSelect(1, Tensor.From<long>([0, 1, corner.Size(1) - 1], 3));
            TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(rows, 2, 0, 1, 20, corner.Size(2) - 1), 2e-4, name, 1e-4);
        });
        Assert.Equal(5, seen);
        Close(expected, "fusion.long.audio_embed", vector.ToArray<float>(), 1e-4);

        var shortWave = HashWeights.Textured("laion-clap/short", 150000, seed);
        var shortImage = model.FusedImage(Prepared(shortWave), out isLong);
        Assert.False(isLong);
        Close(expected, "fusion.short.mel", HashHtsAt.Rows(shortImage.Select(0, 0).Narrow(0, 0, 1), 1, 0, 1, 500, 1000), 5e-4);
        Close(expected, "fusion.short.audio_embed", model.EmbedAudio([new() { Samples = shortWave, SampleRate = 48000 }]).ToArray<float>(), 1e-4);
        var both = model.EmbedAudio([new() { Samples = longWave, SampleRate = 48000 }, new() { Samples = shortWave, SampleRate = 48000 }]);
        Close(expected, "fusion.batch.audio_embed", both.ToArray<float>(), 1e-4);
    }

    [Fact]
    public void Quantise_ProbeValues_AreTheReferences()
    {
        var expected = HashClap.Fixture("laion-clap", "laion_clap");
        Assert.Equal(expected["quantise.out"].Floats(), expected["quantise.in"].Floats().Select(LaionClapModel.Quantise));
    }

    [Theory]
    [InlineData(48000)]
    [InlineData(32000)]
    [InlineData(16000)]
    [InlineData(22050)]
    public void Resample_ToMsClapsRate_EqualsTheWrappers(int rate)
    {
        var seed = Fixtures.Seed("ms-clap", "ms_clap_2023");
        var expected = HashClap.Fixture("ms-clap", "resample");
        var wave = new Audio.Resampler(rate, MsRate).Resample(HashWeights.Textured("ms-clap/resample", 24000, seed));
        using var length = Tensor.From(expected[$"from{rate}.length"]);
        Assert.Equal(length.ToArray<long>()[0], wave.Length);
        Close(expected, $"from{rate}.head", wave[..256], 1e-5);
        Close(expected, $"from{rate}.mid", wave[Middle(rate)..(Middle(rate) + 256)], 1e-5);
        Close(expected, $"from{rate}.tail", wave[^256..], 1e-5);
    }

    // The places that the fixture names.
    private static int Middle(int rate) => rate switch { 48000 => 11025, 32000 => 16537, 16000 => 33075, _ => 24000 };

    private static void CheckAudio(IReadOnlyDictionary<string, StoredTensor> expected, MsClapModel model, EncoderOutput output, Tensor waves)
    {
        Close(expected, "audio.base_embedding", output.Clip.ToArray<float>(), 2e-5, 1e-4);
        Close(expected, "audio.clipwise_first64", output.TagLogits!.Narrow(1, 0, 64).Sigmoid().ToArray<float>(), 1e-4);
        var vectors = model.EncodeWaves(waves);
        Close(expected, "audio.embed", vectors.ToArray<float>(), 1e-4, 1e-4);
        // Alone, from samples in memory: the same vectors.
        var alone = model.EmbedAudio([new() { Samples = waves.Select(0, 1).ToArray<float>(), SampleRate = MsRate }]);
        TensorAssert.Close(vectors.Select(0, 1).ToArray<float>(), alone.ToArray<float>(), 1e-4, "alone");
    }

    private static void CheckTexts(IReadOnlyDictionary<string, StoredTensor> expected, MsClapModel model, Tensor ids, Tensor mask, Tensor waves)
    {
        var texts = model.EncodeTokens(ids, mask);
        Close(expected, "text.embed", texts.ToArray<float>(), 1e-4, 1e-4);
        var likeness = model.Similarity(model.EncodeWaves(waves), texts);
        Close(expected, "similarity", likeness.ToArray<float>(), 2e-4);
        Close(expected, "similarity_softmax", likeness.Softmax(-1).ToArray<float>(), 1e-4);
    }

    // The fixtures hold two texts at three places.
    private static int CheckLayer(IReadOnlyDictionary<string, StoredTensor> expected, string prefix, int layer, Tensor value)
    {
        var name = prefix + (layer < 0 ? "embeddings" : $"encoder.layer.{layer}");
        if (!expected.TryGetValue(name, out var stored))
            return 0;
        var places = prefix == "text." ? new long[] { 0, 1, 11 } : [0, 1, 8];
        TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(value.Narrow(0, 0, 2), 1, places), 1e-4, name, 1e-4);
        return 1;
    }

    private static Tensor Waves(IReadOnlyDictionary<string, StoredTensor> expected, string name, string probe, int count, int window, int seed)
    {
        var wave = HashWeights.Textured(name, count * window, seed);
        var places = new[] { 0, 1, 2, 7999, 8000, 8001, window, wave.Length - 1 };
        Assert.Equal(expected["audio.probe." + probe].Floats(), places.Select(i => wave[i]));
        return Tensor.From<float>(wave, count, window);
    }

    private static void CheckProbe(IReadOnlyDictionary<string, StoredTensor> expected, string name, float[] wave) => Assert.Equal(
        expected["audio.probe." + name].Floats(), new[] { 0, 1, 2, 7999, 8000, 8001, wave.Length / 2, wave.Length - 1 }.Select(i => wave[i]));

    // LAION's rule: rounded to 16 bits, repeated whole times, silence behind.
    private static float[] Prepared(float[] wave)
    {
        var result = new float[480000];
        for (var start = 0; start + wave.Length <= result.Length; start += wave.Length)
            Array.ConvertAll(wave, LaionClapModel.Quantise).CopyTo(result, start);
        return result;
    }

    private static void Close(IReadOnlyDictionary<string, StoredTensor> expected, string name, float[] actual, double tolerance, double relative = 0) =>
        TensorAssert.Close(expected[name].Floats(), actual, tolerance, name, relative);
}
