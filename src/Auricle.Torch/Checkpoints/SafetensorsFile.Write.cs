using System.Buffers;
using System.Text.Json;

namespace Auricle.Torch.Checkpoints;

public static partial class SafetensorsFile
{
    /// <summary>
    /// Writes a file so that it appears whole or not at all: under a temporary name, flushed to disk, then renamed. Types
    /// with large elements come first, so that all data is aligned.
    /// </summary>
    /// <param name="path">The file; an older one is replaced.</param>
    /// <param name="entries">The tensors.</param>
    /// <param name="metadata">Texts to store beside them.</param>
    /// <exception cref="ArgumentException">A name appears twice, or a tensor gave another number of bytes than its shape says.</exception>
    public static void Write(string path, IEnumerable<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(entries);
        var ordered = entries.OrderByDescending(entry => entry.DType.Size()).ToList();
        var header = WriteHeader(ordered, metadata);
        var full = Path.GetFullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                stream.Write(BitConverter.GetBytes((long)header.Length));
                stream.Write(header);
                foreach (var entry in ordered)
                {
                    var start = stream.Position;
                    entry.Write(stream);
                    if (stream.Position - start != ByteLength(entry))
                        throw new ArgumentException($"Tensor '{entry.Name}' gave {stream.Position - start} bytes, but its type and shape take {ByteLength(entry)}.", nameof(entries));
                }
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static byte[] WriteHeader(List<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            var names = new HashSet<string> { MetadataKey };
            long offset = 0;
            foreach (var entry in entries)
            {
                if (!names.Add(entry.Name))
                    throw new ArgumentException($"The tensor name '{entry.Name}' is reserved or appears twice.", nameof(entries));
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", ElementType.ToSafetensors(entry.DType));
                WriteNumbers(json, "shape", entry.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset + ByteLength(entry)]);
                json.WriteEndObject();
                offset += ByteLength(entry);
            }
            json.WriteEndObject();
        }
        var header = new byte[(buffer.WrittenCount + 7) / 8 * 8];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static long ByteLength(SafetensorsEntry entry)
    {
        long length = entry.DType.Size();
        foreach (var size in entry.Shape)
            length = checked(length * size);
        return length;
    }
}
