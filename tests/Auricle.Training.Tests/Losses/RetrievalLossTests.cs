using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training.Tests;

/// <summary>Losses and their gradients against the reference's numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class RetrievalLossTests
{
    private const double LossTolerance = 1e-5;
    private const double GradientTolerance = 1e-4;

    private static readonly FixtureInputs Inputs = FixtureInputs.Read("retrieval");
    private static readonly IReadOnlyDictionary<string, StoredTensor> Expected =
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder("retrieval"), "losses.safetensors"), out _);

    [Fact]
    public void EveryLossOfTheFixture_EqualsTheReference()
    {
        var compared = 0;
        foreach (var entry in Inputs["losses"].EnumerateObject())
        {
            using var scope = TensorScope.Begin();
            if (entry.Value.TryGetProperty("temperature", out var temperature))
                CheckInfoNce(entry.Name, temperature.GetDouble());
            else
                CheckEstimated(entry.Name);
            compared++;
        }
        Assert.True(compared >= 7, $"{compared} losses were compared.");
    }

    [Fact]
    public void LogitsOfAnotherSize_AreRefused()
    {
        using var scope = TensorScope.Begin();
        var error = Assert.Throws<ArgumentException>(() => RetrievalLoss.InfoNce(Tensor.Zeros([3, 2]), [0, 1, 2]));
        Assert.Contains("[3, 2]", error.Message, StringComparison.Ordinal);
    }

    private static void CheckInfoNce(string name, double temperature)
    {
        var options = Inputs["losses", name];
        var (audio, text) = (Leaf($"{name}.A"), Leaf($"{name}.T"));
        var ids = options.GetProperty("clip_ids").EnumerateArray().Select(id => id.GetString()!).ToList();
        var likeness = options.GetProperty("similarity").GetString() == "dot_product" ? audio.Matmul(text.T()) : RetrievalLoss.Cosines(audio, text);
        var loss = RetrievalLoss.InfoNce(likeness.Div(temperature), [.. ids.Select(id => ids.IndexOf(id))]);
        loss.Backward();
        Same($"{name}.loss", loss, LossTolerance);
        Same($"{name}.grad_A", audio.Grad!, GradientTolerance);
        Same($"{name}.grad_T", text.Grad!, GradientTolerance);
    }

    private static void CheckEstimated(string name)
    {
        var options = Inputs["losses", name];
        var (audio, text) = (Leaf("salsa.A"), Leaf("salsa.S"));
        var tau = Tensor.From<float>([(float)options.GetProperty("tau").GetDouble()], 1);
        tau.RequiresGrad = true;
        var index = Tensor.From(Expected["salsa.clip_index"]);
        int[] clips = [.. index.ToArray<long>().Select(clip => (int)clip)];
        var logits = RetrievalLoss.Cosines(audio, text).Div(tau.Abs());
        var supervised = RetrievalLoss.Contrastive(logits, clips);
        var teachers = options.GetProperty("teachers").GetInt32();
        Tensor? distilled = null;
        if (teachers > 0)
        {
            var sounds = Tensor.From(Expected["salsa.teacher_audio"]).IndexSelect(0, index);
            var sentences = Tensor.From(Expected["salsa.teacher_sentence"]);
            var estimates = Enumerable.Range(0, teachers).Select(teacher => RetrievalLoss.Cosines(sounds.Select(1, teacher), sentences.Select(1, teacher)));
            distilled = RetrievalLoss.Distillation(logits, Tensor.Stack([.. estimates]).Mean([0]).Div(tau.Abs()));
            Same($"{name}.logged_distill", distilled, LossTolerance);
        }
        var loss = RetrievalLoss.Combine(supervised, distilled, options.GetProperty("loss_weight").GetDouble(), options.GetProperty("distill_weight").GetDouble());
        loss.Backward();
        Same($"{name}.logged_train_loss", supervised, LossTolerance);
        Same($"{name}.loss", loss, LossTolerance);
        Same($"{name}.grad_A", audio.Grad!, GradientTolerance);
        Same($"{name}.grad_S", text.Grad!, GradientTolerance);
        Same($"{name}.grad_tau", tau.Grad!, GradientTolerance);
    }

    private static Tensor Leaf(string name)
    {
        var tensor = Tensor.From(Expected[name]).Clone();
        tensor.RequiresGrad = true;
        return tensor;
    }

    private static void Same(string name, Tensor actual, double tolerance)
    {
        using var noGrad = NoGrad.Begin();
        var expected = Tensor.From(Expected[name]).ToArray<float>();
        var values = actual.ToArray<float>();
        Assert.Equal(expected.Length, values.Length);
        var largest = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - values[i]) <= tolerance * largest, $"{name}[{i}] is {values[i]}, expected {expected[i]}");
    }
}
