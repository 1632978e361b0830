using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace Auricle.Audio.Content;

/// <summary>Files whose names are not UTF-8, which Linux has and .NET cannot name.</summary>
internal static unsafe partial class UnixFiles
{
    private const string Library = "libc";
    private const int ReadOnlyInThisProcess = 0x80000;   // O_RDONLY | O_CLOEXEC
    private const int NameOffset = 19;
    private const char Unreadable = '\uFFFD';

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

    [LibraryImport(Library, EntryPoint = "open")]
    private static partial int Open(byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "opendir")]
    private static partial nint OpenFolder(byte* path);

    [LibraryImport(Library, EntryPoint = "readdir")]
    private static partial byte* ReadFolder(nint folder);

    [LibraryImport(Library, EntryPoint = "closedir")]
    private static partial int CloseFolder(nint folder);
}
