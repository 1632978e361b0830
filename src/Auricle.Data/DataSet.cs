namespace Auricle.Data;

/// <summary>A data set as it lies on this machine. Packed ones keep their file open until they are disposed.</summary>
public sealed class DataSet : IDisposable
{
    private readonly IDisposable? _file;

    internal DataSet(
        string name, string root, IReadOnlyList<DataItem> items, IReadOnlyList<MissingSound> missing, IReadOnlyDictionary<string, int> leftOut,
        IReadOnlyList<string> unused, IDisposable? file)
    {
        (Name, Root, Items, Missing, LeftOut, Unused, _file) = (name, root, items, missing, leftOut, unused, file);
        Splits = [.. items.Select(item => item.Split).OfType<string>().Distinct()];
        Labels = [.. items.SelectMany(item => item.Labels).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>The name of its layout, for example <c>clotho</c>.</summary>
    public string Name { get; }

    /// <summary>The data set that was packed, where a packed one tells; else <see cref="Name"/>.</summary>
    public string Origin { get; internal init; } = "";

    /// <summary>The folder or file.</summary>
    public string Root { get; }

    /// <summary>The items whose sound is there, in the order of the set's tables.</summary>
    public IReadOnlyList<DataItem> Items { get; }

    /// <summary>Items of the tables whose sound is not there.</summary>
    public IReadOnlyList<MissingSound> Missing { get; }

    /// <summary>How many items were left out on purpose, by the reason.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; }

    /// <summary>Sound files in the folder of which the tables say nothing, relative to <see cref="Root"/>; looked for where <see cref="DataReadOptions.ListsUnused"/> is set.</summary>
    public IReadOnlyList<string> Unused { get; }

    /// <summary>The splits that items have, in their order.</summary>
    public IReadOnlyList<string> Splits { get; }

    /// <summary>The labels that items have, in ordinal order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>One line on what is missing, or <see langword="null"/> where nothing is.</summary>
    public string? MissingSummary => Missing.Count == 0 ? null
        : $"{Missing.Count} of {Missing.Count + Items.Count} clips of '{Root}' have no sound and are left out: {Names(Missing.Select(item => item.Sought))}.";

    /// <summary>Closes a packed set.</summary>
    public void Dispose() => _file?.Dispose();

    internal static string Names(IEnumerable<string> names)
    {
        var list = names.ToList();
        return string.Join(", ", list.Take(3).Select(name => $"'{name}'")) + (list.Count > 3 ? $" and {list.Count - 3} more" : "");
    }
}

/// <summary>What is read of a data set.</summary>
public sealed record DataReadOptions
{
    /// <summary>
    /// The splits to read, by the authors' names or by the usual others (<c>train</c>, <c>dev</c>, <c>test</c>, <c>eval</c> …); empty reads all that are there.
    /// </summary>
    public IReadOnlyList<string> Splits { get; init; } = [];

    /// <summary>
    /// The largest share of clips that may lack their sound. Clips of the web go missing, and papers report on what is left; where most are gone, the folder
    /// is the wrong one.
    /// </summary>
    public double MissingLimit { get; init; } = 0.5;

    /// <summary>Files that list what is to be left out: an id in each line, CSV whose first column is ids, or JSON as WavCaps' authors publish it.</summary>
    public IReadOnlyList<string> Exclusions { get; init; } = [];

    /// <summary>Whether a set is read of which no sound is there, to see what is missing.</summary>
    public bool AllowsNone { get; init; }

    /// <summary>Whether to look for sound files of which the tables say nothing.</summary>
    public bool ListsUnused { get; init; }
}
