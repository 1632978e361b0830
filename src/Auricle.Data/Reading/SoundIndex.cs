using Auricle.Audio;

namespace Auricle.Data.Reading;

/// <summary>
/// The sound files of a folder by their names without extension: published tables name a wav, and what people have is often flac or mp3. Blanks around
/// names and how accents are stored do not count.
/// </summary>
internal sealed class SoundIndex
{
    private readonly string _root;
    private readonly Dictionary<string, List<string>> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public SoundIndex(string root)
    {
        _root = root;
        foreach (var path in Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden }))
        {
            if (AudioPaths.Extensions.Contains(Path.GetExtension(path)))
            {
                var key = Key(Path.GetFileNameWithoutExtension(path));
                (_files.TryGetValue(key, out var list) ? list : _files[key] = []).Add(path);
            }
        }
        Paths = [.. _files.Values.SelectMany(list => list).Order(StringComparer.Ordinal)];
    }

    /// <summary>All of them, sorted.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Finds a sound.</summary>
    /// <param name="names">Its names, the likeliest first, with or without extension and folders.</param>
    /// <param name="within">Names of folders that are preferred.</param>
    /// <param name="problem">Why a file that is there was not taken.</param>
    public string? Find(IReadOnlyList<string> names, IReadOnlyList<string> within, out string? problem)
    {
        problem = null;
        foreach (var name in names)
        {
            var file = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
            var stem = AudioPaths.Extensions.Contains(Path.GetExtension(file.TrimEnd())) ? Path.GetFileNameWithoutExtension(file.TrimEnd()) : file;
            if (!_files.TryGetValue(Key(stem), out var found))
                continue;
            IReadOnlyList<string> left = found;
            // Each sign narrows the choice where it decides anything.
            left = Narrow(left, path => within.Any(folder => Folders(path).Contains(folder, StringComparer.Ordinal)));
            left = Narrow(left, path => Path.GetRelativePath(_root, path).Replace('\\', '/').EndsWith(name.Trim().Replace('\\', '/'), StringComparison.Ordinal));
            left = Narrow(left, path => Path.GetFileName(path) == file.Trim());
            if (left.Count > 1)
            {
                problem = $"{name} ({left.Count} files have this name, such as {Path.GetRelativePath(_root, left[0])} and {Path.GetRelativePath(_root, left[1])})";
                continue;
            }
            _used.Add(left[0]);
            return left[0];
        }
        return null;
    }

    /// <summary>The files that no search has found, relative to the folder.</summary>
    public IReadOnlyList<string> Unused() => [.. Paths.Where(path => !_used.Contains(path)).Select(path => Path.GetRelativePath(_root, path))];

    private static IReadOnlyList<string> Narrow(IReadOnlyList<string> paths, Func<string, bool> sign)
    {
        if (paths.Count == 1)
            return paths;
        var signed = paths.Where(sign).ToList();
        return signed.Count == 0 ? paths : signed;
    }

    private string[] Folders(string path) => Path.GetRelativePath(_root, path).Split(Path.DirectorySeparatorChar)[..^1];

    private static string Key(string stem)
    {
        try
        {
            return stem.Trim().Normalize();
        }
        catch (ArgumentException)
        {
            return stem;   // a name that is no Unicode
        }
    }
}
