using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Auricle.Audio.Content;

namespace Auricle.Audio.Decoding;

/// <summary>Bytes that libsndfile and libmpg123 read through callbacks. No exception may leave those: an error ends the bytes and is kept.</summary>
internal sealed unsafe class SndFileSource(ByteView bytes)
{
    private long _position;

    /// <summary>What the disk or the network said, if it failed.</summary>
    public IOException? Failure { get; private set; }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static long Length(nint handle) => Of(handle).Size;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static long Seek(long offset, int origin, nint handle) => Of(handle).Seek(offset, origin);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static long Read(void* buffer, long count, nint handle) => Of(handle).Read(new Span<byte>(buffer, (int)Math.Clamp(count, 0, int.MaxValue)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static long Write(void* buffer, long count, nint handle) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static long Tell(nint handle) => Of(handle)._position;

    // The same for libmpg123, which has its arguments in another order.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static nint ReadFor(nint handle, void* buffer, nint count) => (nint)Of(handle).Read(new Span<byte>(buffer, (int)Math.Clamp(count, 0, int.MaxValue)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static nint SeekFor(nint handle, nint offset, int origin) => (nint)Of(handle).Seek(offset, origin);

    private long Size => bytes.Length;

    private static SndFileSource Of(nint handle) => Unsafe.As<SndFileSource>(GCHandle.FromIntPtr(handle).Target!);

    private long Seek(long offset, int origin)
    {
        var target = offset + origin switch
        {
            (int)SeekOrigin.Begin => 0,
            (int)SeekOrigin.Current => _position,
            _ => Size,
        };
        return target < 0 ? -1 : _position = target;
    }

    private long Read(Span<byte> buffer)
    {
        try
        {
            var count = bytes.Read(_position, buffer);
            _position += count;
            return count;
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            Failure ??= error as IOException ?? new IOException(error.Message, error);
            return 0;
        }
    }
}
