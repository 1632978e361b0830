using Auricle.Data.Reading;

namespace Auricle.Data;

/// <summary>Puts a data set together: finds the sounds of its items and counts what is missing.</summary>
internal sealed class DataSetBuilder(DataLayout layout, string root, DataReadOptions options)
{
    /// <summary>Why what a list names is left out.</summary>
    public const string ExcludedReason = "in the list of exclusions";

    private readonly List<DataItem> _items = [];
    private readonly List<MissingSound> _missing = [];
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _otherSplits = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Lazy<SoundIndex> _sounds = new(() => new SoundIndex(Directory.Exists(root) ? root : Path.GetDirectoryName(Path.GetFullPath(root))!));
    private readonly Lazy<ExclusionList> _excluded = new(() => ExclusionList.Read(options.Exclusions));

    public DataLayout Layout => layout;

    public string Root => root;

    public DataReadOptions Options => options;

    public SoundIndex Sounds => _sounds.Value;

    public ExclusionList Excluded => _excluded.Value;

    /// <summary>The file of a packed set, closed with it.</summary>
    public IDisposable? File { get; set; }

    /// <summary>The data set that was packed, where a packed set tells.</summary>
    public string? Origin { get; set; }

    /// <summary>Whether items of a split are asked for, where a layout has no splits of its own; an item without one is of none.</summary>
    public bool IsChosen(string? split)
    {
        if (options.Splits.Count == 0 || options.Splits.Any(name => DataLayout.IsSame(split ?? "", name)))
            return true;
        _otherSplits.Add(string.IsNullOrEmpty(split) ? "none" : split);
        return false;
    }

    /// <summary>The splits that are asked for.</summary>
    public IReadOnlyList<string> Splits => layout.Chosen(options);

    /// <summary>The first of some places in the folder that is a file; <see langword="null"/> where none is.</summary>
    public string? FindFile(params IEnumerable<string> places) => places.Select(place => Path.Combine(root, place)).FirstOrDefault(System.IO.File.Exists);

    /// <summary>As <see cref="FindFile"/>; one must be there.</summary>
    public string RequireFile(params string[] places) => FindFile(places) ?? throw new DataSetException(
        root, $"'{root}' has no {places[0]}; give the folder of {layout.Title}: {layout.Files}.");

    /// <summary>Adds an item whose sound is one of the folder's files.</summary>
    /// <param name="item">The item without its path.</param>
    /// <param name="names">The file's name, and others that it may have; the extension may differ.</param>
    /// <param name="within">Names of folders that it is expected below, where other folders may hold another sound of its name.</param>
    public void Add(DataItem item, IEnumerable<string> names, params IReadOnlyList<string> within)
    {
        if (!Count(item))
            return;
        var all = names.ToList();
        if (Sounds.Find(all, within, out var problem) is { } path)
            _items.Add(item with { Path = path });
        else
            _missing.Add(new(item.Id, item.Split, problem ?? all[0]));
    }

    /// <summary>Adds an item that needs no looking for.</summary>
    public void Add(DataItem item)
    {
        if (Count(item))
            _items.Add(item);
    }

    /// <summary>Whether an item of this id is there already.</summary>
    public bool Has(string id) => _ids.Contains(id);

    /// <summary>Notes that an item is left out on purpose.</summary>
    public void LeaveOut(string reason) => _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;

    /// <summary>Adds an item that has no sound.</summary>
    /// <param name="item">The item.</param>
    /// <param name="sought">Where the sound was looked for.</param>
    public void AddMissing(DataItem item, string sought)
    {
        if (Count(item))
            _missing.Add(new(item.Id, item.Split, sought));
    }

    public DataSet Build()
    {
        var all = _items.Count + _missing.Count;
        if (all == 0 && _otherSplits.Count > 0)
            throw new DataSetException(root, $"'{root}' has no items of the split {DataSet.Names(options.Splits)}; those that it has are of {DataSet.Names(_otherSplits)}.");
        if (all == 0)
            throw new DataSetException(root, $"'{root}' has no items of {layout.Title}{(_leftOut.Count > 0 ? " but those left out" : "")}; expected: {layout.Files}.");
        if ((_items.Count == 0 && !options.AllowsNone) || _missing.Count > options.MissingLimit * all)
        {
            throw new DataSetException(
                root, $"{_missing.Count} of {all} clips of {layout.Title} have no sound below '{root}': {DataSet.Names(_missing.Select(item => item.Sought))}. "
                    + (_items.Count == 0 ? $"Put the sounds there: {layout.Files}." : $"At most {options.MissingLimit:P0} may be missing; check the folder, or raise the limit."));
        }
        if (Excluded.Count > 0 && Excluded.Used == 0)
            throw new DataSetException(
                options.Exclusions[0], $"None of the {Excluded.Count} ids to be left out ({string.Join(", ", options.Exclusions.Select(file => $"'{file}'"))}) is in '{root}'; check that the list belongs to {layout.Title}.");
        return new DataSet(layout.Name, root, _items, _missing, _leftOut, options.ListsUnused ? Sounds.Unused() : [], File) { Origin = Origin ?? layout.Name };
    }

    private bool Count(DataItem item)
    {
        if (Excluded.Has(item.Id) || (item.Recording is { } recording && Excluded.Has(recording)))
        {
            LeaveOut(ExcludedReason);
            return false;
        }
        return _ids.Add(item.Id) ? true : throw new DataSetException(root, $"'{item.Id}' stands twice in the tables of '{root}'; leave one of them.");
    }
}
