using System.Formats.Tar;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Auricle.Data;

/// <summary>What of an item a shard holds beside its captions and labels.</summary>
/// <param name="Extension">The kind of content, as the end of its name: <c>wav</c>, <c>flac</c>, <c>npy</c>.</param>
/// <param name="Bytes">The content.</param>
public sealed record ShardContent(string Extension, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Packs items into WebDataset's shards: tar files in which the entries of an item follow one another under one key (<c>000012.flac</c>, <c>000012.json</c>). Beside them
/// <c>shards.json</c> says how many items and bytes each has, so that a shard that was cut short is noticed. A shard counts once it is complete.
/// </summary>
public sealed class ShardWriter : IDisposable
{
    /// <summary>The list of shards.</summary>
    public const string IndexName = "shards.json";

    private readonly string _folder;
    private readonly int _itemsPerShard;
    private readonly List<(string Name, int Items, long Bytes)> _shards = [];
    private TarWriter? _tar;
    private string? _partial;
    private int _inShard;
    private int _items;

    /// <summary>Begins to pack.</summary>
    /// <param name="folder">The folder of the shards, which must hold none.</param>
    /// <param name="itemsPerShard">How many items a shard has.</param>
    /// <exception cref="DataSetException">The folder already has shards.</exception>
    public ShardWriter(string folder, int itemsPerShard = 1000)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(itemsPerShard, 1);
        (_folder, _itemsPerShard) = (folder, itemsPerShard);
        Directory.CreateDirectory(folder);
        if (Directory.EnumerateFiles(folder, "*.tar").Any())
            throw new DataSetException(folder, $"'{folder}' already has shards; remove them, or name another folder.");
    }

    /// <summary>The name of the data set that is packed, where it has one; the list keeps it.</summary>
    public string? Origin { get; init; }

    /// <summary>Items that were written.</summary>
    public int Items => _items;

    /// <summary>Shards that are complete.</summary>
    public int Shards => _shards.Count;

    /// <summary>Adds an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="content">Its sound or features.</param>
    public void Add(DataItem item, ShardContent content)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(content);
        if (_tar is null)
        {
            _partial = Path.Combine(_folder, $".{ShardName(_shards.Count)}.partial");
            _tar = new TarWriter(File.Create(_partial), TarEntryFormat.Ustar);
        }
        var key = _items.ToString("00000000", CultureInfo.InvariantCulture);
        Entry($"{key}.{content.Extension}", content.Bytes);
        Entry($"{key}.json", Describe(item));
        _items++;
        if (++_inShard == _itemsPerShard)
            EndShard();
    }

    /// <summary>Ends the last shard and writes the list.</summary>
    public void Complete()
    {
        EndShard();
        var list = new JsonArray([.. _shards.Select(shard => (JsonNode)new JsonObject { ["name"] = shard.Name, ["items"] = shard.Items, ["bytes"] = shard.Bytes })]);
        var index = Path.Combine(_folder, IndexName);
        var all = new JsonObject { ["items"] = _items, ["shards"] = list };
        if (Origin is not null)
            all["set"] = Origin;
        File.WriteAllText(index + ".partial", all.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        File.Move(index + ".partial", index, overwrite: true);
    }

    /// <summary>Gives an unfinished shard up.</summary>
    public void Dispose()
    {
        _tar?.Dispose();
        if (_tar is not null && _partial is not null)
            File.Delete(_partial);
        _tar = null;
    }

    private static string ShardName(int number) => string.Create(CultureInfo.InvariantCulture, $"shard-{number:000000}.tar");

    private static byte[] Describe(DataItem item)
    {
        static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
        var description = new JsonObject { ["id"] = item.Id, ["captions"] = List(item.Captions), ["labels"] = List(item.Labels) };
        foreach (var (name, value) in new (string, JsonNode?)[] { ("split", item.Split), ("fold", item.Fold), ("source", item.Source), ("recording", item.Recording), ("seconds", item.Seconds) })
        {
            if (value is not null)
                description[name] = value;
        }
        return System.Text.Encoding.UTF8.GetBytes(description.ToJsonString());
    }

    private void Entry(string name, ReadOnlyMemory<byte> bytes) =>
        _tar!.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes.ToArray(), writable: false), ModificationTime = DateTimeOffset.UnixEpoch });

    private void EndShard()
    {
        if (_tar is null)
            return;
        _tar.Dispose();
        _tar = null;
        var name = ShardName(_shards.Count);
        var path = Path.Combine(_folder, name);
        File.Move(_partial!, path);
        _shards.Add((name, _inShard, new FileInfo(path).Length));
        _inShard = 0;
    }
}
