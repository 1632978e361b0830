using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Auricle.Audio.Decoding;

/// <summary>The part of libsndfile's C interface that reading needs (its header sndfile.h).</summary>
internal static unsafe partial class SndFile
{
    public const int OpenForReading = 0x10;

    private const string Library = "sndfile";

    // Distributions ship only the versioned name without the development package.
    private static readonly string[] FileNames =
        ["libsndfile.so.1", "libsndfile.so", "libsndfile.1.dylib", "libsndfile.dylib", "sndfile.dll", "libsndfile-1.dll"];

    private static readonly Lazy<nint> Handle = new(Load);

    static SndFile() => NativeLibrary.SetDllImportResolver(
        typeof(SndFile).Assembly, static (name, _, _) => name switch
        {
            Library => Handle.Value,
            Mpg123.Library => Mpg123.Handle.Value,
            _ => 0,
        });

    /// <summary>Whether the library is installed.</summary>
    public static bool IsAvailable => Handle.Value != 0;

    /// <summary>Opens bytes that a <see cref="SndFileSource"/> gives. Without a name the library cannot guess by the extension.</summary>
    [LibraryImport(Library, EntryPoint = "sf_open_virtual")]
    public static partial nint Open(in VirtualFile file, int mode, ref Info info, nint source);

    [LibraryImport(Library, EntryPoint = "sf_readf_float")]
    public static partial long ReadFrames(nint file, float* interleaved, long frames);

    [LibraryImport(Library, EntryPoint = "sf_error")]
    public static partial int Error(nint file);

    [LibraryImport(Library, EntryPoint = "sf_close")]
    public static partial int Close(nint file);

    /// <summary>The last error of a file, or of the last failed opening where there is none.</summary>
    public static string ErrorText(nint file) => (Marshal.PtrToStringUTF8(ErrorTextPointer(file)) ?? "unknown error").Trim().TrimEnd('.');

    [LibraryImport(Library, EntryPoint = "sf_strerror")]
    private static partial nint ErrorTextPointer(nint file);

    private static nint Load() => Load(FileNames);

    internal static nint Load(string[] names)
    {
        foreach (var name in names)
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

    /// <summary>The layout of <c>SF_VIRTUAL_IO</c>, with functions that take a handle of a <see cref="SndFileSource"/>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct VirtualFile
    {
        private readonly delegate* unmanaged[Cdecl]<nint, long> _length;
        private readonly delegate* unmanaged[Cdecl]<long, int, nint, long> _seek;
        private readonly delegate* unmanaged[Cdecl]<void*, long, nint, long> _read;
        private readonly delegate* unmanaged[Cdecl]<void*, long, nint, long> _write;
        private readonly delegate* unmanaged[Cdecl]<nint, long> _tell;

        public VirtualFile()
        {
            _length = &SndFileSource.Length;
            _seek = &SndFileSource.Seek;
            _read = &SndFileSource.Read;
            _write = &SndFileSource.Write;
            _tell = &SndFileSource.Tell;
        }
    }
}
