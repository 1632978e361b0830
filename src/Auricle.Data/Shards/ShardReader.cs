using Microsoft.Win32.SafeHandles;

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
    private readonly IReadOnlyList<ShardFile> _shards;

    /// <summary>Opens a folder of shards.</summary>
    /// <param name="folder">The folder: tar files, and where they were packed here, <c>shards.json</c>.</param>
    /// <exception cref="DataSetException">There are none, or one that is listed is missing.</exception>
    public ShardReader(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _shards = ShardFile.Of(folder, out _);
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
            using var file = File.OpenHandle(_shards[shard].Path);
            foreach (var entry in _shards[shard].Entries(fault => (options.Failed ?? throw fault)(fault)))
            {
                var isOwn = byShard || number++ % options.Ranks == options.Rank;
                if (isOwn && skip-- <= 0)
                    yield return new Located(file, entry);
            }
        }
    }

    /// <summary>An item in an open shard; its contents are read when they are asked for, before the next item.</summary>
    private sealed record Located(SafeFileHandle File, ShardEntry Entry)
    {
        public ShardItem Load() => Entry.Content is { } content
            ? new ShardItem(Entry.Describe(File), new ShardContent(content.Extension, Entry.Read(File, content)))
            : throw new DataSetException(Entry.Path, $"The item '{Entry.Key}' of '{Entry.Path}' has neither sound nor features; pack the set anew.");
    }
}
