using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Auricle.Torch.Checkpoints;

/// <summary>
/// A file mapped into memory. Nobody disposes it: the mapping is closed by the finalizer of its handle once no storage
/// refers to it. Nothing writes to the pages, so that a file may be larger than the memory.
/// </summary>
internal sealed unsafe class MappedFile
{
    private readonly SafeMemoryMappedViewHandle _view;
    private readonly nint _start;

    private MappedFile(string path, long length, SafeMemoryMappedViewHandle view, nint start)
    {
        Path = path;
        Length = length;
        _view = view;
        _start = start;
    }

    public string Path { get; }

    public long Length { get; }

    public static MappedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw CheckpointError.Create(path, "it is a folder; name the file inside it.");
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            var length = stream.Length;
            if (length == 0)
                throw CheckpointError.Create(path, "the file is empty; fetch it again.");
            using var map = MemoryMappedFile.CreateFromFile(
                stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            // The accessor is left to the collector on purpose: disposing it would close the view.
            var accessor = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            var view = accessor.SafeMemoryMappedViewHandle;
            // AcquirePointer would add a reference that keeps the finalizer from closing the view.
            return new MappedFile(path, length, view, view.DangerousGetHandle() + (nint)accessor.PointerOffset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw CheckpointError.Create(path, error is FileNotFoundException or DirectoryNotFoundException
                ? "there is no such file; check the path."
                : $"{error.Message.TrimEnd('.')}; check the path and its permissions.", error);
        }
    }

    /// <summary>The address of a byte; valid while this object is referred to.</summary>
    public nint Address(long offset)
    {
        ObjectDisposedException.ThrowIf(_view.IsClosed, this);
        return _start + (nint)offset;
    }

    /// <summary>A range that must lie in the file; the caller keeps this object alive while it reads.</summary>
    public ReadOnlySpan<byte> Span(long offset, long length)
    {
        if (offset < 0 || length < 0 || length > Length - offset || length > int.MaxValue)
            throw CheckpointError.Create(Path, $"it ends at byte {Length}, but {length} bytes at {offset} are needed; fetch the file again.");
        return new ReadOnlySpan<byte>((void*)Address(offset), (int)length);
    }

    /// <summary>The rest of the file from an offset, as far as one span reaches.</summary>
    public ReadOnlySpan<byte> Rest(long offset) => Span(offset, Math.Min(Length - offset, int.MaxValue));
}
