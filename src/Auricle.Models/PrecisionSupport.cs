using System.Runtime.Intrinsics.X86;
using Auricle.Torch;

namespace Auricle.Models;

/// <summary>Which element types the processor multiplies in hardware, and which the engine multiplies at all.</summary>
public static class PrecisionSupport
{
    private const int Avx512BFloat16Bit = 5;
    private static readonly Lazy<string?> Refusal = new(ProbeBFloat16);

    /// <summary>Whether the processor has AVX-512's bfloat16 products, and the engine uses them.</summary>
    public static bool HasBFloat16 =>
        X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << Avx512BFloat16Bit)) != 0
        && BFloat16Refusal is null;

    /// <summary>
    /// Why the engine cannot multiply bfloat16 on this processor at all, slowly or fast; <see langword="null"/> where it can. libtorch asks the
    /// processor for its instructions and oneDNN asks the environment too, so that the one hands over what the other then refuses.
    /// </summary>
    public static string? BFloat16Refusal => Refusal.Value;

    /// <summary>The element type that a choice comes to on this machine.</summary>
    /// <param name="precision">The choice.</param>
    /// <param name="device">Where the model computes. GPUs are taken to have bfloat16, as NVIDIA's do since 2020 (Ampere).</param>
    /// <exception cref="PrecisionException">bfloat16 was asked for where the engine refuses it.</exception>
    public static DType Resolve(Precision precision, Device device)
    {
        var isGpu = device.Type == DeviceType.Cuda;
        return precision switch
        {
            Precision.BFloat16 when !isGpu && BFloat16Refusal is { } reason => throw new PrecisionException(
                $"bfloat16 cannot be computed here: {reason}. Use float32, or unset ONEDNN_MAX_CPU_ISA and DNNL_MAX_CPU_ISA where they are set."),
            Precision.BFloat16 => DType.BFloat16,
            Precision.Auto when isGpu || HasBFloat16 => DType.BFloat16,
            _ => DType.Float32,
        };
    }

    private static string? ProbeBFloat16()
    {
        const int Size = 64;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        try
        {
            var square = Tensor.Zeros([Size, Size]).To(DType.BFloat16);
            square.Linear(square, null);
            square.View(1, Size, Size, 1).Conv2d(square.View(Size, Size, 1, 1), null, [1], [0], [1]);
            return null;
        }
        catch (TorchException error) when (error is not (TorchNotFoundException or OperatorMissingException))
        {
            return $"oneDNN says \"{error.Message.TrimEnd('.')}\"";
        }
    }
}

/// <summary>The element type that was asked for cannot be computed on this machine.</summary>
public sealed class PrecisionException : ModelException
{
    internal PrecisionException(string message) : base(message) { }

    /// <inheritdoc/>
    public override bool IsRequest => true;
}

/// <summary>The element type of a model's matrix products, chosen when it is loaded.</summary>
public enum Precision
{
    /// <summary>bfloat16 where the hardware multiplies it, else float32.</summary>
    Auto,
#pragma warning disable CA1720 // The names are those every tensor library uses.
    /// <summary>32-bit floats, as checkpoints are published with.</summary>
    Float32,
#pragma warning restore CA1720
    /// <summary>16-bit floats with 8 bits of mantissa: twice as fast where the hardware has them. Sums and norms stay float32.</summary>
    BFloat16,
}
