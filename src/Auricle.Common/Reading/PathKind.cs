using System.Runtime.InteropServices;

namespace Auricle.Reading;

/// <summary>What lies at a path.</summary>
public enum PathKind
{
    /// <summary>A file, or something the system does not tell; opening it will.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A pipe, which may have nobody at its other end.</summary>
    Pipe,

    /// <summary>A device.</summary>
    Device,

    /// <summary>A socket.</summary>
    Socket,
}

/// <summary>What Linux knows of paths and .NET does not tell.</summary>
public static unsafe partial class PathKinds
{
    private const int CurrentFolder = -100;
    private const uint TypeOnly = 1;
    private const int StatLength = 256;
    private const int ModeOffset = 28;

    /// <summary>What a path leads to, links followed.</summary>
    public static PathKind Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!OperatingSystem.IsLinux() || path.Contains('\0', StringComparison.Ordinal))
            return PathKind.File;
        var stat = stackalloc byte[StatLength];
        try
        {
            if (Stat(CurrentFolder, path, 0, TypeOnly, stat) != 0)
                return PathKind.File;
        }
        catch (EntryPointNotFoundException)
        {
            return PathKind.File;   // a C library older than the call
        }
        return (*(ushort*)(stat + ModeOffset) & 0xF000) switch
        {
            0x4000 => PathKind.Folder,
            0x1000 => PathKind.Pipe,
            0x2000 or 0x6000 => PathKind.Device,
            0xC000 => PathKind.Socket,
            _ => PathKind.File,
        };
    }

    /// <summary>Opens a pipe, which waits until somebody writes into it.</summary>
    /// <param name="path">The pipe.</param>
    /// <param name="wait">How long is waited.</param>
    /// <returns>Its reading end; <see langword="null"/> where nobody opened the other one.</returns>
    public static FileStream? OpenPipe(string path, TimeSpan wait)
    {
        var opening = Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));
        if (Task.WaitAny([opening], wait) == 0)
            return opening.GetAwaiter().GetResult();
        // The one who waits is let go by opening the other end.
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
            opening.GetAwaiter().GetResult().Dispose();
        return null;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int folder, string path, int flags, uint mask, byte* stat);
}
