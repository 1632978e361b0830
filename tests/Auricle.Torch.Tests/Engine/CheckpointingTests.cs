using Auricle.Testing;
using Auricle.Torch.Layers;

namespace Auricle.Torch.Tests.Engine;

/// <summary>Blocks that are computed twice give what they give when all is kept.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CheckpointingTests : IDisposable
{
    private const int Width = 16;

    private readonly WeightStore _store;
    private readonly Linear _widen, _narrow;
    private readonly BatchNorm _norm;

    public CheckpointingTests()
    {
        TorchRuntime.Seed(5);
        _store = WeightStore.Initialise();
        _widen = new Linear(_store.Root / "widen", Width, 4 * Width);
        _narrow = new Linear(_store.Root / "narrow", 4 * Width, Width);
        _norm = new BatchNorm(_store.Root / "norm", Width);
    }

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Run_GivesTheGradientsOfThePlainWay(double dropout)
    {
        List<float[]> Gradients(bool on) => Measure(on, x =>
        {
            for (var i = 0; i < 3; i++)
                x = Checkpointing.Run(input => Feed(input, dropout), x);
            return x;
        });
        Assert.Equal(Gradients(false), Gradients(true));
    }

    [Fact]
    public void Run_WithNothingInItThatLearnsButWeights_ReachesThem()
    {
        // As the first block of an encoder, whose input is a sound.
        List<float[]> Gradients(bool on) => Measure(on, x => Checkpointing.Run(input => Feed(input, 0.5), x), inputLearns: false);
        Assert.Equal(Gradients(false), Gradients(true));
    }

    [Fact]
    public void Run_Nested_GivesTheGradientsOfThePlainWay()
    {
        List<float[]> Gradients(bool on) => Measure(on, x => Checkpointing.Run(
            outer => Checkpointing.Run(inner => Feed(inner, 0.3), Checkpointing.Run(inner => Feed(inner, 0.3), outer)).Dropout(0.2, true), x));
        Assert.Equal(Gradients(false), Gradients(true));
    }

    [Fact]
    public void Run_WithTensorsBesideTheInput_ReachesThem()
    {
        List<float[]> Gradients(bool on) => Measure(on, x =>
        {
            // Both die before gradients flow back.
            using var scope = TensorScope.Begin();
            var (gate, bias) = (x.Mul(0.5).Sigmoid(), Tensor.Full([Width], 0.3));
            var y = Checkpointing.Run((input, beside) => Feed(input, 0).Mul(beside!), x, gate);
            y = Checkpointing.Run((input, beside) => beside is null ? Feed(input, 0) : throw new InvalidOperationException(), y, null);
            return scope.Keep(Checkpointing.Run(given => given[2] is null ? given[0]!.Mul(given[1]!).Add(given[3]!) : throw new InvalidOperationException(), [y, gate, null, bias]));
        });
        Assert.Equal(Gradients(false), Gradients(true));
    }

    [Fact]
    public void Run_KeepsNothingBetween()
    {
        using var scope = TensorScope.Begin();
        using var checkpointing = Checkpointing.Begin();
        var inside = new List<Tensor>();
        var calls = 0;
        var x = Tensor.Ones([2, Width]);
        var y = Checkpointing.Run(input =>
        {
            calls++;
            inside.Add(input.Mul(2));
            return Feed(inside[^1], 0);
        }, x);
        Assert.Equal(1, calls);
        Assert.Throws<ObjectDisposedException>(() => inside[0].Sum());
        y.Sum().Backward();
        Assert.Equal(2, calls);
        Clear();
    }

    [Fact]
    public void Run_DrawsNoMoreThanThePlainWay()
    {
        float[] After(bool on)
        {
            using var scope = TensorScope.Begin();
            using var checkpointing = Checkpointing.Begin(on);
            TorchRuntime.Seed(9);
            var y = Checkpointing.Run(input => Feed(input, 0.5), Tensor.Ones([4, Width]));
            var between = Tensor.Rand([3]).ToArray<float>();
            y.Sum().Backward();
            Clear();
            return [.. between, .. Tensor.Rand([3]).ToArray<float>()];
        }
        Assert.Equal(After(false), After(true));
    }

    [Fact]
    public void Run_WhereNothingLearns_IsComputedOnce()
    {
        using var scope = TensorScope.Begin();
        using var checkpointing = Checkpointing.Begin();
        var calls = 0;
        Tensor Count(Tensor input)
        {
            calls++;
            return input.Mul(3);
        }
        var y = Checkpointing.Run(Count, Tensor.Ones([2]));
        Assert.False(y.RequiresGrad);
        Assert.Equal([3, 3], y.ToArray<float>());
        using (NoGrad.Begin())
            Assert.False(Checkpointing.Run(input => Count(Feed(input, 0)), Tensor.Ones([2, Width])).RequiresGrad);
        Assert.Equal(2, calls);
    }

    [Fact]
    public void Run_ResultThatIsItsInputOrAWeight_IsThat()
    {
        using var scope = TensorScope.Begin();
        using var checkpointing = Checkpointing.Begin();
        var x = Learning([1, 2]);
        var weight = _store.Entries.First(entry => entry.Name == "widen.bias").Tensor;
        Checkpointing.Run(input => input, x).Mul(2).Sum().Add(Checkpointing.Run(_ => weight, x).Sum()).Backward();
        Assert.Equal([2, 2], x.Grad!.ToArray<float>());
        Assert.All(weight.Grad!.ToArray<float>(), value => Assert.Equal(1, value));
        Clear();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_BlockThatThrows_ThrowsThat(int failing)
    {
        using var scope = TensorScope.Begin();
        using var checkpointing = Checkpointing.Begin();
        var calls = 0;
        Tensor Work(Tensor input)
        {
            var result = Feed(input, 0);
            return ++calls == failing ? throw new TimeoutException("the block's own") : result;
        }
        var x = Learning([.. Enumerable.Repeat(1f, Width)]);
        var error = Assert.Throws<TimeoutException>(() => Checkpointing.Run(outer => Checkpointing.Run(Work, outer), x.View(1, Width)).Sum().Backward());
        Assert.Equal("the block's own", error.Message);
        Assert.Contains(nameof(Work), error.StackTrace, StringComparison.Ordinal);
        Assert.True(Checkpointing.IsOn && !Checkpointing.IsRepeating);
        // All goes on as ever.
        Checkpointing.Run(input => Feed(input, 0), x.View(1, Width)).Sum().Backward();
        Assert.NotNull(x.Grad);
        Clear();
    }

    [Fact]
    public void Run_BlockThatUsesATensorOfItsScope_SaysSo()
    {
        using var scope = TensorScope.Begin();
        using var checkpointing = Checkpointing.Begin();
        var x = Learning([1, 2]);
        Tensor y;
        using (var inner = TensorScope.Begin())
        {
            var gone = Tensor.Ones([2]);
            y = inner.Keep(Checkpointing.Run(input => input.Mul(gone), x));
        }
        Assert.Throws<ObjectDisposedException>(() => y.Sum().Backward());
    }

    [Fact]
    public void Backward_InputThatWasOverwritten_IsRefused()
    {
        using var scope = TensorScope.Begin();
        using var checkpointing = Checkpointing.Begin();
        var x = Tensor.Ones([2, Width]);
        var y = Checkpointing.Run(input => Feed(input, 0), x).Sum();
        using (NoGrad.Begin())
            x.ZeroInPlace();
        Assert.Contains("inplace", Assert.Throws<TorchException>(() => y.Backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_ASecondTime_IsRefused()
    {
        using var scope = TensorScope.Begin();
        using var checkpointing = Checkpointing.Begin();
        var y = Checkpointing.Run(input => Feed(input, 0), Tensor.Ones([2, Width])).Sum();
        y.Backward();
        Assert.Contains("second time", Assert.Throws<TorchException>(() => y.Backward()).Message, StringComparison.Ordinal);
        Clear();
    }

    [Fact]
    public void BatchNorm_LearnsOnceFromABatch()
    {
        List<float[]> Statistics(bool on)
        {
            foreach (var entry in _store.Entries.Where(entry => entry.IsBuffer))
                entry.Tensor.FillInPlace(1);
            var result = Measure(on, x => Checkpointing.Run(input => Checkpointing.Run(inner => Feed(_norm.Forward(inner, training: true), 0.1), input), x));
            return [.. result, .. _store.Entries.Where(entry => entry.IsBuffer).Select(entry => entry.Tensor.ToArray<float>())];
        }
        var plain = Statistics(false);
        Assert.Contains(plain[^1], value => value != 1);
        Assert.Equal(plain, Statistics(true));
    }

    [Fact]
    public void Begin_IsOfItsThreadAndNests()
    {
        Assert.False(Checkpointing.IsOn);
        using (Checkpointing.Begin())
        {
            using (Checkpointing.Begin(false))
                Assert.False(Checkpointing.IsOn);
            Assert.True(Checkpointing.IsOn);
            var other = new Thread(() => Assert.False(Checkpointing.IsOn));
            other.Start();
            other.Join();
        }
        Assert.False(Checkpointing.IsOn);
    }

    private Tensor Feed(Tensor input, double dropout)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(input.Add(_narrow.Forward(_widen.Forward(input).Gelu().Dropout(dropout, true))));
    }

    /// <summary>The output of a network for a fixed input, and the gradients of the input and of all weights.</summary>
    private List<float[]> Measure(bool on, Func<Tensor, Tensor> network, bool inputLearns = true)
    {
        using var scope = TensorScope.Begin();
        using var checkpointing = Checkpointing.Begin(on);
        TorchRuntime.Seed(7);
        var x = Tensor.Arange(0, 6 * Width).Mul(0.37).Sin().View(6, Width);
        if (inputLearns)
            x.RequiresGrad = true;
        var y = network(x);
        y.Mul(y).Sum().Backward();
        List<float[]> result = [y.ToArray<float>()];
        if (inputLearns)
            result.Add(x.Grad!.ToArray<float>());
        result.AddRange(_store.Entries.Where(entry => !entry.IsBuffer).Select(entry => entry.Tensor.Grad?.ToArray<float>() ?? []));
        Assert.Contains(result.Skip(1), values => values.Any(value => value != 0));
        Clear();
        return result;
    }

    private static Tensor Learning(float[] values)
    {
        var x = Tensor.From<float>(values, values.Length);
        x.RequiresGrad = true;
        return x;
    }

    private void Clear()
    {
        foreach (var entry in _store.Entries)
            entry.Tensor.Grad = null;
    }
}
