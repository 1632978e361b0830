using System.Globalization;
using Auricle.Torch.Native;

namespace Auricle.Torch.Layers;

/// <summary>
/// Chooses how large float32 products of a layer are computed on the processor. A 1×1 convolution of an image that lies
/// channels last is the same product, and oneDNN computes it with the processor's own kernels also where the BLAS library is
/// held to older ones or does not know the processor.
/// </summary>
public static class MatrixProduct
{
    // Below these the steps around a convolution, and the weight that it orders anew in each call, cost more than it saves.
    private const long LeastRows = 64;
    private const long LeastWork = 1 << 23;

    private static readonly Lazy<(bool Convolves, string Reason)> Choice = new(Choose);

    /// <summary>Whether large products are computed as convolutions in this process.</summary>
    public static bool UsesConvolution => Choice.Value.Convolves;

    /// <summary>The choice and its reason in a few words, for people.</summary>
    public static string Description => Choice.Value.Reason;

    /// <summary>y = x Wᵀ + b over the last dimension; gradients flow through either way of computing it.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <param name="weight">[outputs, inputs], of the same element type.</param>
    /// <param name="bias">[outputs], or none.</param>
    /// <returns>[…, outputs].</returns>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        if (input.DType != DType.Float32 || input.Device.Type != DeviceType.Cpu || weight.Dimensions != 2 || input.Dimensions < 2 || !UsesConvolution)
            return input.Linear(weight, bias);
        var inputs = weight.Size(1);
        var rows = inputs == 0 ? 0 : input.ElementCount / inputs;
        return input.Size(-1) == inputs && rows >= LeastRows && rows * inputs * weight.Size(0) >= LeastWork
            ? Convolve(input, weight, bias)
            : input.Linear(weight, bias);
    }

    /// <summary>The product of <see cref="Linear"/> as a convolution, whatever the choice.</summary>
    /// <param name="input">[…, inputs], float32.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs], or none.</param>
    /// <returns>[…, outputs], contiguous.</returns>
    public static Tensor Convolve(Tensor input, Tensor weight, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = TensorScope.Begin();
        var (outputs, inputs) = (weight.Size(0), weight.Size(1));
        var rows = input.Reshape(1, -1, 1, inputs).Permute(0, 3, 1, 2);                                  // [1, inputs, rows, 1], channels last
        var product = rows.Conv2d(weight.Reshape(outputs, inputs, 1, 1), bias, [1], [0], [1]);           // [1, outputs, rows, 1]
        return scope.Keep(product.Permute(0, 2, 3, 1).Reshape([.. input.Shape[..^1], outputs]));
    }

    private static (bool Convolves, string Reason) Choose()
    {
        if (!ProcessorInfo.HasAvx512)
            return (false, "BLAS; the processor has no wider kernels to gain from");
        if (NativeLibraryLoader.OpenBlasKernels() is { } kernels)
        {
            return OpenBlas.HasAvx512(kernels)
                ? (false, string.Create(CultureInfo.InvariantCulture, $"BLAS, with OpenBLAS's {kernels} kernels"))
                : (true, string.Create(CultureInfo.InvariantCulture, $"oneDNN where they are large, since OpenBLAS uses its older {kernels} kernels"));
        }
        if (!TorchRuntime.HasMkl)
            return (true, "oneDNN where they are large, since the BLAS library is not OpenBLAS");
        return ProcessorInfo.IsForeignToMkl
            ? (true, "oneDNN where they are large, since MKL keeps to AVX2 on this processor")
            : (false, "BLAS, with MKL");
    }
}

/// <summary>What the names of OpenBLAS's kernels mean.</summary>
public static class OpenBlas
{
    /// <summary>Whether kernels of this name use AVX-512.</summary>
    public static bool HasAvx512(string kernels) => kernels is "SkylakeX" or "Cooperlake" or "Sapphirerapids" or "Zen4" or "Zen5";
}
