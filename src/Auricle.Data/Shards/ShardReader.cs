using System.Formats.Tar;
using System.Text.Json;
using Auricle.Data.Reading;
using Auricle.Reading;

namespace Auricle.Data;

/// <summary>An item out of a shard.</summary>
/// <param name="Item">What is said of it; its sound or features are in <paramref name="Content"/>.</param>
/// <param name="Content">Its sound or features.</param>
public sealed record ShardItem(DataItem Item, ShardContent Content);

/// <summary>How shards are read.</summary>
public sealed record ShardReadOptions
{
    /// <summary>The place of this process among those that share the shards, from 0.</summary>
    public int Rank { get; init; }

    /// <summary>How many processes share the shards.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>Decides the order; <see langword="null"/> keeps that of packing.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The pass over the data; each has an order of its own.</summary>
    public int Epoch { get; init; }

    /// <summary>How many items are held to be shuffled; memory grows with it.</summary>
    public int Buffer { get; init; } = 256;

    /// <summary>How many items of this epoch this process has had already: a run that goes on gets the rest, in the same order.</summary>
    public long Skip { get; init; }

    /// <summary>Called with what is wrong with a shard, of which then the rest is passed over; <see langword="null"/> throws it.</summary>
    public Action<DataSetException>? Failed { get; init; }
}

/// <summary>
/// Streams items out of WebDataset's shards in bounded memory. The order of shards and of the items in a block of <see cref="ShardReadOptions.Buffer"/> depends on seed and
/// epoch alone. With at least as many shards as processes each process reads shards of its own, else items in turn.
/// </summary>
public sealed class ShardReader
{
    private readonly string _folder;
    private readonly IReadOnlyList<(string Name, long? Bytes)> _shards;

    /// <summary>Opens a folder of shards.</summary>
    /// <param name="folder">The folder: tar files, and where they were packed here, <c>shards.json</c>.</param>
    /// <exception cref="DataSetException">There are none, or one that is listed is missing.</exception>
    public ShardReader(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = folder;
        var index = Path.Combine(folder, ShardWriter.IndexName);
        if (File.Exists(index))
        {
            using var document = DataTable.Json(index);
            if (document.RootElement.Member("shards") is not { ValueKind: JsonValueKind.Array } list)
                throw new DataSetException(index, $"'{index}' lists no shards; pack the set anew.");
            _shards = [.. list.EnumerateArray().Select(shard => (
                shard.Member("name")?.GetString() ?? throw new DataSetException(index, $"'{index}' has a shard without name; pack the set anew."),
                shard.Member("bytes") is { ValueKind: JsonValueKind.Number } bytes ? bytes.GetInt64() : (long?)null))];
            if (_shards.FirstOrDefault(shard => !File.Exists(Path.Combine(folder, shard.Name))).Name is { } missing)
                throw new DataSetException(folder, $"The shard '{missing}' that '{index}' lists is missing; copy it again, or pack the set anew.");
        }
        else
            _shards = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.tar").Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), (long?)null))] : [];
        if (_shards.Count == 0)
            throw new DataSetException(folder, $"'{folder}' has no shards (*.tar); name a folder that was packed.");
    }

    /// <summary>How many shards there are.</summary>
    public int Shards => _shards.Count;

    /// <summary>Reads the items of one epoch.</summary>
    /// <exception cref="DataSetException">A shard is cut short or damaged, and nobody is told (<see cref="ShardReadOptions.Failed"/>).</exception>
    public IEnumerable<ShardItem> Read(ShardReadOptions? options = null)
    {
        options ??= new ShardReadOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Ranks, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.Rank, options.Ranks);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Buffer, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Skip);
        return options.Seed is { } seed ? Shuffled(options, seed) : Own(options, Enumerable.Range(0, Shards), options.Skip).Select(item => item.Load());
    }

    private IEnumerable<ShardItem> Shuffled(ShardReadOptions options, ulong seed)
    {
        var epoch = (ulong)options.Epoch;
        int[] order = [.. Enumerable.Range(0, Shards)];
        SplitMix64.For(seed, epoch).Shuffle(order);
        // Whole blocks that a run has had are passed over without being read; of the block in which it stopped the order is found again.
        var (blocks, rest) = (options.Skip / options.Buffer, (int)(options.Skip % options.Buffer));
        var block = blocks;
        foreach (var items in Own(options, order, blocks * options.Buffer).Select(item => item.Load()).Chunk(options.Buffer))
        {
            SplitMix64.For(seed, epoch, (ulong)++block).Shuffle(items);
            foreach (var item in items.Skip(rest))
                yield return item;
            rest = 0;
        }
    }

    /// <summary>The items of this process, after those that are passed over.</summary>
    private IEnumerable<Located> Own(ShardReadOptions options, IEnumerable<int> order, long skip)
    {
        var byShard = Shards >= options.Ranks;
        var number = 0L;
        foreach (var (place, shard) in order.Index())
        {
            if (byShard && place % options.Ranks != options.Rank)
                continue;
            foreach (var item in Entries(shard, options.Failed))
            {
                var isOwn = byShard || number++ % options.Ranks == options.Rank;
                if (isOwn && skip-- <= 0)
                    yield return item;
            }
        }
    }

    /// <summary>The items of a shard. Contents are read when they are asked for, before the next item.</summary>
    private IEnumerable<Located> Entries(int shard, Action<DataSetException>? failed)
    {
        var (name, bytes) = _shards[shard];
        var path = Path.Combine(_folder, name);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        using var tar = new TarReader(file);
        var entries = new List<Part>();
        var count = 0;
        // A tar ends in a block of zeros; one that was cut between two items lacks it.
        var isCut = bytes is { } stated ? file.Length != stated : !EndsInZeros(file);
        while (true)
        {
            Part? part;
            try
            {
                part = Next(tar, file, path);
            }
            catch (Exception error) when (error is IOException or InvalidDataException or FormatException)
            {
                Fail($"'{path}' breaks off or is damaged after {count} items ({error.Message.TrimEnd('.')})", error);
                yield break;
            }
            if (part is null || (entries.Count > 0 && entries[0].Key != part.Key))
            {
                if (entries.Count > 0)
                {
                    // The next header is read, and the contents of the item lie before it.
                    yield return new Located(path, file, [.. entries]);
                    count++;
                }
                entries.Clear();
            }
            if (part is null)
                break;
            entries.Add(part);
        }
        if (isCut)
            Fail(bytes is null ? $"'{path}' has no end; {count} items are left of it" : $"'{path}' has {file.Length} bytes, but {bytes} were packed; {count} items are left of it", null);

        void Fail(string what, Exception? inner)
        {
            var fault = new DataSetException(path, $"{what}; copy the shard again, or pack the set anew.", innerException: inner);
            if (failed is null)
                throw fault;
            failed(fault);
        }
    }

    private static bool EndsInZeros(FileStream file)
    {
        var block = new byte[512];
        return file.Length >= block.Length && RandomAccess.Read(file.SafeFileHandle, block, file.Length - block.Length) == block.Length && !block.AsSpan().ContainsAnyExcept((byte)0);
    }

    private static Part? Next(TarReader tar, FileStream file, string path)
    {
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                continue;
            // WebDataset parts a name at the first point behind the last slash.
            var slash = entry.Name.LastIndexOf('/');
            var point = entry.Name.IndexOf('.', slash + 1);
            if (point < 0)
                continue;
            if (entry.DataOffset + entry.Length > file.Length)
                throw new InvalidDataException($"the entry '{entry.Name}' has {entry.Length} bytes, of which {Math.Max(0, file.Length - entry.DataOffset)} are there");
            return new Part(entry.Name[..point], entry.Name[(point + 1)..].ToLowerInvariant(), entry.DataOffset, entry.Length);
        }
        return null;
    }

    private sealed record Part(string Key, string Extension, long Offset, long Length);

    /// <summary>An item in an open shard.</summary>
    private sealed record Located(string Path, FileStream File, Part[] Parts)
    {
        public ShardItem Load()
        {
            var item = new DataItem { Id = Parts[0].Key };
            ShardContent? content = null;
            foreach (var part in Parts)
            {
                var bytes = new byte[part.Length];
                RandomAccess.Read(File.SafeFileHandle, bytes, part.Offset);
                if (part.Extension == "json")
                    item = Describe(bytes, item);
                else if (part.Extension is "txt")
                    item = item with { Captions = [.. System.Text.Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] };
                else
                    content ??= new ShardContent(part.Extension, bytes);
            }
            return new ShardItem(item, content ?? throw new DataSetException(Path, $"The item '{Parts[0].Key}' of '{Path}' has neither sound nor features; pack the set anew."));
        }

        // Also what LAION's shards hold: a text or a list of texts, and tags.
        private DataItem Describe(byte[] bytes, DataItem item)
        {
            using var document = JsonText.Parse(bytes, problem => new DataSetException(Path, $"The description of '{Parts[0].Key}' in '{Path}' {problem.What}; pack the set anew."));
            var root = document.RootElement;
            static string[] Texts(JsonElement? value) => value switch
            {
                { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Where(text => text.ValueKind == JsonValueKind.String).Select(text => text.GetString()!)],
                { ValueKind: JsonValueKind.String } text => [text.GetString()!],
                _ => [],
            };
            static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
            return item with
            {
                Id = Text(root.Member("id")) ?? item.Id,
                Captions = Texts(root.Member("captions") ?? root.Member("text")),
                Labels = Texts(root.Member("labels") ?? root.Member("tag")),
                Split = Text(root.Member("split")),
                Source = Text(root.Member("source")),
                Recording = Text(root.Member("recording")),
                Fold = root.Member("fold") is { ValueKind: JsonValueKind.Number } fold ? fold.GetInt32() : null,
                Seconds = root.Member("seconds") is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetDouble() : null,
            };
        }
    }
}
