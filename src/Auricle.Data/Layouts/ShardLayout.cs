namespace Auricle.Data.Layouts;

/// <summary>
/// WebDataset's shards, as <c>auricle data pack</c> writes them and as others do: tar files in which a sound, or its features, lies beside its description. Headers
/// and descriptions are read; of a sound only where it lies, so that any of them is read at once, in any order.
/// </summary>
internal sealed class ShardLayout() : DataLayout(
    "shards", "WebDataset's shards", "*.tar, as data pack writes them or others do, in the folder or in one for each split; in each a sound beside a .json or .txt of its captions")
{
    // A list that lies shall not fill the memory.
    private const int MostLost = 1 << 20;

    public override bool TakesFile => true;

    internal override void Read(DataSetBuilder set)
    {
        if (File.Exists(set.Root))
        {
            ReadShards(set, [new ShardFile(set.Root, null, null)], null);
            return;
        }
        // A folder for each split, as others publish them.
        string[] folders = HasShards(set.Root) ? [set.Root] : [.. Directory.GetDirectories(set.Root).Where(HasShards).Order(StringComparer.Ordinal)];
        if (folders.Length == 0)
            throw new DataSetException(set.Root, $"'{set.Root}' has no shards: {Files}.");
        var origins = new HashSet<string?>();
        foreach (var folder in folders)
        {
            var shards = ShardFile.Of(folder, out var origin);
            origins.Add(origin);
            ReadShards(set, shards, folders is [var only] && only == set.Root ? null : Path.GetFileName(folder));
        }
        if (origins.Count == 1)
            set.Origin = origins.Single();
    }

    private static bool HasShards(string folder) => Directory.EnumerateFiles(folder, "*.tar").Any() || File.Exists(Path.Combine(folder, ShardWriter.IndexName));

    /// <summary>Adds the items of a folder's shards.</summary>
    /// <param name="set">What is read.</param>
    /// <param name="shards">The shards.</param>
    /// <param name="split">The split of items that tell none.</param>
    private static void ReadShards(DataSetBuilder set, IReadOnlyList<ShardFile> shards, string? split)
    {
        foreach (var shard in shards)
        {
            using var file = File.OpenHandle(shard.Path);
            var name = split is null ? Path.GetFileName(shard.Path) : $"{split}/{Path.GetFileName(shard.Path)}";
            DataSetException? fault = null;
            var count = 0;
            foreach (var entry in shard.Entries(found => fault = found))
            {
                count++;
                var item = entry.Describe(file);
                item = item with { Split = item.Split ?? split };
                if (!set.IsChosen(item.Split))
                    continue;
                // The keys of foreign shards begin anew in each.
                if (item.Id == entry.Key || set.Has(item.Id))
                    item = item with { Id = $"{name}/{entry.Key}" };
                if (entry.Content is { } content)
                    set.Add(item with { Packed = new Item(entry, content) });
                else
                    set.AddMissing(item, $"{name}/{entry.Key}");
            }
            if (fault is null)
                continue;
            // What the list promises beyond that is missing; without a list nobody knows how much it was.
            for (var lost = count; lost < Math.Min(shard.Count ?? count + 1, count + MostLost); lost++)
                set.AddMissing(new DataItem { Id = $"{name}#{lost}", Split = split }, fault.Message);
        }
    }

    private sealed class Item(ShardEntry entry, ShardPart content) : IPackedItem
    {
        public string File => entry.Path;

        public ReadOnlyMemory<byte>? ReadSound() => content.Extension == ShardEntry.Features ? (ReadOnlyMemory<byte>?)null : Bytes();

        public PackedFeatures? ReadFeatures() => content.Extension == ShardEntry.Features ? NpyArray.Read(Bytes(), $"{entry.Key} of {entry.Path}") : null;

        private byte[] Bytes()
        {
            try
            {
                // A set may have more shards than a process may have open files.
                using var file = System.IO.File.OpenHandle(entry.Path);
                return entry.Read(file, content);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new DataSetException(entry.Path, $"'{entry.Path}' cannot be read ({error.Message.TrimEnd('.')}); check the disk and its permissions.", innerException: error);
            }
        }
    }
}
