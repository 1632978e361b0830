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
    private static readonly FixtureInputs MsInputs = FixtureInputs.Read("ms-clap");
    private static readonly FixtureInputs LaionInputs = FixtureInputs.Read("laion-clap");

    [Fact]
    public void MsClap2023_SoundsAndTexts_EqualTheReference()
    {
        var expected = HashClap.Fixture("ms-clap", "ms_clap_2023");
        using var model = (MsClapModel)HashClap.Create(HashClap.Ms2023, MsInputs.Seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var waves = Waves(expected, "ms_clap_2023", model.WindowSamples);
        var encoder = (HtsAtEncoder)model.AudioEncoder;
        var logMel = encoder.Prepare(waves);
        Close(expected, "logmel", HashHtsAt.Rows(logMel.Narrow(0, 0, 1), 2, Frames(logMel)), 2e-4);
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
        var length = Length(mask);
        var shorter = model.EncodeTokens(ids.Narrow(0, 0, 1).Narrow(1, 0, length), mask.Narrow(0, 0, 1).Narrow(1, 0, length));
        TensorAssert.Close(expected["text.embed"].Floats().AsSpan(0, model.EmbeddingWidth), shorter.ToArray<float>(), 1e-4, "without padding", 1e-4);
    }

    [Fact]
    public void Gpt_Layers_EqualTheReference()
    {
        var expected = HashClap.Fixture("ms-clap", "ms_clap_2023");
        using var store = WeightStore.Initialise();
        var gpt = new Encoders.Text.GptEncoder(new(), store.Root / "caption_encoder" / "base");
        HashHtsAt.Fill(store, MsInputs.Seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var places = Places(Tensor.From(expected["text.attention_mask"]));
        var seen = 0;
        gpt.Forward(Tensor.From(expected["text.input_ids"]), (layer, output) =>
        {
            var name = layer == gpt.Config.Layers ? "ln_f" : $"h.{layer}";
            if (!expected.TryGetValue("text.caption_encoder.base." + name, out var stored))
                return;
            TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(output.Narrow(0, 0, stored.Shape[0]), 1, places), 1e-4, name, 1e-4);
            seen++;
        });
        Assert.Equal(3, seen);
    }

    [Fact]
    public void MsClap2022_SoundsAndTexts_EqualTheReference()
    {
        var expected = HashClap.Fixture("ms-clap", "ms_clap_2022");
        using var model = (MsClapModel)HashClap.Create(HashClap.Ms2022, MsInputs.Seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var waves = Waves(expected, "ms_clap_2022", model.WindowSamples);
        var logMel = model.AudioEncoder.Prepare(waves);
        Close(expected, "logmel", HashHtsAt.Rows(logMel.Narrow(0, 0, 1), 2, Frames(logMel)), 2e-4);
        CheckAudio(expected, model, model.AudioEncoder.Encode(logMel), waves);
        var (ids, mask) = (Tensor.From(expected["text.input_ids"]), Tensor.From(expected["text.attention_mask"]));
        var seen = 0;
        model.Bert!.Forward(ids, mask, observe: (layer, value) => seen += CheckLayer(expected, "text.caption_encoder.base.", layer, value, mask));
        Assert.Equal(3, seen);
        CheckTexts(expected, model, ids, mask, waves);
    }

    [Fact]
    public void LaionClap_SoundsAndTexts_EqualTheReference()
    {
        var expected = HashClap.Fixture("laion-clap", "laion_clap");
        using var model = (LaionClapModel)HashClap.Create(HashClap.Laion, LaionInputs.Seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var rows = LaionInputs["laion_clap", "similarity"].GetProperty("rows").EnumerateArray().Select(row => row.GetString()!).ToArray();
        // The fixture looks at a waveform where its short clip is repeated.
        var part = rows.Min(row => LaionInputs["laion_clap", row].GetProperty("clips")[0].GetProperty("samples").GetInt64());
        foreach (var clip in rows)
        {
            var wave = LaionWave(expected, clip);
            var vector = model.EmbedAudio([new() { Samples = wave, SampleRate = 48000 }]);
            Close(expected, clip + ".audio_embed", vector.ToArray<float>(), 1e-4);

            var prepared = Tensor.From<float>(Prepared(wave), 1, model.WindowSamples);
            Close(expected, clip + ".waveform_probe", HashHtsAt.Rows(prepared, 1, 0, 1, part - 1, part, part + 1, 2 * part - 1, 2 * part, 3 * part - 1, 3 * part, prepared.Size(1) - 1), 0);
            var logMel = model.AudioEncoder.Prepare(prepared);
            Close(expected, clip + ".logmel", HashHtsAt.Rows(logMel, 2, Frames(logMel)), 2e-4);
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
        var hidden = model.TextEncoder.Forward(ids, mask, observe: (layer, value) => seen += CheckLayer(expected, "text.", layer, value, mask));
        Assert.Equal(4, seen);
        Close(expected, "text.pooler", model.TextEncoder.Pool(hidden).ToArray<float>(), 1e-4);
        var texts = model.EncodeTokens(ids, mask);
        Close(expected, "text.text_embed", texts.ToArray<float>(), 1e-5);
        var sounds = Tensor.Cat([.. rows.Select(clip => Tensor.From(expected[clip + ".audio_embed"]))]);
        Close(expected, "similarity", sounds.Matmul(texts.T()).ToArray<float>(), 1e-4);
        Close(expected, "logits_a", model.Similarity(sounds, texts).ToArray<float>(), 2e-4);
    }

    [Fact]
    public void LaionClap_Fusion_EqualsTheReference()
    {
        var expected = HashClap.Fixture("laion-clap", "laion_clap");
        using var model = (LaionClapModel)HashClap.Create(HashClap.LaionFused, LaionInputs.Seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var longWave = LaionWave(expected, "fusion.long");
        var longImage = model.FusedImage(Array.ConvertAll(longWave, LaionClapModel.Quantise), out var isLong);
        Assert.True(isLong);
        Close(expected, "fusion.long.mel", HashHtsAt.Rows(longImage.Select(0, 0), 1, Frames(longImage)), 5e-4);
        var seen = 0;
        var vector = model.EncodeFused(longImage, [true], (name, value) =>
        {
            if (!expected.TryGetValue("fusion.long." + name, out var stored))
                return;
            seen++;
            if (value.Dimensions == 3)
            {
                TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(value, 1, 0, 1, value.Size(1) / 2, value.Size(1) - 1), 2e-4, name, 1e-4);
                return;
            }
            var corner = value.Select(0, 0).Narrow(0, 0, 8);
            using var inner = TensorScope.Begin();
            var rows = corner.IndexSelect(1, Tensor.From<long>([0, 1, corner.Size(1) - 1], 3));
            TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(rows, 2, 0, 1, 20, corner.Size(2) - 1), 2e-4, name, 1e-4);
        });
        Assert.Equal(5, seen);
        Close(expected, "fusion.long.audio_embed", vector.ToArray<float>(), 1e-4);

        var shortWave = LaionWave(expected, "fusion.short");
        var shortImage = model.FusedImage(Prepared(shortWave), out isLong);
        Assert.False(isLong);
        Close(expected, "fusion.short.mel", HashHtsAt.Rows(shortImage.Select(0, 0).Narrow(0, 0, 1), 1, Frames(shortImage)), 5e-4);
        Close(expected, "fusion.short.audio_embed", model.EmbedAudio([new() { Samples = shortWave, SampleRate = 48000 }]).ToArray<float>(), 1e-4);
        var both = model.EmbedAudio([.. LaionInputs.Clips("laion_clap", "fusion.batch").Select(wave => new Audio.AudioClip { Samples = wave, SampleRate = 48000 })]);
        Close(expected, "fusion.batch.audio_embed", both.ToArray<float>(), 1e-4);
    }

    [Fact]
    public void Quantise_ProbeValues_AreTheReferences()
    {
        var expected = HashClap.Fixture("laion-clap", "laion_clap");
        Assert.Equal(expected["quantise.out"].Floats(), expected["quantise.in"].Floats().Select(LaionClapModel.Quantise));
    }

    [Fact]
    public void Resample_ToMsClapsRate_EqualsTheWrappers()
    {
        var expected = HashClap.Fixture("ms-clap", "resample");
        foreach (var entry in MsInputs["resample"].EnumerateObject())
        {
            var clip = entry.Value.GetProperty("clips")[0];
            var resampler = new Audio.Resampler(clip.GetProperty("sample_rate").GetInt32(), entry.Value.GetProperty("target_rate").GetInt32());
            var wave = resampler.Resample(MsInputs.Samples(clip));
            using var length = Tensor.From(expected[entry.Name + ".length"]);
            Assert.Equal(length.ToArray<long>()[0], wave.Length);
            var middle = entry.Value.GetProperty("mid_start").GetInt32();
            Close(expected, entry.Name + ".head", wave[..256], 1e-5);
            Close(expected, entry.Name + ".mid", wave[middle..(middle + 256)], 1e-5);
            Close(expected, entry.Name + ".tail", wave[^256..], 1e-5);
        }
    }

    private static void CheckAudio(IReadOnlyDictionary<string, StoredTensor> expected, MsClapModel model, EncoderOutput output, Tensor waves)
    {
        Close(expected, "audio.base_embedding", output.Clip.ToArray<float>(), 2e-5, 1e-4);
        Close(expected, "audio.clipwise_first64", output.TagLogits!.Narrow(1, 0, 64).Sigmoid().ToArray<float>(), 1e-4);
        var vectors = model.EncodeWaves(waves);
        Close(expected, "audio.embed", vectors.ToArray<float>(), 1e-4, 1e-4);
        // Alone, from samples in memory: the same vectors.
        var alone = model.EmbedAudio([new() { Samples = waves.Select(0, 1).ToArray<float>(), SampleRate = model.SampleRate }]);
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

    private static int CheckLayer(IReadOnlyDictionary<string, StoredTensor> expected, string prefix, int layer, Tensor value, Tensor mask)
    {
        var name = prefix + (layer < 0 ? "embeddings" : $"encoder.layer.{layer}");
        if (!expected.TryGetValue(name, out var stored))
            return 0;
        TensorAssert.Close(stored.Floats(), HashHtsAt.Rows(value.Narrow(0, 0, stored.Shape[0]), 1, Places(mask)), 1e-4, name, 1e-4);
        return 1;
    }

    // The tokens of the first text.
    private static long Length(Tensor mask) => mask.Select(0, 0).Sum().Item().ToInt64();

    // The fixtures hold a layer at three places: the first, the second and the first text's last.
    private static long[] Places(Tensor mask) => [0, 1, Length(mask) - 1];

    // And a log-mel image at four.
    private static long[] Frames(Tensor logMel) => [0, 1, logMel.Size(2) / 2, logMel.Size(2) - 1];

    private static Tensor Waves(IReadOnlyDictionary<string, StoredTensor> expected, string file, int window)
    {
        var clip = MsInputs[file].GetProperty("clips")[0];
        var wave = MsInputs.Samples(clip, expected);
        var rows = clip.GetProperty("rows").GetInt32();
        Assert.Equal(window, wave.Length / rows);
        return Tensor.From<float>(wave, rows, window);
    }

    private static float[] LaionWave(IReadOnlyDictionary<string, StoredTensor> expected, string entry) =>
        LaionInputs.Samples(LaionInputs["laion_clap", entry].GetProperty("clips")[0], expected);

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
