using System.Reflection;
using System.Runtime.InteropServices;

namespace Auricle.Audio.Decoding;

/// <summary>The part of libsndfile's C interface that reading needs (its header sndfile.h).</summary>
internal static partial class SndFile
{
    public const int OpenForReading = 0x10;
    public const int ContainerMask = 0x0FFF0000;
    public const int Mpeg = 0x230000;

    private const string Library = "sndfile";

    // Distributions ship only the versioned name without the development package.
    private static readonly string[] FileNames =
        ["libsndfile.so.1", "libsndfile.so", "libsndfile.1.dylib", "libsndfile.dylib", "sndfile.dll", "libsndfile-1.dll"];

    private static readonly Lazy<nint> Handle = new(Load);

    static SndFile() => NativeLibrary.SetDllImportResolver(
        typeof(SndFile).Assembly, static (name, _, _) => name == Library ? Handle.Value : 0);

    /// <summary>Whether the library is installed.</summary>
    public static bool IsAvailable => Handle.Value != 0;

    [LibraryImport(Library, EntryPoint = "sf_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Open(string path, int mode, ref Info info);

    [LibraryImport(Library, EntryPoint = "sf_readf_float")]
    public static unsafe partial long ReadFrames(nint file, float* interleaved, long frames);

    [LibraryImport(Library, EntryPoint = "sf_error")]
    public static partial int Error(nint file);

    [LibraryImport(Library, EntryPoint = "sf_close")]
    public static partial int Close(nint file);

    /// <summary>The last error of a file, or of the last failed opening where there is none.</summary>
    public static string ErrorText(nint file) => (Marshal.PtrToStringUTF8(ErrorTextPointer(file)) ?? "unknown error").Trim().TrimEnd('.');

    [LibraryImport(Library, EntryPoint = "sf_strerror")]
    private static partial nint ErrorTextPointer(nint file);

    private static nint Load()
    {
        foreach (var name in FileNames)
        {
            if (NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), null, out var handle))
                return handle;
        }
        return 0;
    }

    /// <summary>The layout of <c>SF_INFO</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Info
    {
        public long Frames;
        public int SampleRate;
        public int Channels;
        public int Format;
        public int Sections;
        public int Seekable;
    }
}
