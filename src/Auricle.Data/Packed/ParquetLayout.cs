using System.Globalization;
using System.Text.RegularExpressions;
using Auricle.Audio;
using Parquet.Schema;

namespace Auricle.Data.Layouts;

/// <summary>
/// Data sets as they lie on the Hugging Face hub: parquet files, one or several for each split, whose columns hold the bytes of sound files, or the names of files
/// beside them, and captions or labels. Texts are read at once; bytes a row group at a time, when a sound of it is asked for.
/// </summary>
internal sealed partial class ParquetLayout() : DataLayout(
    "parquet", "parquet files of the Hugging Face hub",
    "SPLIT-00000-of-0000N.parquet in the folder, in data or in a folder for each split, or one file: a column audio with bytes, or file_name, and caption, captions, caption_1 …, text, label or labels")
{
    // The words a file or folder begins with where its name does not say its number among others.
    private static readonly string[] SplitWords = ["train", "training", "dev", "development", "val", "valid", "validation", "test", "eval", "evaluation"];

    public override bool TakesFile => true;

    internal override void Read(DataSetBuilder set)
    {
        string[] paths = File.Exists(set.Root) ? [set.Root] : [.. Directory.EnumerateFiles(
            set.Root, "*.parquet", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden }).Order(StringComparer.Ordinal)];
        if (paths.Length == 0)
            throw new DataSetException(set.Root, $"'{set.Root}' has no parquet files; give the folder of {Title}: {Files}.");
        var groups = new ParquetGroups();
        foreach (var path in paths)
        {
            if (SplitOf(set.Root, path) is not { } split || set.IsChosen(split))
                ReadFile(set, path, SplitOf(set.Root, path), groups);
        }
        foreach (var lost in Directory.Exists(set.Root) ? Lost(paths) : [])
        {
            if (SplitOf(set.Root, lost) is not { } split || set.IsChosen(split))
                set.AddMissing(new DataItem { Id = Path.GetRelativePath(set.Root, lost), Split = SplitOf(set.Root, lost) }, $"{Path.GetRelativePath(set.Root, lost)}, a file of the set that was not fetched");
        }
    }

    private static void ReadFile(DataSetBuilder set, string path, string? split, ParquetGroups groups)
    {
        using var table = ParquetTable.Open(path);
        var columns = ParquetColumns.Of(table);
        var place = set.Root == path ? Path.GetFileName(path) : Path.GetRelativePath(set.Root, path).Replace('\\', '/');
        var rows = new Rows(table, columns);
        // Some sets have a row for each caption, one after the other; where all rows bear one name, the name tells nothing.
        var merges = columns.HasOneCaption && rows.Names.Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).Skip(1).Any();
        for (var first = 0; first < rows.Count;)
        {
            var after = first + 1;
            while (merges && after < rows.Count && rows.Names[first].Length > 0 && rows.Names[after] == rows.Names[first] && rows.Split(after) == rows.Split(first))
                after++;
            var own = split ?? rows.Split(first);
            if (split is not null || set.IsChosen(own))
                Add(set, path, place, own, columns, rows, first, after, groups);
            first = after;
        }
    }

    /// <summary>Adds the item of some rows.</summary>
    private static void Add(DataSetBuilder set, string path, string place, string? split, ParquetColumns columns, Rows rows, int first, int after, ParquetGroups groups)
    {
        var name = rows.Names[first];
        var id = rows.Id(first) is { Length: > 0 } told ? told : name.Length > 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{place}#{first}");
        if (set.Has(id) && split is not null)
            id = $"{split}/{id}";
        if (set.Has(id))
            id = string.Create(CultureInfo.InvariantCulture, $"{place}#{first}");
        var item = new DataItem
        {
            Id = id,
            Captions = [.. Enumerable.Range(first, after - first).SelectMany(rows.Captions)],
            Labels = [.. Enumerable.Range(first, after - first).SelectMany(row => columns.LabelsOf(rows.Labels(row))).Distinct(StringComparer.Ordinal)],
            Split = split,
            Fold = int.TryParse(rows.Fold(first), NumberStyles.None, CultureInfo.InvariantCulture, out var fold) ? fold : null,
            Source = rows.Source(first) is { Length: > 0 } source ? source : null,
            Recording = rows.Recording(first) is { Length: > 0 } recording ? columns.Keeper + recording : null,
            Seconds = double.TryParse(rows.Seconds(first), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < double.PositiveInfinity ? seconds : null,
        };
        var (group, row) = rows.Place(first);
        if (columns.Bytes is { } bytes && rows.HasBytes(first, path, groups))
            set.Add(item with { Packed = new Item(groups, path, bytes.Path, group, row) });
        // What was uploaded without its sounds names files that may lie beside it.
        else if (name.Length > 0 && (columns.Bytes is null || AudioPaths.Extensions.Contains(Path.GetExtension(name))))
            set.Add(item, [name]);
        else
            set.AddMissing(item, string.Create(CultureInfo.InvariantCulture, $"row {first} of {place}, which has no bytes"));
    }

    /// <summary>The split by the name of the file or of its folder, as <c>train-00000-of-00002.parquet</c>, <c>test.parquet</c>, <c>train/0000.parquet</c>.</summary>
    private static string? SplitOf(string root, string path)
    {
        var name = Path.GetFileName(path);
        if (Part().Match(name) is { Success: true } part)
            return part.Groups["split"].Value;
        var word = name.Split('-', '.', '_')[0];
        if (SplitWords.Contains(word, StringComparer.OrdinalIgnoreCase))
            return word;
        var folder = Path.GetFileName(Path.GetDirectoryName(Path.GetRelativePath(root, path)) ?? "");
        return SplitWords.Contains(folder, StringComparer.OrdinalIgnoreCase) ? folder : null;
    }

    /// <summary>Files that those which are there name as others of their split.</summary>
    private static IEnumerable<string> Lost(IReadOnlyCollection<string> paths)
    {
        var there = paths.ToHashSet(StringComparer.Ordinal);
        return paths.Select(path => (Folder: Path.GetDirectoryName(path)!, Match: Part().Match(Path.GetFileName(path)))).Where(part => part.Match.Success)
            .Select(part => (part.Folder, Split: part.Match.Groups["split"].Value, Count: int.Parse(part.Match.Groups["count"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture), Ending: part.Match.Groups["rest"].Value))
            .Distinct()
            .SelectMany(part => Enumerable.Range(0, part.Count).Select(number => Path.Combine(part.Folder, string.Create(CultureInfo.InvariantCulture, $"{part.Split}-{number:00000}-of-{part.Count:00000}{part.Ending}"))))
            .Where(path => !there.Contains(path));
    }

    // The hub adds a hash at times.
    [GeneratedRegex(@"^(?<split>.+)-\d{5}-of-(?<count>\d{5})(?<rest>(-[0-9a-f]{16})?\.parquet)$")]
    private static partial Regex Part();

    /// <summary>What the rows of a file tell, but for their sounds.</summary>
    private sealed class Rows
    {
        private readonly ParquetTable _table;
        private readonly ParquetColumns _columns;
        private readonly List<int> _ends = [];
        private readonly string[][][] _captions;
        private readonly string[][] _labels, _ids, _splits, _folds, _sources, _seconds, _recordings;

        public Rows(ParquetTable table, ParquetColumns columns)
        {
            (_table, _columns) = (table, columns);
            for (var group = 0; group < table.Groups; group++)
                _ends.Add(checked(Count + table.Rows(group)));
            string[][] Column(DataField? field) => field is null ? [] : [.. Enumerable.Range(0, table.Groups).SelectMany(group => table.Texts(group, field))];
            Names = columns.File is null ? [.. Enumerable.Repeat("", Count)] : [.. Column(columns.File).Select(row => row is [var name, ..] ? name.Trim() : "")];
            _captions = [.. columns.Captions.Select(Column)];
            (_labels, _ids, _splits, _folds) = (Column(columns.Labels), Column(columns.Id), Column(columns.Split), Column(columns.Fold));
            (_sources, _seconds, _recordings) = (Column(columns.Source), Column(columns.Seconds), Column(columns.Recording));
        }

        public int Count => _ends.Count == 0 ? 0 : _ends[^1];

        /// <summary>The names of the sounds; empty where there are none.</summary>
        public string[] Names { get; }

        public IEnumerable<string> Captions(int row) => _captions.SelectMany(column => column[row]).Where(text => !string.IsNullOrWhiteSpace(text));

        public string[] Labels(int row) => _labels.Length == 0 ? [] : _labels[row];

        public string? Id(int row) => Only(_ids, row);

        public string? Split(int row) => Only(_splits, row) is { Length: > 0 } split ? split : null;

        public string? Fold(int row) => Only(_folds, row);

        public string? Source(int row) => Only(_sources, row);

        public string? Seconds(int row) => Only(_seconds, row);

        public string? Recording(int row) => Only(_recordings, row);

        /// <summary>The row group of a row, and its place in that.</summary>
        public (int Group, int Row) Place(int row)
        {
            var group = _ends.FindIndex(end => row < end);
            return (group, group == 0 ? row : row - _ends[group - 1]);
        }

        /// <summary>Whether a row has bytes: by the count of empty ones, and only where there are some and others by the bytes themselves.</summary>
        public bool HasBytes(int row, string path, ParquetGroups groups)
        {
            var (group, place) = Place(row);
            var rows = _table.Rows(group);
            return _table.Empty(group, _columns.Bytes!) switch
            {
                0 => true,
                { } empty when empty == rows => false,
                _ => groups.Read(path, _columns.Bytes!.Path, group)[place] is not null,
            };
        }

        private static string? Only(string[][] column, int row) => column.Length > 0 && column[row] is [var text, ..] ? text.Trim() : null;
    }

    private sealed class Item(ParquetGroups groups, string path, FieldPath field, int group, int row) : IPackedItem
    {
        public string File => path;

        public ReadOnlyMemory<byte>? ReadSound() => groups.Read(path, field, group) is var rows && row < rows.Length && rows[row] is { } bytes ? bytes
            : throw new DataSetException(path, $"Row {row} of row group {group} of '{path}' has no bytes any more; the file was changed while it was read: read the set anew.");

        public PackedFeatures? ReadFeatures() => null;
    }
}

/// <summary>
/// The row groups that were read last. Sounds in their order, and those of several threads beside each other, come from one reading; sounds in any order cost
/// a row group each. Safe for concurrent use.
/// </summary>
internal sealed class ParquetGroups
{
    private const long MostBytes = 256L << 20;

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Path, int Group, byte[]?[] Rows, long Bytes)> _kept = [];

    /// <summary>The bytes of a group's rows.</summary>
    /// <exception cref="DataSetException">They cannot be read.</exception>
    public byte[]?[] Read(string path, FieldPath field, int group)
    {
        lock (_lock)
        {
            for (var node = _kept.First; node is not null; node = node.Next)
            {
                if (node.Value.Group == group && node.Value.Path == path)
                {
                    _kept.Remove(node);
                    _kept.AddFirst(node);
                    return node.Value.Rows;
                }
            }
            var rows = Open(path, field, group);
            var bytes = rows.Sum(row => row?.LongLength ?? 0);
            while (_kept.Count > 0 && _kept.Sum(kept => kept.Bytes) + bytes > MostBytes)
                _kept.RemoveLast();
            _kept.AddFirst((path, group, rows, bytes));
            return rows;
        }
    }

    private static byte[]?[] Open(string path, FieldPath field, int group)
    {
        try
        {
            using var table = ParquetTable.Open(path);
            return table.Bytes(group, table.Find(field));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataSetException(path, $"'{path}' cannot be read ({error.Message.TrimEnd('.')}); check the disk and its permissions.", innerException: error);
        }
    }
}
