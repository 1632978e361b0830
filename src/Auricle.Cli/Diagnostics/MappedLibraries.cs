namespace Auricle.Cli.Diagnostics;

/// <summary>The shared libraries that are in this process now, which may be others than those a search path suggests.</summary>
internal sealed class MappedLibraries
{
    private MappedLibraries(IReadOnlyList<string> paths) => Paths = paths;

    /// <summary>Full paths; empty where the system does not tell.</summary>
    public IReadOnlyList<string> Paths { get; }

    public static MappedLibraries Read() => Parse(File.Exists("/proc/self/maps") ? File.ReadLines("/proc/self/maps") : []);

    /// <summary>Reads the kernel's list: address, rights, offset, device, inode, path.</summary>
    public static MappedLibraries Parse(IEnumerable<string> lines) => new(
    [
        .. lines
            .Select(line => line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var start ? line[start..] : "")
            .Where(path => Path.GetFileName(path).Contains(".so", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal),
    ]);

    /// <summary>The first library whose file name begins with one of the prefixes.</summary>
    public string? Find(params ReadOnlySpan<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (Paths.FirstOrDefault(path => Path.GetFileName(path).StartsWith(prefix, StringComparison.Ordinal)) is { } path)
                return path;
        }
        return null;
    }
}
