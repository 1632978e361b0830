using Auricle.Testing;
using Auricle.Torch.Operators;

namespace Auricle.Torch.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class TensorTests
{
    [Fact]
    public void From_ValuesAndShape_RoundTrips()
    {
        using var scope = TensorScope.Begin();
        var tensor = Tensor.From<float>([1, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal([2, 3], tensor.Shape.ToArray());
        Assert.Equal([3, 1], tensor.Strides.ToArray());
        Assert.Equal([1, 4, 2, 5, 3, 6], tensor.T().ToArray<float>());
        Assert.Throws<ArgumentException>(() => Tensor.From<float>([1, 2], 3));
    }

    [Fact]
    public void Operators_OfEveryArgumentKind_GiveKnownValues()
    {
        using var scope = TensorScope.Begin();
        var x = Tensor.From<float>([1, 2, 3, 4], 2, 2);
        Assert.Equal([2, 4, 6, 8], x.Add(x).ToArray<float>());
        Assert.Equal([3, 4, 5, 6], x.Add(1, 2).ToArray<float>());
        Assert.Equal([1.5f, 3.5f], x.Mean([1]).ToArray<float>());
        Assert.Equal(10, x.Sum().ToDouble());
        Assert.Equal([4, 2, 2], Tensor.Stack([x, x, x, x]).Shape.ToArray());
        Assert.Equal([2, 4], Tensor.Cat([x, x], 1).Shape.ToArray());
        var (values, indices) = x.Max(1);
        Assert.Equal([2, 4], values.ToArray<float>());
        Assert.Equal([1, 1], indices.ToArray<long>());
        Assert.Equal(2, x.Chunk(2).Length);
        Assert.True(x.Equal(x.Clone()));
        Assert.Equal([3, 4], x.Index([Tensor.From<long>([1], 1), null]).ToArray<float>());
        Assert.Equal(DType.Int64, x.To(DType.Int64).DType);
        Assert.Equal([0, 2, 0, 4], x.MaskedFill(x.Eq(1).LogicalOr(x.Eq(3)), 0).ToArray<float>());
    }

    [Fact]
    public void Convolution_WithDefaultedLists_MatchesByHand()
    {
        using var scope = TensorScope.Begin();
        var image = Tensor.From<float>([1, 2, 3, 4, 5, 6, 7, 8, 9], 1, 1, 3, 3);
        var kernel = Tensor.Ones([1, 1, 2, 2]);
        Assert.Equal([12, 16, 24, 28], image.Conv2d(kernel).ToArray<float>());
        Assert.Equal([1, 5, 11, 28], image.Conv2d(kernel, null, [2], [1]).ToArray<float>());
    }

    [Fact]
    public void Gradients_OfAProduct_AreThoseOfCalculus()
    {
        using var scope = TensorScope.Begin();
        var x = Tensor.From<float>([2, 3], 2);
        x.RequiresGrad = true;
        x.Mul(x).Sum().Backward();
        Assert.Equal([4, 6], x.Grad!.ToArray<float>());
        x.Grad = null;
        Assert.Null(x.Grad);
    }

    [Fact]
    public void NoGrad_WhileOpen_RecordsNothing()
    {
        using var scope = TensorScope.Begin();
        var x = Tensor.From<float>([2], 1);
        x.RequiresGrad = true;
        using (NoGrad.Begin())
        {
            Assert.False(x.Mul(2).RequiresGrad);
        }
        Assert.True(x.Mul(2).RequiresGrad);
    }

    [Fact]
    public void Errors_FromLibtorch_AreOneSentenceWithoutBacktrace()
    {
        using var scope = TensorScope.Begin();
        var error = Assert.Throws<TorchException>(() => Tensor.Ones([2]).View(3));
        Assert.Contains("shape '[3]' is invalid for input of size 2", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception raised from", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RandomState_Restored_RepeatsTheDraw()
    {
        using var scope = TensorScope.Begin();
        TorchRuntime.Seed(7);
        var state = TorchRuntime.RandomState;
        var first = Tensor.Rand([5]).ToArray<float>();
        TorchRuntime.RandomState = state;
        Assert.Equal(first, Tensor.Rand([5]).ToArray<float>());
    }

    [Fact]
    public void Generated_Operators_FollowTheList()
    {
        var folder = Path.Combine(Fixtures.RepositoryRoot, "src", "Auricle.Torch");
        var expected = OperatorGenerator.Generate(File.ReadLines(Path.Combine(folder, "Operators", "ops.txt")));
        var path = Path.Combine(folder, "Generated", "Tensor.Operators.cs");
        if (Environment.GetEnvironmentVariable("AURICLE_REGENERATE") == "1")
            File.WriteAllText(path, expected);
        Assert.Equal(expected, File.ReadAllText(path));
    }
}
