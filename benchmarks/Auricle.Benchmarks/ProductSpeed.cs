using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Benchmarks;

/// <summary>Times float32 products of layers through the BLAS library and as convolutions, and says which of them layers use here.</summary>
internal static class ProductSpeed
{
    private const int Repeats = 10;

    // Rows, inputs and outputs: ConvNeXt's first stage, a square, BERT's layers of 16 texts and of one, and one below the threshold.
    private static readonly (long Rows, long Inputs, long Outputs)[] Sizes =
        [(14112, 96, 384), (14112, 384, 96), (1024, 1024, 1024), (512, 768, 3072), (512, 768, 768), (128, 768, 3072), (64, 768, 768), (8, 768, 3072)];

    public static void Print(int rounds)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, best of {rounds}; here: {MatrixProduct.Description}");
        foreach (var (rows, inputs, outputs) in Sizes)
        {
            var (x, weight, bias) = (Tensor.Rand([rows, inputs]), Tensor.Rand([outputs, inputs]), Tensor.Rand([outputs]));
            var times = Timing.InTurn(rounds, Repeated(() => x.Linear(weight, bias)), Repeated(() => MatrixProduct.Convolve(x, weight, bias)));
            var best = Array.ConvertAll(times, rounds => rounds.Min(time => time.Wall) / Repeats);
            Console.WriteLine($"{rows,6} x {inputs,4} -> {outputs,4}   BLAS {best[0],7:f2} ms   convolution {best[1],7:f2} ms  {best[1] / best[0],5:p0}");
        }
    }

    private static Action Repeated(Func<Tensor> product) => () =>
    {
        for (var i = 0; i < Repeats; i++)
            product().Dispose();
    };
}
