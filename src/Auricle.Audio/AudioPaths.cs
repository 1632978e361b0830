using System.IO.Enumeration;
using Microsoft.Extensions.FileSystemGlobbing;

namespace Auricle.Audio;

/// <summary>Turns what a user names (files, folders, patterns) into a list of sound files.</summary>
public static class AudioPaths
{
    /// <summary>The extensions by which a sound or video file in a folder is recognised, in any case.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".wav", ".wave", ".w64", ".rf64", ".bwf", ".flac", ".ogg", ".oga", ".opus", ".spx", ".mp3", ".mp2", ".mpga", ".aif", ".aiff",
        ".aifc", ".au", ".snd", ".caf", ".m4a", ".m4b", ".aac", ".ac3", ".eac3", ".dts", ".wma", ".amr", ".ape", ".wv", ".tta", ".mka",
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".wmv", ".flv", ".mpg", ".mpeg", ".ts", ".3gp", ".ogv",
    };

    /// <summary>
    /// Lists the files that the inputs name, each once, in the order of the inputs.
    /// A folder gives the sound files in and below it by their extension, sorted by path, without hidden files and linked folders.
    /// A pattern may use <c>*</c>, and <c>**</c> for any depth of folders; it gives the matching files, sorted, and unless it ends in an
    /// extension only sound files. Anything else, also a missing file and <c>-</c>, is passed on, so that it is reported in its place.
    /// </summary>
    /// <param name="inputs">Paths of files and folders, patterns, <c>-</c>.</param>
    /// <exception cref="AudioException">A folder or a pattern gives no sound file, or a folder may not be read.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var paths = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            ArgumentException.ThrowIfNullOrEmpty(input, nameof(inputs));
            foreach (var path in ExpandOne(input))
            {
                if (seen.Add(path == AudioFile.StandardInput ? path : Path.GetFullPath(path)))
                    paths.Add(path);
            }
        }
        return paths;
    }

    private static List<string> ExpandOne(string input)
    {
        try
        {
            if (Directory.Exists(input))
            {
                return FilesIn(input) is { Count: > 0 } files ? files : throw new AudioException(
                    AudioFailure.NoFiles, input, $"The folder '{input}' holds no sound file; name another folder, or a file directly.");
            }
            // A file whose own name has an asterisk is that file.
            if (!input.Contains('*', StringComparison.Ordinal) || File.Exists(input))
                return [input];
            return Matches(input) is { Count: > 0 } matches ? matches : throw new AudioException(
                AudioFailure.NoFiles, input, $"No sound file matches '{input}'; check the pattern (** stands for any depth of folders).");
        }
        catch (UnauthorizedAccessException error)
        {
            throw new AudioException(
                AudioFailure.AccessDenied, input,
                $"A folder in '{input}' may not be read by this user ({error.Message}); change its permissions or leave it out.", error);
        }
    }

    private static List<string> FilesIn(string folder)
    {
        // Skipping a folder without permission would lose sound silently, hence IgnoreInaccessible = false.
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false };
        var files = new FileSystemEnumerable<string>(folder, static (ref entry) => entry.ToSpecifiedFullPath(), options)
        {
            ShouldIncludePredicate = static (ref entry) => !entry.IsDirectory && IsSound(entry.FileName),
            // A link may lead back up, which would never end.
            ShouldRecursePredicate = static (ref entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        return [.. files.Order(StringComparer.Ordinal)];
    }

    private static List<string> Matches(string pattern)
    {
        // The folder before the first wildcard is where the search starts.
        pattern = pattern.Replace('\\', '/');
        var split = pattern.LastIndexOf('/', pattern.IndexOf('*', StringComparison.Ordinal)) + 1;
        var root = pattern[..split];
        var rest = pattern[split..];
        if (root.Length > 0 && !Directory.Exists(root))
            return [];

        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddInclude(rest);
        var directory = new Microsoft.Extensions.FileSystemGlobbing.Abstractions.DirectoryInfoWrapper(
            new DirectoryInfo(root.Length == 0 ? "." : root));
        var anySound = Path.GetExtension(rest).Contains('*', StringComparison.Ordinal) || Path.GetExtension(rest).Length == 0;
        return [.. matcher.Execute(directory).Files
            .Select(match => root + match.Path)
            .Where(path => !anySound || IsSound(path))
            .Order(StringComparer.Ordinal)];
    }

    private static bool IsSound(ReadOnlySpan<char> path) =>
        Extensions is HashSet<string> set && set.GetAlternateLookup<ReadOnlySpan<char>>().Contains(Path.GetExtension(path));
}
