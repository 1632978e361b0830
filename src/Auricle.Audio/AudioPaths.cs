using System.Collections;

namespace Auricle.Audio;

/// <summary>What inputs of a user stand for: sound files, and what was passed over on the way to them.</summary>
public sealed class AudioPathList : IReadOnlyList<string>
{
    private readonly List<string> _paths = [];
    private readonly List<string> _problems = [];

    /// <summary>How many other files lie in the folders: by their names no sound, or pipes, sockets and devices. Hidden files do not count.</summary>
    public int LeftOut { get; internal set; }

    /// <summary>A sentence for each folder below those given that could not be read, so that sound in it is missing from the list.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <inheritdoc/>
    public int Count => _paths.Count;

    /// <inheritdoc/>
    public string this[int index] => _paths[index];

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => _paths.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(string path) => _paths.Add(path);

    internal void AddProblem(string sentence) => _problems.Add(sentence);
}

/// <summary>Turns what a user names (files, folders, patterns) into a list of sound files.</summary>
public static class AudioPaths
{
    /// <summary>The extensions by which a sound or video file in a folder is recognised, in any case.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".wav", ".wave", ".w64", ".rf64", ".bwf", ".flac", ".ogg", ".oga", ".ogx", ".opus", ".spx", ".mp3", ".mp2", ".mp1", ".mpga", ".aif", ".aiff",
        ".aifc", ".au", ".snd", ".caf", ".m4a", ".m4b", ".m4r", ".aac", ".adts", ".ac3", ".eac3", ".dts", ".dtshd", ".mlp", ".thd", ".wma", ".amr", ".awb",
        ".3ga", ".qcp", ".ape", ".wv", ".tta", ".tak", ".mpc", ".mp+", ".mka", ".weba", ".dsf", ".dff", ".sph", ".nist", ".voc", ".8svx", ".svx", ".iff",
        ".paf", ".pvf", ".ircam", ".sf", ".avr", ".ra", ".oma", ".aa3", ".shn",
        ".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".divx", ".wmv", ".asf", ".flv", ".f4v", ".f4a", ".mpg", ".mpeg", ".mpv", ".m2v", ".vob", ".ts", ".mts",
        ".m2ts", ".m2t", ".3gp", ".3g2", ".ogv", ".ogm", ".mxf", ".gxf", ".rm", ".rmvb", ".wtv", ".dv", ".nut",
    };

    /// <summary>
    /// Lists the files that the inputs name, each once, in the order of the inputs.
    /// A folder gives the sound files in and below it by their extension, sorted by path, without hidden files, linked folders, and what is
    /// no file (pipes, sockets, devices).
    /// A pattern may use <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>{one,other}</c>, and <c>**</c> for any depth of folders; it gives the matching
    /// files by the same rules, sorted, and unless it ends in an extension only sound files; a part that begins with a point finds hidden ones.
    /// Anything else, also a missing file and <c>-</c>, is passed on, so that it is reported in its place.
    /// </summary>
    /// <param name="inputs">Paths of files and folders, patterns, <c>-</c>.</param>
    /// <exception cref="AudioException">A folder or a pattern gives no sound file, a folder may not be read, or an input is empty.</exception>
    public static AudioPathList Expand(IEnumerable<string> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var list = new AudioPathList();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            ArgumentNullException.ThrowIfNull(input, nameof(inputs));
            if (input.Length == 0 || input.Contains('\0', StringComparison.Ordinal))
                throw new AudioException(AudioFailure.NotFound, input, "The name of a file is empty; give a path.");
            foreach (var path in ExpandOne(input, list))
            {
                if (seen.Add(path == AudioFile.StandardInput ? path : Path.GetFullPath(path)))
                    list.Add(path);
            }
        }
        return list;
    }

    internal static bool IsSound(ReadOnlySpan<char> path) =>
        Extensions is HashSet<string> set && set.GetAlternateLookup<ReadOnlySpan<char>>().Contains(Path.GetExtension(path));

    private static List<string> ExpandOne(string input, AudioPathList list)
    {
        try
        {
            if (Directory.Exists(input))
            {
                return new PathPattern(input).Files(list) is { Count: > 0 } files ? files : throw new AudioException(
                    AudioFailure.NoFiles, input, $"The folder '{input}' holds no sound file; name another folder, or a file directly.");
            }
            // A file whose own name has an asterisk is that file.
            if (!PathPattern.IsPattern(input) || File.Exists(input))
                return [input];
            return PathPattern.Parse(input).Files(list) is { Count: > 0 } matches ? matches : throw new AudioException(
                AudioFailure.NoFiles, input, $"No sound file matches '{input}'; check the pattern (** stands for any depth of folders).");
        }
        catch (UnauthorizedAccessException error)
        {
            throw new AudioException(
                AudioFailure.AccessDenied, input,
                $"The folder '{input}' may not be read by this user ({error.Message}); change its permissions or leave it out.", error);
        }
        catch (IOException error)
        {
            throw new AudioException(AudioFailure.ReadFailed, input, $"The folder '{input}' cannot be read ({error.Message}); check the disk or leave it out.", error);
        }
    }
}
