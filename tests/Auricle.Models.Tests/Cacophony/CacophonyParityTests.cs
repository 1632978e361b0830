using System.Text.Json;
using Auricle.Audio;
using Auricle.Evaluation.Neural;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.FrontEnds;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests.Cacophony;

/// <summary>Cacophony at full size against the references' numbers.</summary>
[Collection("tensors")]
[NoLeaks]
public sealed class CacophonyParityTests(HashCacophony shared) : IClassFixture<HashCacophony>
{
    private static readonly IReadOnlyDictionary<string, Torch.Checkpoints.StoredTensor> Expected = HashCacophony.Expected;

    [Fact]
    public void Load_Checkpoint_HasThePublishedWeights()
    {
        foreach (var check in HashCacophony.Notes.GetProperty("weight_checks").EnumerateObject())
        {
            float[] first = [.. check.Value.GetProperty("first").EnumerateArray().Select(value => value.GetSingle())];
            Assert.Equal(first, shared.Stored[check.Name].Floats()[..first.Length]);
        }
        Assert.Equal(HashCacophony.Keys.Sum(key => key.Shape.Aggregate(1L, (all, size) => all * size)), shared.Model.Weights.Entries.Sum(entry => entry.Tensor.ElementCount));
        Assert.Equal(HashCacophony.Notes.GetProperty("exp_logit_scale").GetDouble(), shared.Model.LogitScale, 1e-6);
    }

    [Fact]
    public void Filters_BothProfiles_AreThoseOfTheReferences()
    {
        TensorAssert.Close(Expected["mel_fb_tf"].Floats(), MagnitudeMel.Filters(AudioMaeConfig.Jax.Mel), 2e-5, "TensorFlow");
        TensorAssert.Close(Expected["mel_fb_torch"].Floats(), MagnitudeMel.Filters(AudioMaeConfig.Torch.Mel), 2e-5, "torch");
    }

    [Theory]
    [InlineData("jax")]
    [InlineData("torch")]
    public void Hear_EveryClip_EqualsTheReference(string profile)
    {
        using var scope = TensorScope.Begin();
        var embeddings = new Dictionary<string, Tensor>();
        foreach (var clip in HashCacophony.Clips(profile))
        {
            var id = clip.GetProperty("id").GetString()!;
            // The resampler's output stands in the tensors only.
            var isNoted = HashCacophony.Notes.GetProperty("clips").GetProperty(id).TryGetProperty(profile, out var notes);
            Assert.True(isNoted, id);
            void Rows(string name, string rows, Tensor values, double tolerance) => TensorAssert.Close(
                Expected[$"{profile}.{id}.{name}"], values.Select(0, 0).IndexSelect(0, Places(notes.GetProperty(rows))), tolerance, $"{id} {name}");
            var patches = shared.Patches(profile, clip, (name, values) =>
            {
                if (name == "image")
                    Rows("mel", "frame_rows", values, 2e-4);
                else if (name == "patches")
                    Rows("patches", "patch_rows", values, 2e-4);
                else if (name == "input")
                    Rows("enc_in", "token_rows", values, 2e-4);
                else if (Expected.ContainsKey($"{profile}.{id}.enc_l{name["layers.".Length..]}"))
                    Rows($"enc_l{name["layers.".Length..]}", "token_rows", values, 5e-4);
            });
            Rows("enc_out", "token_rows", patches, 2e-4);
            Assert.Equal(notes.GetProperty("valid_patches").GetInt32(), patches.Size(1));
            CheckPlaces($"{profile}.{id}", patches.Size(1));
            var vector = shared.Pool(profile, patches);
            TensorAssert.Close(Expected[$"{profile}.{id}.embed"], vector.Select(0, 0), 2e-4, $"{id} vector");
            embeddings[id] = vector.Div(vector.Norm());
            TensorAssert.Close(Expected[$"{profile}.{id}.embed_norm"], embeddings[id].Select(0, 0), 2e-5, $"{id} vector of length 1");
        }
        var rows = HashCacophony.Notes.GetProperty($"{profile}.logit_rows").EnumerateArray().Select(id => embeddings[id.GetString()!]).ToArray();
        var logits = shared.Model.Similarity(Tensor.Cat(rows), Tensor.Cat([.. Texts().Select(text => shared.Model.EncodeTokens(text.Ids, text.Mask))]));
        TensorAssert.Close(Expected[$"{profile}.at_logits"], logits, 1e-4);
        TensorAssert.Close(Expected[$"{profile}.ta_logits"], logits.T().Contiguous(), 1e-4);
    }

    [Fact]
    public void EncodeText_EveryText_EqualsTheReference()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        foreach (var (i, text) in Texts().Index())
        {
            void Rows(string name, Tensor values)
            {
                if (Expected.TryGetValue($"text.{i}.{name}", out var expected))
                    TensorAssert.Close(expected, values.Select(0, 0).IndexSelect(0, Places(HashCacophony.Notes.GetProperty("text_rows")[i])), 2e-4, $"text {i} {name}");
            }
            var hidden = shared.Model.Decoder.EncodeText(text.Ids, text.Mask, observe: (layer, values) => Rows(layer < 0 ? "emb" : $"l{layer}", values));
            var vector = shared.Model.PoolText(hidden, text.Mask);
            TensorAssert.Close(Expected[$"text.{i}.embed"], vector.Select(0, 0), 2e-4, $"text {i}");
            TensorAssert.Close(Expected[$"text.{i}.embed_norm"], vector.Div(vector.Norm()).Select(0, 0), 1e-4, $"text {i} of length 1");
            // What fills a text up plays no part.
            var length = text.Mask.ToArray<long>().Sum();
            var cut = shared.Model.EncodeTokens(text.Ids.Narrow(1, 0, length), text.Mask.Narrow(1, 0, length));
            TensorAssert.Close(Expected[$"text.{i}.embed"], cut.Select(0, 0), 2e-4, $"text {i} without padding");
        }
    }

    [Fact]
    public void Forward_ForcedPrefixes_EqualTheReference()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        foreach (var id in DecodedClips())
        {
            var memory = shared.Patches("torch", HashCacophony.Clip(id));
            var prefix = Tensor.From(Expected[$"dec.{id}.prefix"]).To(DType.Int64).Unsqueeze(0);
            var text = shared.Model.Decoder.EncodeText(prefix);
            var logits = shared.Model.Decoder.Forward(text, null, memory, observe: (layer, values) =>
            {
                if (Expected.TryGetValue($"dec.{id}.l{layer}", out var expected))
                    TensorAssert.Close(expected, values.Select(0, 0), 5e-4, $"{id} layer {layer}");
            }).Select(0, 0);
            var vocabulary = logits.Size(1);
            TensorAssert.Close(Expected[$"dec.{id}.logits_first64"], logits.Narrow(1, 0, 64), 1e-3, id);
            TensorAssert.Close(Expected[$"dec.{id}.logits_last64"], logits.Narrow(1, vocabulary - 64, 64), 1e-3, id);
            if (Expected.TryGetValue($"dec.{id}.logits_last_position", out var last))
                TensorAssert.Close(last, logits.Select(0, logits.Size(0) - 1), 2e-3, id);
            var rows = logits.ToArray<float>().Chunk((int)vocabulary).ToArray();
            var ids = Tensor.From(Expected[$"dec.{id}.top8_ids"]).ToArray<int>().Chunk(8).ToArray();
            var best = Expected[$"dec.{id}.top8"].Floats().Chunk(8).ToArray();
            var sums = Tensor.From(Expected[$"dec.{id}.logsumexp"]).ToArray<double>();
            for (var i = 0; i < rows.Length; i++)
            {
                Assert.Equal(ids[i], Logits.Top(rows[i], 8));
                TensorAssert.Close(best[i], [.. ids[i].Select(token => rows[i][token])], 2e-3, $"{id} best {i}");
                Assert.Equal(sums[i], Logits.LogSum(rows[i]), 2e-3);
            }
            var candidates = new Sampling { Temperature = 0.1 }.Candidates(rows[^1]).Take(8).ToList();
            Assert.Equal(Tensor.From(Expected[$"dec.{id}.softmax_t01_top8_ids"]).ToArray<int>(), candidates.Select(candidate => candidate.Token));
            TensorAssert.Close(Expected[$"dec.{id}.softmax_t01_top8"].Floats(), [.. candidates.Select(candidate => (float)candidate.Probability)], 1e-7, id, 3e-2);
        }
    }

    [Fact]
    public void Write_WithKeptKeysAndValues_GivesTheReferencesTokens()
    {
        using var scope = TensorScope.Begin();
        foreach (var id in DecodedClips())
        {
            var expected = Tensor.From(Expected[$"dec.{id}.greedy_ids"]).ToArray<int>();
            using var session = shared.Model.Decoder.Begin(shared.Patches("torch", HashCacophony.Clip(id)));
            var found = TextDecoding.Run(session, [[expected[0]]], new DecodingOptions { Search = new BeamSearch { Size = 1 }, MaximumLength = expected.Length - 1 });
            Assert.Equal(expected[1..], found[0].Best.Tokens);
        }
    }

    [Theory]
    [InlineData("jax")]
    [InlineData("torch")]
    public void Encode_ScenesAndEvents_AreThoseOfTheHearBenchmark(string profile)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var clip = HashCacophony.Clip(HashCacophony.Notes.GetProperty("hear").GetProperty("clip").GetString()!);
        var samples = HashCacophony.Samples(clip);
        var encoder = shared.Encoder(profile);
        var image = encoder.Prepare(Tensor.From<float>(samples, 1, samples.Length));
        var output = encoder.Encode(image);
        TensorAssert.Close(Expected[$"hear.{profile}.event"], output.Frames.Select(0, 0), 2e-4);
        TensorAssert.Close(Expected[$"hear.{profile}.stage1_scene_mean"], output.Clip.Select(0, 0), 2e-4);
        var vector = shared.Pool(profile, encoder.EncodePatches(image));
        TensorAssert.Close(Expected[$"hear.{profile}.scene"], vector.Div(vector.Norm()).Select(0, 0), 2e-5);
        Assert.Equal(Expected["hear.timestamps_ms"].ElementCount, encoder.FrameTimes(samples.Length).Length);
    }

    [Fact]
    public void HearEncoder_ScenesFramesAndTimes_AreThoseOfThePublishedWrapper()
    {
        var clip = HashCacophony.Clip(HashCacophony.Notes.GetProperty("hear").GetProperty("clip").GetString()!);
        var sound = AudioClip.FromSamples(HashCacophony.Samples(clip), shared.Model.SampleRate);
        var encoder = new ModelHearEncoder("cacophony", "hash weights", shared.Model);
        TensorAssert.Close(Expected["hear.jax.scene"].Floats(), encoder.Scene(sound), 2e-5, "scene");
        var frames = encoder.Frames(sound);
        TensorAssert.Close(Expected["hear.jax.event"].Floats(), frames.Values, 2e-4, "frames");
        using var scope = TensorScope.Begin();
        var times = Tensor.From(Expected["hear.timestamps_ms"]).ToArray<double>();
        Assert.Equal(times.Length, frames.Times.Length);
        for (var i = 0; i < times.Length; i++)
            Assert.Equal(times[i], 1000 * frames.Times[i], 1e-6);
    }

    [Fact]
    public void Resample_WholeClips_EqualsTheReference()
    {
        foreach (var clip in HashCacophony.Inputs["expected", "resample", "clips"].EnumerateArray())
        {
            var id = clip.GetProperty("id").GetString()!;
            var samples = HashCacophony.Samples(clip);
            Assert.Equal(clip.GetProperty("resampled_samples").GetInt32(), samples.Length);
            TensorAssert.Close(Expected[$"{id}.first64"].Floats(), samples.AsSpan(0, 64), 2e-6, id);
            TensorAssert.Close(Expected[$"{id}.mid64"].Floats(), samples.AsSpan(clip.GetProperty("mid_start").GetInt32(), 64), 2e-6, id);
            TensorAssert.Close(Expected[$"{id}.last64"].Floats(), samples.AsSpan(samples.Length - 64), 2e-6, id);
        }
    }

    [Fact]
    public void FromSamples_TwoChannels_AreAveraged()
    {
        var channels = HashCacophony.Inputs.Clips("expected", "stereo_mean");
        var clip = AudioClip.FromSamples([.. channels[0].Zip(channels[1]).SelectMany(pair => new[] { pair.First, pair.Second })], 16000, 2);
        TensorAssert.Close(Expected["stereo_mean.first64"].Floats(), clip.Samples.AsSpan(0, 64), 1e-7);
    }

    private static IEnumerable<string> DecodedClips() => HashCacophony.Inputs["expected", "dec", "clip_ids"].EnumerateArray().Select(id => id.GetString()!);

    private static IEnumerable<(Tensor Ids, Tensor Mask)> Texts()
    {
        for (var i = 0; Expected.ContainsKey($"text.{i}.ids"); i++)
            yield return (Tensor.From(Expected[$"text.{i}.ids"]).To(DType.Int64).Unsqueeze(0), Tensor.From(Expected[$"text.{i}.mask"]).To(DType.Int64).Unsqueeze(0));
    }

    private static Tensor Places(JsonElement rows)
    {
        long[] places = [.. rows.EnumerateArray().Select(row => row.GetInt64())];
        return Tensor.From<long>(places, places.Length);
    }

    /// <summary>The reference writes down where each patch stands; here that follows from its number.</summary>
    private static void CheckPlaces(string clip, long patches)
    {
        if (!Expected.TryGetValue($"{clip}.mask", out var mask))
            return;
        var (kept, times, rows) = (Tensor.From(mask).ToArray<int>(), Tensor.From(Expected[$"{clip}.time_inds"]).ToArray<int>(), Tensor.From(Expected[$"{clip}.freq_inds"]).ToArray<int>());
        for (var i = 0; i < kept.Length; i++)
            Assert.Equal(i < patches ? (1, i / 8, i % 8) : (0, 0, 0), (kept[i], times[i], rows[i]));
    }
}
