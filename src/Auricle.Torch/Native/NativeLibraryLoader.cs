using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Auricle.Torch.Native;

/// <summary>
/// Finds the native library: <c>AURICLE_NATIVE</c>, then beside the application, then <c>artifacts/native</c> of the
/// source tree the application was built in, then the system's own search path.
/// </summary>
internal static partial class NativeLibraryLoader
{
    private const string FileName = "libauricle_native.so";

    private static nint _library;

    /// <summary>
    /// The kernels that OpenBLAS chose, for example <c>Haswell</c>; <see langword="null"/> where libtorch multiplies with
    /// another library.
    /// </summary>
    /// <remarks>Asked of the native library's own dependencies, since a process may hold several.</remarks>
    public static unsafe string? OpenBlasKernels()
    {
        _ = NativeMethods.aur_live_tensors(); // Loads the library.
        return NativeLibrary.TryGetExport(_library, "openblas_get_corename", out var name)
            ? Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)name)())
            : null;
    }

#pragma warning disable CA2255 // The resolver must stand before the first call into the library, wherever that comes from.
    [ModuleInitializer]
    public static void Register()
    {
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, Resolve);
    }
#pragma warning restore CA2255

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != NativeMethods.Library)
            return 0;
        PrepareEnvironment();
        var tried = new List<string>();
        foreach (var candidate in Candidates())
        {
            if (Path.IsPathRooted(candidate) && !File.Exists(candidate))
            {
                tried.Add($"{candidate}: no such file");
                continue;
            }
            try
            {
                var library = NativeLibrary.Load(candidate);
                if (KeepLargeBlocks(library))
                    return _library = library;
                tried.Add($"{candidate}: it is not the library of this release");
            }
            catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
            {
                tried.Add($"{candidate}: {error.Message.Split('\n')[0]}");
            }
        }
        throw new TorchNotFoundException(
            $"The native library of Auricle could not be loaded ({string.Join("; ", tried)}). "
            + "Build it with ./auricle doctor, or point AURICLE_NATIVE at the file.",
            tried);
    }

    /// <summary>Has freed memory stay with the process, before the first tensor is made; see the function's own comment.</summary>
    /// <returns>Whether the library has such a function, as ours does.</returns>
    private static unsafe bool KeepLargeBlocks(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "aur_keep_large_blocks", out var keep))
            return false;
        _ = ((delegate* unmanaged<int>)keep)(); // Elsewhere than with glibc it has no effect.
        return true;
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("AURICLE_NATIVE") is { Length: > 0 } configured)
        {
            yield return configured;
            yield break; // What was asked for explicitly is not silently replaced by something else.
        }
        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        for (var folder = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Path.GetFileName(folder) == "artifacts")
                yield return Path.Combine(folder, "native", FileName);
        }
        yield return FileName;
    }

    /// <summary>
    /// OpenBLAS reads its environment when it is loaded, and a program that is not started by the launcher has had no
    /// chance to set it: release 0.3.21 does not know newer processors and would fall back to AVX2.
    /// </summary>
    private static void PrepareEnvironment()
    {
        if (ProcessorInfo.HasAvx512)
            SetIfUnset("OPENBLAS_CORETYPE", "SkylakeX");
        SetIfUnset("OMP_WAIT_POLICY", "passive");
    }

    private static void SetIfUnset(string name, string value)
    {
        // Environment.SetEnvironmentVariable changes the runtime's copy only; native code reads the C library's.
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(name) is null)
            _ = SetEnvironment(name, value, 0);
    }

    private static unsafe int SetEnvironment(string name, string value, int overwrite)
    {
        fixed (byte* nameText = System.Text.Encoding.UTF8.GetBytes(name + "\0"), valueText = System.Text.Encoding.UTF8.GetBytes(value + "\0"))
            return setenv(nameText, valueText, overwrite);
    }

    [LibraryImport("libc")] private static unsafe partial int setenv(byte* name, byte* value, int overwrite);
}
