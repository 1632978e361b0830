using Auricle.Models.Decoders.Rows;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Decoders;

[Collection("tensors")]
[NoLeaks]
public sealed class RowTests
{
    private const int Width = 64;

    [Fact]
    public void Activations_OfRows_EqualThoseOfLibtorch()
    {
        using var scope = TensorScope.Begin();
        var x = Tensor.From<float>(Values("activation", 4096, 12), 4096);
        Compare(x.Relu(), rows => RowMath.Relu(rows));
        Compare(x.Gelu(), rows => RowMath.Gelu(rows));
        Compare(x.Gelu("tanh"), rows => RowMath.GeluTanh(rows));
        Compare(x.Mul(x.Sigmoid()).Mul(x), rows => RowMath.SwiGlu(rows, x.Span<float>()));

        void Compare(Tensor expected, Action<float[]> activate)
        {
            var rows = x.ToArray<float>();
            activate(rows);
            TensorAssert.Close(expected.ToArray<float>(), rows, 1e-6, relative: 1e-6);
        }
    }

    [Fact]
    public void Norms_OfRows_EqualThoseOfLibtorch()
    {
        using var scope = TensorScope.Begin();
        using var store = Store(("weight", [Width]), ("bias", [Width]), ("scale", [Width]));
        var rows = Values("rows", 5 * Width, 3);
        foreach (var norm in new[] { RowNorm.Layer(store.Root, Width), RowNorm.RootMeanSquare(store.Root, Width) })
        {
            var expected = norm.Forward(Tensor.From<float>(rows, 5, Width)).ToArray<float>();
            var result = new float[rows.Length];
            norm.Step(rows, result);
            TensorAssert.Close(expected, result, 2e-6);
            rows.CopyTo(result, 0);
            norm.Step(result, result);
            TensorAssert.Close(expected, result, 2e-6);
        }
    }

    [Theory]
    [InlineData(1, 70, false, DType.Float32)]
    [InlineData(6, 70, true, DType.Float32)]
    [InlineData(3, 96, false, DType.BFloat16)]
    [InlineData(9, 33, true, DType.BFloat16)]
    public void Linear_OfRows_EqualsThatOfLibtorch(int rows, int outputs, bool inputsFirst, DType storage)
    {
        using var scope = TensorScope.Begin();
        var x = Values("input", rows * Width, 1);
        foreach (var hasBias in new[] { true, false })
        {
            using var store = Store(("weight", inputsFirst ? [Width, outputs] : [outputs, Width]), ("bias", [outputs]));
            var linear = RowLinear.Load(store.Root, Width, outputs, storage, hasBias, inputsFirst: inputsFirst);
            var result = new float[rows * outputs];
            if (!RowLinear.CanPack(store.Root))
                return;
            linear.Step(x, result);
            // bfloat16 keeps eight bits of each weight: one part in 256, and the errors of a sum partly cancel.
            TensorAssert.Close(linear.Forward(Tensor.From<float>(x, rows, Width)).ToArray<float>(), result, storage == DType.BFloat16 ? 0.02 : 1e-5);
        }
    }

    private static float[] Values(string name, int count, float size) => [.. HashWeights.Uniform(name, count).Select(value => (float)value * size)];

    private static WeightStore Store(params (string Name, long[] Shape)[] weights)
    {
        var path = Path.GetTempFileName();
        try
        {
            SafetensorsFile.Write(path, [.. weights.Select(weight => new SafetensorsEntry(
                weight.Name, DType.Float32, weight.Shape,
                System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(HashWeights.Weight(weight.Name, weight.Shape)).ToArray()))]);
            return WeightStore.Load(SafetensorsFile.Read(path, out _));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
