using System.IO.Enumeration;
using System.Text;
using System.Text.RegularExpressions;
using Auricle.Reading;

namespace Auricle.Audio;

/// <summary>A folder, or a pattern of paths: a walk over the files that it names, without hidden ones, linked folders and what is no file.</summary>
internal sealed class PathPattern
{
    private const string AnyDepth = "**";
    private static readonly EnumerationOptions All = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    private readonly string _root;
    private readonly Part[] _parts;
    private readonly bool _soundOnly;

    /// <summary>The sound files in and below a folder.</summary>
    public PathPattern(string folder)
        : this(folder, [Part.Of(AnyDepth), Part.Of("*")], soundOnly: true)
    {
    }

    private PathPattern(string root, Part[] parts, bool soundOnly)
    {
        _root = root;
        _parts = parts;
        _soundOnly = soundOnly;
    }

    /// <summary>Whether a path has signs that stand for others.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny("*?[{");

    /// <summary>Reads a pattern; the folder before its first sign is where the walk starts.</summary>
    public static PathPattern Parse(string pattern)
    {
        if (OperatingSystem.IsWindows())
            pattern = pattern.Replace('\\', '/');
        var split = pattern.LastIndexOf('/', pattern.AsSpan().IndexOfAny("*?[{")) + 1;
        var root = pattern[..split];
        var rest = pattern[split..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        // A folder whose own name has such a sign is that folder.
        while (rest.Length > 1 && rest[0] != AnyDepth && Directory.Exists(root + rest[0]))
        {
            root += rest[0] + "/";
            rest = rest[1..];
        }
        var extension = Path.GetExtension(rest[^1]);
        // "**/**" is "**", and walked as often otherwise.
        var parts = rest.Where((part, i) => i == 0 || part != AnyDepth || rest[i - 1] != AnyDepth).Select(Part.Of);
        return new PathPattern(root, [.. parts], soundOnly: extension.Length == 0 || IsPattern(extension) && !extension.StartsWith(".{", StringComparison.Ordinal));
    }

    /// <summary>The files, sorted by path; files left out and folders that cannot be read are noted in the list.</summary>
    /// <exception cref="IOException">The folder where the walk starts cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder where the walk starts may not be read.</exception>
    public List<string> Files(AudioPathList list)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        var folder = _root.Length == 0 ? "." : _root;
        if (Directory.Exists(folder))
            Walk(folder, _root.Length == 0 || _root.EndsWith('/') ? _root : _root + "/", 0, files, list);
        return [.. files];
    }

    private void Walk(string folder, string prefix, int place, SortedSet<string> files, AudioPathList list)
    {
        var part = _parts[place];
        var isLast = place == _parts.Length - 1;
        foreach (var entry in EntriesOf(folder))
        {
            var path = prefix + entry.Name;
            if (part.IsAnyDepth)
            {
                // It stands for no folder as well: what follows is looked for here, and this part stays for the folders below.
                if (entry is { IsFolder: true, IsLink: false } && !IsHidden(entry.Name))
                    Below(path, place, files, list);
                if (!isLast && _parts[place + 1].Fits(entry.Name))
                    Take(path, entry, place + 1, files, list);
                else if (isLast && !IsHidden(entry.Name))
                    Take(path, entry, place, files, list);
            }
            else if (part.Fits(entry.Name))
            {
                Take(path, entry, place, files, list);
            }
        }
    }

    // Taken as the folder has them: a name that is not UTF-8 cannot be asked for anything more.
    private static FileSystemEnumerable<Entry> EntriesOf(string folder) => new(
        folder, static (ref entry) => new Entry(entry.FileName.ToString(), entry.IsDirectory, (entry.Attributes & FileAttributes.ReparsePoint) != 0), All);

    private void Take(string path, Entry entry, int place, SortedSet<string> files, AudioPathList list)
    {
        if (place < _parts.Length - 1)
        {
            // A link may lead back up, which would never end; one that the pattern names by its name is meant.
            if (entry.IsFolder && (!entry.IsLink || _parts[place].IsName))
                Below(path, place + 1, files, list);
            return;
        }
        if (entry.IsFolder)
            return;
        if ((_soundOnly && !AudioPaths.IsSound(entry.Name)) || PathKinds.Of(path) != PathKind.File)
            list.LeftOut++;
        else
            files.Add(path);
    }

    private void Below(string folder, int place, SortedSet<string> files, AudioPathList list)
    {
        try
        {
            Walk(folder, folder + "/", place, files, list);
        }
        catch (DirectoryNotFoundException) when (folder.Contains('\uFFFD', StringComparison.Ordinal))
        {
            list.AddProblem($"The folder '{folder}' has a name that is not UTF-8, and what is in it is left out; rename it (convmv).");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            list.AddProblem($"The folder '{folder}' cannot be read ({error.Message}), and what is in it is left out; change its permissions or leave it out.");
        }
    }

    private static bool IsHidden(string name) => name.StartsWith('.');

    private sealed record Entry(string Name, bool IsFolder, bool IsLink);

    /// <summary>What one name of a path must look like.</summary>
    private sealed class Part
    {
        private readonly string _text;
        private readonly Regex? _pattern;

        private Part(string text, Regex? pattern)
        {
            _text = text;
            _pattern = pattern;
        }

        public bool IsAnyDepth => _text == AnyDepth;

        public bool IsName => _pattern is null && !IsAnyDepth;

        public static Part Of(string text) => new(text, text != AnyDepth && IsPattern(text) ? Translate(text) : null);

        /// <summary>Whether a name fits; hidden ones only where the pattern begins with a point too.</summary>
        public bool Fits(string name) => name == _text || (_pattern is not null && (!IsHidden(name) || IsHidden(_text)) && _pattern.IsMatch(name));

        private static Regex Translate(string text)
        {
            var pattern = new StringBuilder("^");
            var depth = 0;
            for (var i = 0; i < text.Length; i++)
            {
                // A closing bracket right behind the opening one, or behind its negation, is a letter of the set.
                var letters = i + (i + 1 < text.Length && text[i + 1] is ('!' or '^') ? 2 : 1);
                var end = text.IndexOf(']', Math.Min(text.Length, letters + 1));
                switch (text[i])
                {
                    case '*':
                        pattern.Append(".*");
                        break;
                    case '?':
                        pattern.Append('.');
                        break;
                    case '[' when end > 0:
                        AppendSet(pattern, text[(i + 1)..end]);
                        i = end;
                        break;
                    case '{' when text.IndexOf('}', i) > 0:
                        pattern.Append("(?:");
                        depth++;
                        break;
                    case ',' when depth > 0:
                        pattern.Append('|');
                        break;
                    case '}' when depth > 0:
                        pattern.Append(')');
                        depth--;
                        break;
                    case var sign:
                        pattern.Append(Regex.Escape(sign.ToString()));
                        break;
                }
            }
            pattern.Append(')', depth).Append('$');
            var options = RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;
            if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
                options |= RegexOptions.IgnoreCase;
            return new Regex(pattern.ToString(), options);
        }

        private static void AppendSet(StringBuilder pattern, string set)
        {
            var isNegated = set[0] is '!' or '^';
            pattern.Append(isNegated ? "[^" : "[");
            for (var i = isNegated ? 1 : 0; i < set.Length; i++)
            {
                // A range that runs backwards is three signs of its own.
                if (i + 2 < set.Length && set[i + 1] == '-' && set[i] <= set[i + 2])
                {
                    pattern.Append(Coded(set[i])).Append('-').Append(Coded(set[i + 2]));
                    i += 2;
                }
                else
                {
                    pattern.Append(Coded(set[i]));
                }
            }
            pattern.Append(']');

            static string Coded(char sign) => $"\\u{(int)sign:X4}";
        }
    }
}
