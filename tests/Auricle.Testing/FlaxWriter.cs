using System.Buffers;
using System.Runtime.InteropServices;
using MessagePack;

namespace Auricle.Testing;

/// <summary>An array as Flax keeps it.</summary>
/// <param name="Type">NumPy's name of its element type.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Bytes">Its elements, row-major and little-endian.</param>
public sealed record FlaxArray(string Type, long[] Shape, byte[] Bytes)
{
    /// <summary>An array of float32.</summary>
    public static FlaxArray Of(long[] shape, float[] values) => new("float32", shape, MemoryMarshal.AsBytes<float>(values).ToArray());
}

/// <summary>Writes files as <c>flax.serialization</c> does, so that tests can lay out published checkpoints.</summary>
public static class FlaxWriter
{
    /// <summary>Writes a tree.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tree">Maps by name, with arrays, numbers, truth values, texts and nothing at their ends.</param>
    /// <param name="chunkBytes">Arrays of more bytes are written in pieces of so many; Flax takes 2^30.</param>
    public static void Write(string path, IReadOnlyDictionary<string, object?> tree, int chunkBytes = 1 << 30) => File.WriteAllBytes(path, Bytes(tree, chunkBytes));

    /// <summary>The bytes of such a file.</summary>
    public static byte[] Bytes(IReadOnlyDictionary<string, object?> tree, int chunkBytes = 1 << 30)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        Write(ref writer, tree, chunkBytes);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(ref MessagePackWriter writer, object? value, int chunkBytes)
    {
        switch (value)
        {
            case null:
                writer.WriteNil();
                break;
            case string text:
                writer.Write(text);
                break;
            case bool truth:
                writer.Write(truth);
                break;
            case int number:
                writer.Write(number);
                break;
            case IReadOnlyDictionary<string, object?> map:
                writer.WriteMapHeader(map.Count);
                foreach (var (name, item) in map)
                {
                    writer.Write(name);
                    Write(ref writer, item, chunkBytes);
                }
                break;
            case FlaxArray array when array.Bytes.Length > chunkBytes:
                Write(ref writer, InPieces(array, chunkBytes), chunkBytes);
                break;
            case FlaxArray array:
                writer.WriteExtensionFormat(new ExtensionResult((sbyte)(array.Shape.Length == 0 ? 3 : 1), Payload(array)));
                break;
            case System.Numerics.Complex:
                writer.WriteExtensionFormat(new ExtensionResult(2, new byte[] { 0x92, 1, 2 }));
                break;
            default:
                throw new NotSupportedException($"Flax writes no {value.GetType().Name}.");
        }
    }

    private static Dictionary<string, object?> InPieces(FlaxArray array, int chunkBytes)
    {
        var elementBytes = array.Bytes.Length / (int)array.Shape.Aggregate(1L, (all, size) => all * size);
        return new Dictionary<string, object?>
        {
            ["__msgpack_chunked_array__"] = true,
            ["shape"] = array.Shape.Index().ToDictionary(size => $"{size.Index}", size => (object?)(int)size.Item),
            ["chunks"] = array.Bytes.Chunk(chunkBytes).Index().ToDictionary(
                piece => $"{piece.Index}", piece => (object?)new FlaxArray(array.Type, [piece.Item.Length / elementBytes], piece.Item)),
        };
    }

    private static byte[] Payload(FlaxArray array)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(3);
        writer.WriteArrayHeader(array.Shape.Length);
        foreach (var size in array.Shape)
            writer.Write(size);
        writer.Write(array.Type);
        writer.Write(array.Bytes);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
