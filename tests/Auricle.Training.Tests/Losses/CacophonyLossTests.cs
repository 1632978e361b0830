using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training.Tests;

/// <summary>The losses of Cacophony's second stage and their gradients, on the logits that the reference computed.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CacophonyLossTests
{
    private static readonly IReadOnlyDictionary<string, StoredTensor> Expected =
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder("cacophony"), "expected.safetensors"), out _);

    [Fact]
    public void Contrast_LogitsOfTheReference_IsTheSumOfBothDirections()
    {
        foreach (var profile in new[] { "torch", "jax" })
        {
            using var scope = TensorScope.Begin();
            var all = Tensor.From(Expected[$"{profile}.at_logits"]);
            var pairs = (int)Math.Min(all.Size(0), all.Size(1));
            var logits = Leaf(all.Narrow(0, 0, pairs).Narrow(1, 0, pairs));
            var loss = CacophonyLoss.Contrast(logits);
            loss.Backward();

            // The formula, with the reference's own transpose for the second direction.
            var (rows, columns) = (Rows(all, pairs), Rows(Tensor.From(Expected[$"{profile}.ta_logits"]), pairs));
            var sum = 0.0;
            var gradient = new double[pairs * pairs];
            for (var i = 0; i < pairs; i++)
            {
                sum -= rows[i][i] - LogSum(rows[i]) + columns[i][i] - LogSum(columns[i]);
                for (var j = 0; j < pairs; j++)
                {
                    gradient[i * pairs + j] += (Math.Exp(rows[i][j] - LogSum(rows[i])) - (i == j ? 1 : 0)) / pairs;
                    gradient[j * pairs + i] += (Math.Exp(columns[i][j] - LogSum(columns[i])) - (i == j ? 1 : 0)) / pairs;
                }
            }
            Assert.Equal(sum / pairs, loss.ToDouble(), 1e-5);
            Same(gradient, logits.Grad!.ToArray<float>(), 1e-6);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Captions_LogitsOfTheReference_AreAveragedOverFillingToo(double smoothing)
    {
        using var scope = TensorScope.Begin();
        // The same logits at each place of two captions, of which the second ends sooner.
        var row = Tensor.From(Expected["dec.tone_a.logits_last_position"]);
        var values = row.ToArray<float>();
        var tokens = values.Length;
        const int Length = 5, Filled = 12;
        var logits = Leaf(row.View(1, 1, tokens).Repeat(2, Length, 1));
        long[] ids = [0, 250, 2335, 16, 2, 0, 8791, 2, 1, 1], mask = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
        var loss = CacophonyLoss.Captions(logits, Tensor.From<long>(ids, 2, Length), Tensor.From<long>(mask, 2, Length), Filled, smoothing);
        loss.Backward();

        var logSum = Tensor.From(Expected["dec.tone_a.logsumexp"]).ToArray<double>()[^1];
        var mean = values.Average(value => (double)value);
        var places = 2 * (Filled - 1);
        var gradient = logits.Grad!.ToArray<float>();
        var sum = 0.0;
        for (var i = 0; i < ids.Length; i++)
        {
            var counts = i % Length < Length - 1 && mask[i + 1] == 1;
            var own = gradient.AsSpan(i * tokens, tokens).ToArray();
            if (!counts)
            {
                Assert.All(own, value => Assert.Equal(0, value));
                continue;
            }
            sum += logSum - (1 - smoothing) * values[ids[i + 1]] - smoothing * mean;
            Same([.. values.Select((value, token) => (Math.Exp(value - logSum) - smoothing / tokens - (token == ids[i + 1] ? 1 - smoothing : 0)) / places)], own, 1e-6);
        }
        Assert.Equal(sum / places, loss.ToDouble(), 1e-4);
        Assert.Throws<ArgumentOutOfRangeException>(() => CacophonyLoss.Captions(logits, Tensor.From<long>(ids, 2, Length), Tensor.From<long>(mask, 2, Length), Length - 1));
    }

    private static Tensor Leaf(Tensor values)
    {
        var leaf = Tensor.From<float>(values.ToArray<float>(), values.Shape);
        leaf.RequiresGrad = true;
        return leaf;
    }

    private static double[][] Rows(Tensor all, int size) =>
        [.. all.ToArray<float>().Chunk((int)all.Size(1)).Take(size).Select(row => row.Take(size).Select(value => (double)value).ToArray())];

    private static double LogSum(double[] row) => Math.Log(row.Sum(Math.Exp));

    private static void Same(double[] expected, float[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(found[i], expected[i] - tolerance, expected[i] + tolerance);
    }
}
