using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace Auricle;

/// <summary>What matters about the processor for the choice of threads and kernels.</summary>
public static class ProcessorInfo
{
    /// <summary>
    /// The physical cores this process may use, at least one: two hardware threads of a core share the units that multiply,
    /// so a second thread there slows large products down.
    /// </summary>
    public static int PhysicalCores { get; } = Math.Clamp(CountCores("/sys/devices/system/cpu"), 1, Environment.ProcessorCount);

    /// <summary>Whether the processor has the parts of AVX-512 that OpenBLAS's SkylakeX kernels need.</summary>
    public static bool HasAvx512 { get; } = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported;

    /// <summary>Whether it is x86 and not of Intel's making, for which MKL keeps to AVX2.</summary>
    public static bool IsForeignToMkl { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx != 0x756E6547; // "Genu" of GenuineIntel

    /// <summary>Counts the groups of hardware threads that share a core; every processor where the system does not tell.</summary>
    private static int CountCores(string folder)
    {
        try
        {
            var cores = new HashSet<string>(StringComparer.Ordinal);
            foreach (var processor in Directory.EnumerateDirectories(folder, "cpu*"))
            {
                var siblings = Path.Combine(processor, "topology", "thread_siblings_list");
                if (int.TryParse(Path.GetFileName(processor)[3..], CultureInfo.InvariantCulture, out _) && File.Exists(siblings))
                    cores.Add(File.ReadAllText(siblings).Trim());
            }
            return cores.Count > 0 ? cores.Count : Environment.ProcessorCount;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Environment.ProcessorCount;
        }
    }
}
