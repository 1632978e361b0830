using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace Auricle.Audio.Content;

/// <summary>What lies at a path.</summary>
internal enum FileKind
{
    /// <summary>A file, or something the system does not tell; opening it will.</summary>
    File,
    Folder,
    Pipe,
    Device,
    Socket,
}

/// <summary>What Linux knows of files and .NET does not tell: pipes, devices and sockets, and names that are not UTF-8.</summary>
internal static unsafe partial class UnixFiles
{
    private const string Library = "libc";
    private const int CurrentFolder = -100;
    private const int ReadOnlyInThisProcess = 0x80000;   // O_RDONLY | O_CLOEXEC
    private const uint TypeOnly = 1;
    private const int StatLength = 256;
    private const int ModeOffset = 28;
    private const int NameOffset = 19;
    private const char Unreadable = '\uFFFD';

    /// <summary>What a path leads to, links followed.</summary>
    public static FileKind KindOf(string path)
    {
        if (!OperatingSystem.IsLinux() || path.Contains('\0', StringComparison.Ordinal))
            return FileKind.File;
        var stat = stackalloc byte[StatLength];
        try
        {
            if (Stat(CurrentFolder, path, 0, TypeOnly, stat) != 0)
                return FileKind.File;
        }
        catch (EntryPointNotFoundException)
        {
            return FileKind.File;   // a C library older than the call
        }
        return (*(ushort*)(stat + ModeOffset) & 0xF000) switch
        {
            0x4000 => FileKind.Folder,
            0x1000 => FileKind.Pipe,
            0x2000 or 0x6000 => FileKind.Device,
            0xC000 => FileKind.Socket,
            _ => FileKind.File,
        };
    }

    /// <summary>
    /// Opens a file whose name is not UTF-8 and reached .NET with question marks in it; <see langword="null"/> where there is none.
    /// </summary>
    /// <param name="path">The path as .NET has it.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="AudioException">Several names look the same.</exception>
    public static FileStream? OpenByBytes(string path, string name)
    {
        if (!OperatingSystem.IsLinux() || !path.Contains(Unreadable, StringComparison.Ordinal))
            return null;
        var found = Resolve(path);
        if (found.Count == 0)
            return null;
        if (found.Count > 1)
        {
            throw new AudioException(
                AudioFailure.NotFound, name,
                $"'{name}' stands for several files whose names are not UTF-8 and look the same here; rename them (convmv -f latin1 -t utf8) or pass one of them to standard input.");
        }
        fixed (byte* bytes = found[0])
        {
            var descriptor = Open(bytes, ReadOnlyInThisProcess);
            if (descriptor < 0)
                throw new UnauthorizedAccessException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError()));
            return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
        }
    }

    /// <summary>The names on the disk, ending in zero, that read as a path does.</summary>
    private static List<byte[]> Resolve(string path)
    {
        var found = new List<byte[]> { Path.IsPathRooted(path) ? [(byte)'/'] : [(byte)'.', (byte)'/'] };
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            found = part.Contains(Unreadable, StringComparison.Ordinal)
                ? [.. found.SelectMany(folder => NamesIn(folder).Where(name => Shown(name) == Collapsed(part)).Select(name => Below(folder, name)))]
                : found.ConvertAll(folder => Below(folder, Encoding.UTF8.GetBytes(part)));
        }
        return found.ConvertAll(name => (byte[])[.. name, 0]);

        static byte[] Below(byte[] folder, byte[] name) => folder[^1] == (byte)'/' ? [.. folder, .. name] : [.. folder, (byte)'/', .. name];

        // How many question marks a wrong byte gives depends on who converts it.
        static string Shown(byte[] name) => Collapsed(Encoding.UTF8.GetString(name));
    }

    private static string Collapsed(string name) => Run.Replace(name, "\uFFFD");

    private static List<byte[]> NamesIn(byte[] folder)
    {
        var names = new List<byte[]>();
        fixed (byte* path = (byte[])[.. folder, 0])
        {
            var directory = OpenFolder(path);
            if (directory == 0)
                return names;
            while (ReadFolder(directory) is var entry && entry != null)
                names.Add(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset).ToArray());
            _ = CloseFolder(directory);
        }
        return names;
    }

    [GeneratedRegex("\uFFFD+")]
    private static partial Regex Run { get; }

    [LibraryImport(Library, EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int folder, string path, int flags, uint mask, byte* stat);

    [LibraryImport(Library, EntryPoint = "open")]
    private static partial int Open(byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "opendir")]
    private static partial nint OpenFolder(byte* path);

    [LibraryImport(Library, EntryPoint = "readdir")]
    private static partial byte* ReadFolder(nint folder);

    [LibraryImport(Library, EntryPoint = "closedir")]
    private static partial int CloseFolder(nint folder);
}
