using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Auricle.Audio.Content;

namespace Auricle.Audio.Decoding;

/// <summary>The part of libmpg123's C interface that reading needs (its header mpg123.h); libsndfile brings the library along.</summary>
internal static unsafe partial class Mpg123
{
    public const string Library = "mpg123";
    public const int AddFlags = 2;
    public const int Quiet = 0x20;
    public const int Gapless = 0x40;
    public const int ForceFloat = 0x400;
    public const int Float32 = 0x200;
    public const int NewFormat = -11;
    public const int Done = -12;

    public static readonly Lazy<nint> Handle = new(static () => SndFile.Load(["libmpg123.so.0", "libmpg123.so", "libmpg123.0.dylib", "libmpg123.dylib", "mpg123.dll"]));

    private static readonly Lazy<bool> Ready = new(static () => SndFile.IsAvailable && Handle.Value != 0 && Initialise() == 0);

    /// <summary>Whether the library is installed and at work.</summary>
    public static bool IsAvailable => Ready.Value;

    [LibraryImport(Library, EntryPoint = "mpg123_new")]
    public static partial nint New(nint decoder, out int error);

    [LibraryImport(Library, EntryPoint = "mpg123_delete")]
    public static partial void Delete(nint handle);

    // The value is a C long.
    [LibraryImport(Library, EntryPoint = "mpg123_param")]
    public static partial int Set(nint handle, int parameter, CLong value, double number);

    [LibraryImport(Library, EntryPoint = "mpg123_replace_reader_handle")]
    public static partial int SetReader(
        nint handle, delegate* unmanaged[Cdecl]<nint, void*, nint, nint> read, delegate* unmanaged[Cdecl]<nint, nint, int, nint> seek, nint cleanUp);

    [LibraryImport(Library, EntryPoint = "mpg123_open_handle")]
    public static partial int Open(nint handle, nint source);

    [LibraryImport(Library, EntryPoint = "mpg123_getformat")]
    public static partial int GetFormat(nint handle, CLong* rate, int* channels, int* encoding);

    [LibraryImport(Library, EntryPoint = "mpg123_read")]
    public static partial int Read(nint handle, void* samples, nuint bytes, out nuint done);

    [LibraryImport(Library, EntryPoint = "mpg123_init")]
    private static partial int Initialise();
}

/// <summary>The frames of one mp3.</summary>
internal sealed unsafe class MpegPart : SoundPart
{
    private readonly SndFileSource _source;
    private GCHandle _handle;
    private nint _decoder;
    private bool _ended;

    private MpegPart(SndFileSource source) => _source = source;

    ~MpegPart() => Close();

    public static MpegPart? TryOpen(ByteView view, out string? refusal)
    {
        refusal = "libmpg123 is not installed";
        if (!Mpg123.IsAvailable)
            return null;
        var source = new SndFileSource(view);
        var part = new MpegPart(source) { _handle = GCHandle.Alloc(source), _decoder = Mpg123.New(0, out _) };
        CLong rate;
        int channels, encoding;
        if (part._decoder != 0
            && Mpg123.Set(part._decoder, Mpg123.AddFlags, new CLong(Mpg123.Quiet | Mpg123.Gapless | Mpg123.ForceFloat), 0) == 0
            && Mpg123.SetReader(part._decoder, &SndFileSource.ReadFor, &SndFileSource.SeekFor, 0) == 0
            && Mpg123.Open(part._decoder, GCHandle.ToIntPtr(part._handle)) == 0
            && Mpg123.GetFormat(part._decoder, &rate, &channels, &encoding) == 0
            && encoding == Mpg123.Float32)
        {
            part.SampleRate = (int)rate.Value;
            part.Channels = channels;
            refusal = null;
            return part;
        }
        refusal = "libmpg123 does not know its frames";
        part.Dispose();
        return null;
    }

    public override void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    protected override int Decode(Span<float> interleaved)
    {
        nuint done = 0;
        fixed (float* target = interleaved)
        {
            while (!_ended && done == 0)
            {
                var status = Mpg123.Read(_decoder, target, (nuint)(interleaved.Length / Channels * Channels * sizeof(float)), out done);
                if (status == Mpg123.NewFormat || (status == 0 && done > 0))
                    continue;
                _ended = true;
                if (_source.Failure is { } failure)
                    Complaint = failure.Message;
                else if (status is not (0 or Mpg123.Done))
                    Complaint = "libmpg123 finds damage";
            }
        }
        return (int)done / sizeof(float) / Channels;
    }

    private void Close()
    {
        if (_decoder != 0)
            Mpg123.Delete(_decoder);
        _decoder = 0;
        if (_handle.IsAllocated)
            _handle.Free();
    }
}
