using System.Runtime.InteropServices;
using Auricle.Torch.Layers;

namespace Auricle.Cli.Diagnostics;

/// <summary>The library that multiplies matrices for libtorch in this process.</summary>
/// <param name="Path">Its file.</param>
/// <param name="IsOpenBlas">Whether it is OpenBLAS, which says more about itself.</param>
/// <param name="Core">The kernels OpenBLAS chose, for example <c>SkylakeX</c>.</param>
/// <param name="Threading">How OpenBLAS runs in parallel.</param>
internal sealed record BlasInfo(string Path, bool IsOpenBlas, string? Core, BlasThreading Threading)
{
    private const string Install = "apt-get install libopenblas0-openmp, then start Auricle with ./auricle";

    /// <summary>Finds it among the mapped libraries; <see langword="null"/> where libtorch carries its own.</summary>
    public static unsafe BlasInfo? Find(MappedLibraries libraries)
    {
        if (libraries.Find("libopenblas") is { } path)
        {
            string? core = null;
            var threading = BlasThreading.Unknown;
            if (NativeLibrary.TryLoad(path, out var handle))
            {
                if (NativeLibrary.TryGetExport(handle, "openblas_get_corename", out var name))
                    core = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)name)());
                if (NativeLibrary.TryGetExport(handle, "openblas_get_parallel", out var parallel))
                    threading = (BlasThreading)((delegate* unmanaged<int>)parallel)();
                NativeLibrary.Free(handle);
            }
            return new BlasInfo(path, true, core, threading);
        }
        return libraries.Find("libmkl_rt", "libmkl_core", "libblis", "libsatlas", "libtatlas", "libblas") is { } other
            ? new BlasInfo(other, false, null, BlasThreading.Unknown)
            : null;
    }

    /// <summary>What makes it slow on this processor, with the remedy; <see langword="null"/> where nothing does.</summary>
    /// <param name="hasAvx512">Whether the processor has AVX-512.</param>
    public string? Problem(bool hasAvx512)
    {
        if (!IsOpenBlas)
        {
            return System.IO.Path.GetFileName(Path).StartsWith("libblas", StringComparison.Ordinal)
                ? $"'{Path}' is reference BLAS, some twenty times slower than OpenBLAS; run: {Install}."
                : null;
        }
        if (Threading == BlasThreading.OwnThreads)
            return $"'{Path}' is OpenBLAS with threads of its own, which fight with libtorch's for the cores; run: {Install}.";
        return hasAvx512 && Core is not null && !OpenBlas.HasAvx512(Core)
            ? $"OpenBLAS uses its {Core} kernels although the processor has AVX-512, which halves the speed; unset OPENBLAS_CORETYPE or set it to SkylakeX."
            : null;
    }

    public override string ToString() => IsOpenBlas
        ? $"OpenBLAS, {Core ?? "unknown"} kernels, {Threading switch
        {
            BlasThreading.Single => "one thread",
            BlasThreading.OwnThreads => "threads of its own",
            BlasThreading.OpenMp => "OpenMP",
            _ => "unknown threading",
        }} ({Path})"
        : Path;
}

/// <summary>How OpenBLAS was built, with its own numbers (<c>openblas_get_parallel</c>).</summary>
internal enum BlasThreading
{
    Unknown = -1,
    Single = 0,
    OwnThreads = 1,
    OpenMp = 2,
}
