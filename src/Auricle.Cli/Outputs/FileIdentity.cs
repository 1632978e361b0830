using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Auricle.Cli.Outputs;

/// <summary>What a path leads to.</summary>
internal enum FileKind
{
    None,
    File,
    Folder,
    Link,

    /// <summary>A pipe, a socket or a device.</summary>
    Stream,
}

/// <summary>Which file a path leads to, whatever it is called there: links of both kinds have the identity of what they lead to.</summary>
internal static partial class FileIdentity
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicFields = 0x7ff;

    /// <summary>The identity of what is at a path, or <see langword="null"/> where nothing is.</summary>
    public static string? Of(string path) => Read(CurrentFolder, path, 0, out _);

    /// <summary>The identity of an open file.</summary>
    public static string? Of(SafeFileHandle file) => OfDescriptor((int)file.DangerousGetHandle());

    /// <summary>The identity of an inherited descriptor where it is a regular file: 1 for standard output.</summary>
    public static string? OfDescriptor(int descriptor) => Read(descriptor, "", EmptyPath, out var kind) is { } found && kind == FileKind.File ? found : null;

    /// <summary>What is at a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="follow">Whether a link counts as what it leads to.</param>
    public static FileKind KindOf(string path, bool follow = true)
    {
        Read(CurrentFolder, path, follow ? 0 : NoFollow, out var kind);
        return kind;
    }

    private static unsafe string? Read(int folder, string path, int flags, out FileKind kind)
    {
        // The one call of the system whose record is laid out alike on every processor.
        Span<byte> record = stackalloc byte[256];
        fixed (byte* pointer = record)
        {
            if (!OperatingSystem.IsLinux() || StatX(folder, path, flags, BasicFields, pointer) != 0)
            {
                kind = !OperatingSystem.IsLinux() && Path.Exists(path) ? Directory.Exists(path) ? FileKind.Folder : FileKind.File : FileKind.None;
                return kind == FileKind.None ? null : Path.GetFullPath(path);
            }
        }
        kind = (BinaryPrimitives.ReadUInt16LittleEndian(record[28..]) & 0xf000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Folder,
            0xa000 => FileKind.Link,
            _ => FileKind.Stream,
        };
        var device = BinaryPrimitives.ReadUInt64LittleEndian(record[136..]);
        return string.Create(Times.Culture, $"{device:x}:{BinaryPrimitives.ReadUInt64LittleEndian(record[32..]):x}");
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(int folder, string path, int flags, uint mask, byte* record);
}
