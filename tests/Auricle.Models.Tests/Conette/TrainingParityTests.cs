using System.Text.Json;
using Auricle.Models.Systems.Conette;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Optimisers;

namespace Auricle.Models.Tests.Conette;

[Collection("tensors")]
[NoLeaks]
public sealed class TrainingParityTests(HashModel shared)
{
    private const string Captioner = "model.";

    [Fact]
    public void ThreeSteps_MixedBatch_MatchReference()
    {
        using var scope = TensorScope.Begin();
        var facts = HashModel.Json("training.json");
        var expected = HashModel.Tensors("training.safetensors");
        var config = ConetteConfig.Read(Path.Combine(shared.Folder, "config.json"));
        using var model = ConetteModel.Load(shared.Folder, new ModelLoadOptions { Precision = Precision.Float32, IsTrainable = true });
        // The first sounds that are as many as its captions.
        var input = HashModel.Json("features.json").EnumerateObject().First(entry => entry.Value.GetProperty("audio_shape").GetArrayLength() == facts.GetProperty("captions").GetArrayLength());
        var batch = new ConetteBatch(
            Tensor.From(HashModel.Tensors("features.safetensors")[input.Name + ".frame_embs"]),
            [.. input.Value.GetProperty("audio_shape").EnumerateArray().Select(row => row[1].GetInt64())],
            Tensor.From(expected["caps"]));
        var mixup = new ConetteMixup(facts.GetProperty("lambda").GetDouble(), [.. facts.GetProperty("indexes").EnumerateArray().Select(index => index.GetInt64())]);
        var parameters = Parameters(model, facts);
        var undecayed = facts.GetProperty("groups").EnumerateArray().First(group => group.GetProperty("weight_decay").GetDouble() == 0)
            .GetProperty("names").EnumerateArray().Select(name => Captioner + name.GetString()).ToHashSet();
        using var optimiser = new AdamW(parameters, new AdamWOptions
        {
            Beta1 = config.Betas[0],
            Beta2 = config.Betas[1],
            Epsilon = config.Epsilon,
            WeightDecay = config.WeightDecay,
            Decays = weight => !undecayed.Contains(weight.Name),
        });

        TensorAssert.Close(expected["logits"], MixedLogits(model, batch, mixup), 5e-4, "logits");
        var gradients = new Dictionary<string, float[]>();
        foreach (var step in facts.GetProperty("steps").EnumerateArray())
        {
            var number = step.GetProperty("step").GetInt32();
            optimiser.ZeroGrad();
            var loss = model.ConetteLoss(batch, mixup, training: false, facts.GetProperty("label_smoothing").GetDouble());
            loss.Backward();
            // The first steps of Adam go by the sign of gradients, so later losses follow rounding.
            Assert.Equal(step.GetProperty("loss").GetDouble(), loss.ToDouble(), number == 0 ? 1e-4 : 2e-2);
            var norm = optimiser.ClipGradients(facts.GetProperty("clip").GetDouble());
            if (number == 0)
            {
                var expectedNorm = step.GetProperty("grad_norm_before_clip").GetDouble();
                Assert.Equal(expectedNorm, norm, 1e-4 * expectedNorm);
                CheckGradients(parameters, expected, gradients);
            }
            optimiser.Step(step.GetProperty("lr").GetDouble());
            if (number == 0)
                CheckParameters(parameters, expected, "after1.", (name, i) => Math.Abs(gradients[name][i]) > 1e-7 ? 2e-6 : 1e-3);
        }
        CheckParameters(parameters, expected, "after3.", (_, _) => 5e-4);
    }

    private static List<Weight> Parameters(ConetteModel model, JsonElement facts)
    {
        var byName = model.Weights.Entries.Where(weight => weight.Name.StartsWith(Captioner, StringComparison.Ordinal)).ToDictionary(weight => weight.Name);
        var names = facts.GetProperty("param_order").EnumerateArray().Select(name => Captioner + name.GetString()).ToList();
        Assert.Equal(byName.Keys.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        return [.. names.Select(name => byName[name])];
    }

    private static Tensor MixedLogits(ConetteModel model, ConetteBatch batch, ConetteMixup mixup)
    {
        using var noGrad = NoGrad.Begin();
        var inputs = batch.Captions.Narrow(1, 0, batch.Captions.Size(1) - 1);
        var permutation = Tensor.From<long>([.. mixup.Permutation], mixup.Permutation.Count);
        Tensor Mix(Tensor values) => values.Mul(mixup.Weight).Add(values.IndexSelect(0, permutation).Mul(1 - mixup.Weight));
        var counts = batch.FrameCounts.Select((count, i) => Math.Max(count, batch.FrameCounts[(int)mixup.Permutation[i]])).ToArray();
        var logits = model.Logits(
            model.Project(Mix(batch.Frames), training: false),
            ConetteModel.FramePadding(counts, batch.Frames.Size(1)),
            Mix(model.EmbedTokens(inputs)),
            inputs.Eq(0),
            training: false);
        return logits.Transpose(1, 2);
    }

    private static void CheckGradients(List<Weight> parameters, IReadOnlyDictionary<string, Torch.Checkpoints.StoredTensor> expected, Dictionary<string, float[]> gradients)
    {
        var norms = expected["grad_norm_per_param"].Floats();
        var largest = norms.Max();
        for (var i = 0; i < parameters.Count; i++)
            Assert.Equal(norms[i], parameters[i].Tensor.Grad!.Norm().ToDouble(), 1e-3 * largest);
        foreach (var (key, stored) in expected.Where(pair => pair.Key.StartsWith("grad_clipped.", StringComparison.Ordinal)))
        {
            var name = key["grad_clipped.".Length..];
            var values = stored.Floats();
            gradients[name] = values;
            TensorAssert.Close(values, Corner(Find(parameters, name).Grad!, stored.Shape), 1e-3 * values.Max(Math.Abs), key);
        }
    }

    private static void CheckParameters(
        List<Weight> parameters, IReadOnlyDictionary<string, Torch.Checkpoints.StoredTensor> expected, string prefix, Func<string, int, double> tolerance)
    {
        foreach (var (key, stored) in expected.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var name = key[prefix.Length..];
            var values = stored.Floats();
            var actual = Corner(Find(parameters, name), stored.Shape);
            for (var i = 0; i < values.Length; i++)
            {
                if (!(Math.Abs(values[i] - actual[i]) <= tolerance(name, i)))
                    Assert.Fail($"{key}: element {i} is {actual[i]:g9}, expected {values[i]:g9} ± {tolerance(name, i):g3}");
            }
        }
    }

    private static Tensor Find(List<Weight> parameters, string name) => parameters.First(weight => weight.Name == Captioner + name).Tensor;

    private static float[] Corner(Tensor values, IReadOnlyList<long> shape) =>
        values.Detach().Reshape(values.Size(0), -1).Slice(0, 0, shape[0]).Slice(1, 0, shape[1]).ToArray<float>();
}
