using System.Buffers.Binary;

namespace Auricle.Torch.Checkpoints;

/// <summary>
/// Reads and writes safetensors files: eight bytes of header length, a JSON header, the data. Reading maps the file.
/// </summary>
public static partial class SafetensorsFile
{
    private const long MaxHeaderLength = 100_000_000; // The bound of the format's own library.
    private const string MetadataKey = "__metadata__";

    /// <summary>Reads all tensors of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">The texts stored beside the tensors.</param>
    /// <returns>The tensors by name, in the order of the header.</returns>
    /// <exception cref="WeightsException">The file cannot be read, or is damaged.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> Read(string path, out IReadOnlyDictionary<string, string> metadata) =>
        Read(MappedFile.Open(path), out metadata);

    /// <summary>Reads a checkpoint of several files from its index, <c>*.safetensors.index.json</c>.</summary>
    /// <param name="indexPath">The index.</param>
    /// <param name="readPart">Reads a file that the index names; those of PyTorch's own kind have indexes of the same form.</param>
    /// <param name="metadata">The texts stored in the index.</param>
    internal static IReadOnlyDictionary<string, StoredTensor> ReadSharded(
        string indexPath, Func<string, IReadOnlyDictionary<string, StoredTensor>> readPart, out IReadOnlyDictionary<string, string> metadata)
    {
        var file = MappedFile.Open(indexPath);
        var index = ReadIndex(file, out metadata);
        GC.KeepAlive(file);
        var shards = new Dictionary<string, IReadOnlyDictionary<string, StoredTensor>>();
        var tensors = new Dictionary<string, StoredTensor>();
        foreach (var (name, shard) in index)
        {
            if (!shards.TryGetValue(shard, out var held))
            {
                if (shard is "" or "." or ".." || shard.AsSpan().IndexOfAny("/\\:\0") >= 0)
                    throw CheckpointError.Create(indexPath, $"the index names the file '{CheckpointError.Shorten(shard)}', but parts must lie beside it.");
                var folder = Path.GetDirectoryName(Path.GetFullPath(indexPath))!;
                shards[shard] = held = readPart(Path.Combine(folder, shard));
            }
            tensors[name] = held.TryGetValue(name, out var tensor) ? tensor : throw CheckpointError.Create(indexPath,
                $"the index places '{CheckpointError.Shorten(name)}' in '{shard}', which lacks it; fetch both files again.");
        }
        return tensors;
    }

    internal static Dictionary<string, StoredTensor> Read(MappedFile file, out IReadOnlyDictionary<string, string> metadata)
    {
        var length = file.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(file.Span(0, 8));
        if (length is < 2 or > MaxHeaderLength || length > file.Length - 8)
            throw CheckpointError.Create(file.Path, $"its header claims {length} of the file's {file.Length} bytes; it was cut short or is no safetensors file.");
        List<HeaderEntry> entries = [];
        var texts = new Dictionary<string, string>();
        ReadHeader(file, length, entries, texts);
        metadata = texts;
        CheckPlaces(file, entries, file.Length - 8 - length);
        var tensors = new Dictionary<string, StoredTensor>();
        foreach (var entry in entries)
        {
            var storage = new TensorStorage(file, 8 + length + entry.Begin, entry.End - entry.Begin);
            var count = StoredTensor.CountElements(file.Path, entry.Shape);
            if (entry.Type.Size > 0 && count * entry.Type.Size != storage.ByteLength)
            {
                throw CheckpointError.Create(file.Path, $"tensor '{CheckpointError.Shorten(entry.Name)}' of shape [{string.Join(", ", entry.Shape)}] "
                    + $"and type {entry.Type.Name} has {storage.ByteLength} bytes; the file is damaged.");
            }
            if (!tensors.TryAdd(entry.Name, StoredTensor.Create(file.Path, entry.Type, entry.Shape, null, 0, storage)))
                throw CheckpointError.Create(file.Path, $"tensor '{CheckpointError.Shorten(entry.Name)}' appears twice; the file is damaged.");
        }
        GC.KeepAlive(file);
        return tensors;
    }

    // The format has neither gaps nor overlaps, and the data ends with the file.
    private static void CheckPlaces(MappedFile file, List<HeaderEntry> entries, long dataLength)
    {
        long end = 0;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != end || entry.End < entry.Begin || entry.End > dataLength)
            {
                throw CheckpointError.Create(file.Path, $"tensor '{CheckpointError.Shorten(entry.Name)}' claims bytes {entry.Begin} to {entry.End} "
                    + $"of {dataLength}, where {end} should begin; the file was cut short or is damaged.");
            }
            end = entry.End;
        }
        if (end != dataLength)
            throw CheckpointError.Create(file.Path, $"its tensors take {end} of {dataLength} data bytes; the file is damaged.");
    }

    private sealed record HeaderEntry(string Name, ElementType Type, long[] Shape, long Begin, long End);
}
