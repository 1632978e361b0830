using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Auricle.Audio.Tests;

/// <summary>Tensors of a fixture file.</summary>
internal sealed class Safetensors(string path)
{
    private readonly byte[] _bytes = File.ReadAllBytes(path);

    private int HeaderLength => (int)BinaryPrimitives.ReadInt64LittleEndian(_bytes);

    public bool Has(string name)
    {
        using var header = JsonDocument.Parse(_bytes.AsMemory(8, HeaderLength));
        return header.RootElement.TryGetProperty(name, out _);
    }

    public float[] Floats(string name) => Read<float>(name, "F32");

    public int[] Ints(string name) => Read<int>(name, "I32");

    private T[] Read<T>(string name, string type) where T : unmanaged
    {
        var headerLength = HeaderLength;
        using var header = JsonDocument.Parse(_bytes.AsMemory(8, headerLength));
        var entry = header.RootElement.GetProperty(name);
        Assert.Equal(type, entry.GetProperty("dtype").GetString());
        var offsets = entry.GetProperty("data_offsets");
        var (start, end) = (offsets[0].GetInt32(), offsets[1].GetInt32());
        return MemoryMarshal.Cast<byte, T>(_bytes.AsSpan(8 + headerLength + start, end - start)).ToArray();
    }
}
