using System.Diagnostics;
using Auricle.Testing;

namespace Auricle.Torch.Tests.Engine;

[NoLeaks]
[Collection("tensors")]
public sealed class ConcurrencyTests
{
    // Sums of another order, since a thread that is started later may share an operation among more processors.
    private const float Tolerance = 1e-5f;

    [Fact]
    public void Compute_WhileCollecting_GivesTheSameNumbers() => ComputeWhileCollecting(TimeSpan.FromSeconds(3));

    [Fact]
    [Trait("Category", "Slow")]
    public void Compute_WhileCollectingForAMinute_GivesTheSameNumbers() => ComputeWhileCollecting(TimeSpan.FromMinutes(1));

    [Fact]
    public void Compute_OnEightThreads_GivesTheNumbersOfOne()
    {
        using var network = new SmallNetwork();
        var expected = network.Run();
        var threads = Enumerable.Range(0, 8).Select(_ => new Worker(() =>
        {
            for (var round = 0; round < 25; round++)
                AssertClose(expected, network.Run());
        })).ToList();
        threads.ForEach(thread => thread.Finish());
    }

    [Fact]
    public void Gradients_OnEightThreads_AreThoseOfOne()
    {
        var expected = Gradient();
        var threads = Enumerable.Range(0, 8).Select(_ => new Worker(() => AssertClose(expected, Gradient()))).ToList();
        threads.ForEach(thread => thread.Finish());

        static float[] Gradient()
        {
            using var scope = TensorScope.Begin();
            var image = SmallNetwork.Image();
            var weight = Tensor.Arange(0, 8 * 9).Mul(0.11).Cos().View(8, 1, 3, 3);
            weight.RequiresGrad = true;
            image.Conv2d(weight).Gelu().Mean().Backward();
            return weight.Grad!.ToArray<float>();
        }
    }

    private static void ComputeWhileCollecting(TimeSpan duration)
    {
        using var network = new SmallNetwork();
        var expected = network.Run();
        var clock = Stopwatch.StartNew();
        var collector = new Worker(() =>
        {
            var garbage = new object?[4096];
            for (var i = 0; clock.Elapsed < duration; i++)
            {
                garbage[i % garbage.Length] = new long[i % 500];
                if (i % 2000 == 0)
                    GC.Collect(i % 3, GCCollectionMode.Forced, blocking: true, compacting: true);
                if (i % 20000 == 0)
                    GC.WaitForPendingFinalizers();
            }
        });
        while (clock.Elapsed < duration)
        {
            AssertClose(expected, network.Run());
            using var scope = TensorScope.Begin();
            network.Forward(SmallNetwork.Image()).Square().Mean().Backward();
            Assert.NotNull(network.Weight.Grad);
            network.Weight.Grad = null;
        }
        collector.Finish();
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(actual[i], expected[i] - Tolerance, expected[i] + Tolerance);
    }

    /// <summary>A thread whose failure is the test's.</summary>
    private sealed class Worker
    {
        private readonly Thread _thread;
        private Exception? _error;

        public Worker(Action work)
        {
            _thread = new Thread(() => _error = Record.Exception(work));
            _thread.Start();
        }

        public void Finish()
        {
            _thread.Join();
            Assert.Null(_error);
        }
    }
}
