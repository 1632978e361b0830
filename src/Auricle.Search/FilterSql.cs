using System.Globalization;

namespace Auricle.Search;

/// <summary>A filter as a condition of SQL, the same for every engine that keeps its catalogue in tables.</summary>
/// <param name="filter">The filter.</param>
/// <param name="roots">The roots with their numbers.</param>
/// <param name="containsTag">The condition that a tag contains a text, given the names of the parameters with the key and the text.</param>
internal sealed class FilterSql(IndexFilter? filter, IReadOnlyList<(long Id, string Path)> roots, Func<string, string, string> containsTag)
{
    private readonly List<string> _conditions = [];
    private readonly List<(string Name, object Value)> _parameters = [];

    /// <summary>The condition over the columns of <c>files</c>.</summary>
    /// <param name="parameters">The values of its parameters.</param>
    public string Condition(out IReadOnlyList<(string Name, object Value)> parameters)
    {
        parameters = _parameters;
        if (filter is null || filter.IsEmpty)
            return "true";
        if (filter.Under is { } under)
            _conditions.Add(Under(Path.TrimEndingDirectorySeparator(Path.GetFullPath(under))));
        if (filter.After is { } after)
            _conditions.Add($"recorded >= {Parameter(after.ToUnixTimeMilliseconds())}");
        if (filter.Before is { } before)
            _conditions.Add($"recorded < {Parameter(before.ToUnixTimeMilliseconds())}");
        if (filter.MinSeconds is { } shortest)
            _conditions.Add($"seconds >= {Parameter(shortest)}");
        if (filter.MaxSeconds is { } longest)
            _conditions.Add($"seconds <= {Parameter(longest)}");
        foreach (var (key, text) in filter.Tags)
            _conditions.Add(containsTag(Parameter(key.ToLowerInvariant()), Parameter(text)));
        return string.Join(" and ", _conditions);
    }

    private string Under(string folder)
    {
        var places = new List<string>();
        foreach (var (id, root) in roots)
        {
            if (PathsBelow.Relative(folder, root) is not null)
            {
                places.Add(Invariant($"root = {id}"));
            }
            else if (PathsBelow.Relative(root, folder) is { } path)
            {
                // What begins with the folder's name and a slash lies before the same name with the next character, by bytes.
                places.Add(Invariant($"(root = {id} and (files.path = {Parameter(path)} or (files.path > {Parameter(path + '/')} and files.path < {Parameter(path + '0')})))"));
            }
        }
        return places.Count == 0 ? "false" : $"({string.Join(" or ", places)})";
    }

    private string Parameter(object value)
    {
        var name = Invariant($"@f{_parameters.Count}");
        _parameters.Add((name, value));
        return name;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Paths below folders.</summary>
public static class PathsBelow
{
    /// <summary>The path of a file or folder below a folder, with <c>/</c> between its parts; empty for the folder itself, <see langword="null"/> where it lies elsewhere.</summary>
    /// <param name="folder">The folder, absolute, without a slash at its end.</param>
    /// <param name="path">The path, absolute.</param>
    public static string? Relative(string folder, string path)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(path);
        if (path == folder)
            return "";
        var start = Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
        return path.StartsWith(start, StringComparison.Ordinal) ? path[start.Length..].Replace(Path.DirectorySeparatorChar, '/') : null;
    }
}
