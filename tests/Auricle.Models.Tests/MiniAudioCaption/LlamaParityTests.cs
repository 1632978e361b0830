using System.Text.Json;
using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Optimisers;

namespace Auricle.Models.Tests.MiniAudioCaption;

/// <summary>The Llama-style decoder of mini audio caption against the reference's numbers.</summary>
[Collection("tensors")]
[NoLeaks]
public sealed class LlamaParityTests(HashLlama shared) : IClassFixture<HashLlama>
{
    private const double Relative = 1e-4;

    [Fact]
    public void Load_Checkpoint_HasThePublishedWeights()
    {
        foreach (var (name, weight) in new[] { ("wte", "wte.weight"), ("c_attn", "blocks.0.att.c_attn.weight"), ("norm", "blocks.0.att_norm.scale") })
        {
            var values = shared.Weights.Single(entry => entry.Name == weight).Tensor.ToArray<float>();
            Assert.Equal(HashLlama.Expected[$"weights.check_{name}_first8"].Floats(), values[..8]);
        }
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("llama-caption"), "llama_caption.json")));
        Assert.Equal(document.RootElement.GetProperty("state_dict_tensors").GetInt32(), shared.Weights.Count + 1); // and the rotary table
        Assert.Equal(document.RootElement.GetProperty("parameters").GetInt64(), shared.Weights.Sum(entry => entry.Tensor.ElementCount));
    }

    [Fact]
    public void Rotation_Table_MatchesReference()
    {
        using var scope = TensorScope.Begin();
        long[] places = [0, 1, 2, 31, shared.Decoder.Config.Positions - 1];
        var rows = Tensor.From<long>(places, places.Length);
        var (cosines, sines) = shared.Decoder.Rotation;
        var table = Tensor.Stack([cosines.IndexSelect(0, rows), sines.IndexSelect(0, rows)], -1).ToArray<float>();
        var expected = HashLlama.Expected["rope.rows"].Floats();
        var row = expected.Length / places.Length;
        for (var i = 0; i < places.Length; i++)
            TensorAssert.Close(expected.AsSpan(i * row, row), table.AsSpan(i * row, row), i == places.Length - 1 ? 1e-4 : 1e-6, $"position {places[i]}");
    }

    [Fact]
    public void Forward_ForcedTexts_MatchesReferenceAtEveryStep()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var (latents, ids) = Forced();
        var inside = new Dictionary<string, (double Tolerance, double Relative)>
        {
            ["input"] = (1e-5, 0),
            ["0.att_norm"] = (1e-4, 0),
            ["0.att"] = (1e-4, 0),
            ["0.mlp"] = (1e-4, 0),
            ["0.out"] = (2e-4, Relative),
            ["5.out"] = (2e-4, Relative),
            ["11.out"] = (2e-4, Relative),
            ["ln_f"] = (2e-4, 0),
        };
        var seen = 0;
        var (audio, text) = shared.Decoder.Forward(latents, ids, (name, values) =>
        {
            if (!inside.TryGetValue(name, out var allowed))
                return;
            seen++;
            var expected = HashLlama.Expected[name switch
            {
                "input" => "forced.latent_in",
                "ln_f" => "forced.ln_f",
                _ => $"forced.block{name.Replace('.', '_')}",
            }];
            var rows = values.Narrow(0, 0, expected.Shape[0]);
            rows = name == "ln_f" ? rows.IndexSelect(1, Tensor.From<long>([0, 1, 15, 30], 4)) : rows.Narrow(1, 0, expected.Shape[1]);
            TensorAssert.Close(expected.Floats(), rows.ToArray<float>(), allowed.Tolerance, name, allowed.Relative);
            if (name == "input")
                CompareRotation(values);
        });
        Assert.Equal(inside.Count, seen);
        TensorAssert.Close(HashLlama.Expected["forced.audio_head"], audio.Narrow(0, 0, 2), 2e-4, "audio head");
        TensorAssert.Close(HashLlama.Expected["forced.text_logits"], text.Narrow(0, 0, 2).IndexSelect(1, Tensor.From<long>([0, 1, 11, 29], 4)).Narrow(2, 0, 2048), 2e-4, "logits");

        var margins = HashLlama.Expected["forced.text_margin"].Floats();
        var best = text.Argmax(-1).ToArray<long>();
        var expectedBest = Tensor.From(HashLlama.Expected["forced.text_argmax"]).ToArray<long>();
        Assert.All(Enumerable.Range(0, best.Length).Where(i => margins[i] >= 1e-2), i => Assert.Equal(expectedBest[i], best[i]));
        TensorAssert.Close(HashLlama.Expected["forced.loss"].Floats(), [(float)Loss(text, ids).ToDouble()], 1e-4, "loss");

        foreach (var entry in HashLlama.Inputs["llama_caption", "topk"].EnumerateArray())
        {
            var logits = text.Select(0, entry.GetProperty("row").GetInt64()).Select(0, entry.GetProperty("position").GetInt64()).ToArray<float>();
            CompareCandidates(entry, logits);
        }
    }

    [Fact]
    public void Begin_LatentsTogether_WritesTheReferencesGreedyTexts()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var latents = Latents();
        using var session = shared.Decoder.Begin(Tensor.Stack([.. latents.Select(latent => latent.Values)]).Unsqueeze(1));
        CompareGreedy(session, [.. latents.Select(latent => latent.Id)]);
    }

    [Fact]
    public void Forward_EachPrefixAnew_WritesTheReferencesGreedyTexts()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var latents = Latents();
        using var uncached = new UncachedLlama(shared.Decoder, Tensor.Stack([.. latents.Select(latent => latent.Values)]).Unsqueeze(1));
        CompareGreedy(uncached, [.. latents.Select(latent => latent.Id)]);
    }

    [Fact]
    public void Training_TwoSteps_MatchReference()
    {
        using var scope = TensorScope.Begin();
        using var store = HashLlama.Load(shared.File, isTrainable: true);
        var decoder = new LlamaDecoder(new LlamaConfig(), store.Root);
        var settings = HashLlama.Inputs["llama_caption", "train"];
        using var optimiser = new AdamW(store.Entries, new AdamWOptions
        {
            Beta1 = settings.GetProperty("betas")[0].GetDouble(),
            Beta2 = settings.GetProperty("betas")[1].GetDouble(),
            Epsilon = settings.GetProperty("epsilon").GetDouble(),
            WeightDecay = settings.GetProperty("weight_decay").GetDouble(),
        });
        var losses = new List<float>();
        var (latents, ids) = Forced();
        var steps = settings.GetProperty("steps").GetInt32();
        for (var step = 0; step < steps; step++)
        {
            using var inner = TensorScope.Begin();
            var loss = Loss(decoder.Forward(latents, ids).Text, ids);
            losses.Add((float)loss.ToDouble());
            loss.Backward();
            if (step == 0)
                CompareGradientNorms(store);
            // The stored values are those of the last step, the stored norms those of the first.
            if (step == steps - 1)
                CompareGradients(store);
            optimiser.Step(settings.GetProperty("learning_rate").GetDouble());
            optimiser.ZeroGrad();
        }
        using (NoGrad.Begin())
            losses.Add((float)Loss(decoder.Forward(latents, ids).Text, ids).ToDouble());
        TensorAssert.Close(HashLlama.Expected["train.losses"].Floats(), losses.ToArray(), 2e-3, "losses");
        ForEachProbe(store, "train.after2.", (name, expected, tensor) => TensorAssert.Close(expected, tensor.Reshape(-1).Narrow(0, 0, expected.Length).ToArray<float>(), 3e-5, name));
    }

    private static void CompareGradients(WeightStore store)
    {
        using var noGrad = NoGrad.Begin();
        ForEachProbe(store, "train.grad.", (name, expected, tensor) =>
            TensorAssert.Close(expected, tensor.Grad!.Reshape(-1).Narrow(0, 0, expected.Length).ToArray<float>(), 1e-6, name, 1e-3));
    }

    private static void CompareGradientNorms(WeightStore store)
    {
        using var noGrad = NoGrad.Begin();
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("llama-caption"), "llama_caption.json")));
        var norms = document.RootElement.GetProperty("grad_norms_step1").EnumerateObject().ToDictionary(norm => norm.Name, norm => norm.Value);
        foreach (var entry in store.Entries.Where(entry => norms.ContainsKey(entry.Name) && norms[entry.Name].ValueKind == JsonValueKind.Number))
        {
            var expected = norms[entry.Name].GetDouble();
            Assert.Equal(expected, entry.Tensor.Grad?.Norm().ToDouble() ?? 0, 1e-3 * expected + 1e-6);
        }
    }

    private static void ForEachProbe(WeightStore store, string prefix, Action<string, float[], Tensor> compare)
    {
        var probes = HashLlama.Expected.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(probes);
        foreach (var (name, expected) in probes)
            compare(name, expected.Floats(), store.Entries.Single(entry => entry.Name == name[prefix.Length..]).Tensor);
    }

    private void CompareRotation(Tensor input)
    {
        var expected = HashLlama.Expected["forced.q_after_rope_probe"];
        var length = expected.Shape[1];
        var heads = input.Narrow(0, 0, expected.Shape[0]).Narrow(1, 0, length).Contiguous().View([.. expected.Shape]);
        var (cosines, sines) = shared.Decoder.Rotation;
        TensorAssert.Close(expected, new Rotary(cosines.Narrow(0, 0, length), sines.Narrow(0, 0, length)).Turn(heads), 1e-5, "rotation");
        var rows = heads.ToArray<float>();
        var (width, half) = (shared.Decoder.Config.Width, shared.Decoder.Config.HeadWidth / 2);
        for (var i = 0; i < rows.Length / width; i++)
            Auricle.Models.Decoders.Rows.RowMath.Rotate(rows.AsSpan(i * width, width), cosines.Span<float>().Slice(i * half, half), sines.Span<float>().Slice(i * half, half));
        TensorAssert.Close(expected.Floats(), rows, 1e-5, "rotation of rows");
    }

    private static void CompareCandidates(JsonElement entry, float[] logits)
    {
        var name = entry.GetProperty("tensor").GetString()!;
        var expectedIds = Tensor.From(HashLlama.Expected[$"{name}.ids"]).ToArray<long>();
        var expected = HashLlama.Expected[$"{name}.probs"].Floats();
        var found = new Sampling { TopK = entry.GetProperty("k").GetInt32(), Temperature = entry.GetProperty("temperature").GetDouble() }.Candidates(logits);
        Assert.Equal(expectedIds.Order(), found.Select(candidate => (long)candidate.Token).Order());
        TensorAssert.Close(expected, [.. found.Select(candidate => (float)candidate.Probability)], 1e-6, name, 1e-3);
        for (var i = 0; i < found.Count; i++)
            Assert.True(found[i].Token == expectedIds[i] || Math.Abs(expected[i] - expected[Array.IndexOf(expectedIds, (long)found[i].Token)]) <= 1e-6, $"{name}: candidate {i}");
    }

    private static void CompareGreedy(IStepModel model, IReadOnlyList<string> ids)
    {
        var greedy = HashLlama.Inputs["llama_caption", "greedy"];
        var steps = greedy.GetProperty("new_tokens").GetInt32();
        var expected = ids.Select(id => Tensor.From(HashLlama.Expected[$"greedy.{id}.ids"]).ToArray<long>()).ToArray();
        var tops = ids.Select(id => HashLlama.Expected[$"greedy.{id}.top2_logits"].Floats()).ToArray();
        var tokens = Enumerable.Repeat(greedy.GetProperty("start_token").GetInt32(), ids.Count).ToArray();
        for (var step = 0; step < steps; step++)
        {
            var logits = model.Advance(tokens);
            for (var row = 0; row < ids.Count; row++)
            {
                var after = logits.Slice(row * model.VocabularySize, model.VocabularySize);
                var best = Logits.Top(after, 2);
                Assert.Equal(expected[row][step + 1], best[0]);
                TensorAssert.Close(tops[row].AsSpan(2 * step, 2), [after[best[0]], after[best[1]]], 1e-3, $"{ids[row]}, step {step}");
                tokens[row] = best[0];
            }
        }
    }

    private static List<(string Id, Tensor Values)> Latents() => [.. HashLlama.Inputs["llama_caption", "greedy"].GetProperty("latents").EnumerateArray().Select(entry => (
        entry.GetProperty("id").GetString()!,
        Tensor.From(HashLlama.Expected[entry.GetProperty("tensor").GetString()!]).Select(0, entry.GetProperty("row").GetInt64())))];

    private static (Tensor Latents, Tensor Ids) Forced() =>
        (Tensor.From(HashLlama.Expected["forced.latent"]).Unsqueeze(1), Tensor.From(HashLlama.Expected["forced.ids"]));

    private static Tensor Loss(Tensor logits, Tensor ids)
    {
        var length = ids.Size(1) - 1;
        return logits.Narrow(1, 0, length).Reshape(-1, logits.Size(2)).CrossEntropyLoss(ids.Narrow(1, 1, length).Reshape(-1), ignoreIndex: 0);
    }
}
