using System.Runtime.Intrinsics.X86;

namespace Auricle.Torch;

/// <summary>What the processor has that the choice of kernels depends on.</summary>
public static class Processor
{
    /// <summary>Whether it has the parts of AVX-512 that OpenBLAS and oneDNN ask for.</summary>
    public static bool HasAvx512 { get; } = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported;

    /// <summary>Whether it is x86 and not of Intel's making, for which MKL keeps to AVX2.</summary>
    internal static bool IsForeignToMkl { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx != 0x756E6547; // "Genu" of GenuineIntel
}
