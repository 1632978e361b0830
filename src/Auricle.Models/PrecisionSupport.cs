using System.Runtime.Intrinsics.X86;
using Auricle.Torch;

namespace Auricle.Models;

/// <summary>Which element types the processor multiplies in hardware.</summary>
public static class PrecisionSupport
{
    private const int Avx512BFloat16Bit = 5;

    /// <summary>Whether the processor has AVX-512's bfloat16 products.</summary>
    public static bool HasBFloat16 { get; } =
        X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << Avx512BFloat16Bit)) != 0;

    /// <summary>The element type that a choice comes to on this machine.</summary>
    /// <param name="precision">The choice.</param>
    /// <param name="device">Where the model computes. GPUs are taken to have bfloat16, as NVIDIA's do since 2020 (Ampere).</param>
    public static DType Resolve(Precision precision, Device device) => precision switch
    {
        Precision.BFloat16 => DType.BFloat16,
        Precision.Auto when device.Type == DeviceType.Cuda || HasBFloat16 => DType.BFloat16,
        _ => DType.Float32,
    };
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
