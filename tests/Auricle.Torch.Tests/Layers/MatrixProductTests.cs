using Auricle.Testing;
using Auricle.Torch.Layers;

namespace Auricle.Torch.Tests.Layers;

[NoLeaks]
[Collection("tensors")]
public sealed class MatrixProductTests
{
    [Theory]
    [InlineData(new long[] { 300, 40 }, 70, true, false)]
    [InlineData(new long[] { 3, 5, 90, 40 }, 24, true, false)]
    [InlineData(new long[] { 2, 100, 64 }, 48, false, false)]
    [InlineData(new long[] { 2, 100, 64 }, 48, true, true)]
    [InlineData(new long[] { 1, 1 }, 1, true, false)]
    public void Convolve_AnyShape_EqualsLinearWithItsGradients(long[] shape, long outputs, bool hasBias, bool isTransposed)
    {
        using var scope = TensorScope.Begin();
        TorchRuntime.Seed(5);
        var inputs = shape[^1];
        var (x, weight) = (Leaf(Tensor.Rand(shape)), Leaf(isTransposed ? Tensor.Rand([inputs, outputs]) : Tensor.Rand([outputs, inputs])));
        var bias = hasBias ? Leaf(Tensor.Rand([outputs])) : null;
        var matrix = isTransposed ? weight.T() : weight;
        var slope = Tensor.Rand([.. shape[..^1], outputs]);

        var expected = x.Linear(matrix, bias);
        expected.Mul(slope).Sum().Backward();
        var gradients = TakeGradients();
        var actual = MatrixProduct.Convolve(x, matrix, bias);
        Assert.Equal([.. shape[..^1], outputs], actual.Shape.ToArray());
        Assert.True(actual.IsContiguous);
        AssertClose(expected, actual);
        actual.Mul(slope).Sum().Backward();
        foreach (var (before, after) in gradients.Zip(TakeGradients()))
            AssertClose(before, after);

        List<Tensor> TakeGradients()
        {
            List<Tensor> leaves = bias is null ? [x, weight] : [x, weight, bias];
            var taken = leaves.ConvertAll(leaf => leaf.Grad!);
            leaves.ForEach(leaf => leaf.Grad = null);
            return taken;
        }
    }

    [Theory]
    [InlineData(2000, 96, 384)]  // large enough for either way
    [InlineData(40, 96, 384)]
    public void Linear_OnEitherSideOfTheThreshold_GivesTheProduct(long rows, long inputs, long outputs)
    {
        using var scope = TensorScope.Begin();
        TorchRuntime.Seed(6);
        var (x, weight) = (Tensor.Rand([rows, inputs]), Tensor.Rand([outputs, inputs]));
        AssertClose(x.Matmul(weight.T()), MatrixProduct.Linear(x, weight, null));
        Assert.Equal(DType.BFloat16, MatrixProduct.Linear(x.To(DType.BFloat16), weight.To(DType.BFloat16), null).DType);
    }

    [Fact]
    public void Linear_WidthsThatDiffer_AreRefused()
    {
        using var scope = TensorScope.Begin();
        Assert.Throws<TorchException>(() => MatrixProduct.Linear(Tensor.Ones([4000, 97]), Tensor.Ones([384, 96]), null));
    }

    [Fact]
    public void Description_OfTheChoice_NamesIt() =>
        Assert.StartsWith(MatrixProduct.UsesConvolution ? "oneDNN" : "BLAS", MatrixProduct.Description, StringComparison.Ordinal);

    private static Tensor Leaf(Tensor tensor)
    {
        tensor.RequiresGrad = true;
        return tensor;
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.True(expected.Sub(actual).Abs().Amax().ToDouble() <= 1e-5 * Math.Max(1, expected.Abs().Amax().ToDouble()));
}
