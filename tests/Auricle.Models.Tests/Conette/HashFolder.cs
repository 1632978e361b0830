using System.Runtime.InteropServices;
using System.Text.Json;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Conette;

/// <summary>The fixtures of CoNeTTE, and the hub-style folder that their hash weights make.</summary>
public static class HashFolder
{
    public static string FixtureFolder { get; } = Fixtures.Folder("conette");

    public static JsonElement Json(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(FixtureFolder, name)));
        return document.RootElement.Clone();
    }

    public static IReadOnlyDictionary<string, StoredTensor> Tensors(string name) =>
        SafetensorsFile.Read(Path.Combine(FixtureFolder, name), out _);

    public static void Write(string folder)
    {
        File.Copy(Path.Combine(FixtureFolder, "config.json"), Path.Combine(folder, "config.json"));
        var seed = Fixtures.Seed("conette");
        var overrides = Tensors("overrides.safetensors");
        var buffers = Tensors("buffers.safetensors");
        var entries = Json("state_dict_keys.json").EnumerateArray().AsParallel().AsOrdered()
            .Select(key => Entry(key, seed, overrides, buffers)).ToList();
        var extra = Tensors("hf_extra_state.safetensors")["_extra_state_"];
        entries.Add(new SafetensorsEntry("_extra_state_", extra.DType, extra.Shape, Bytes(extra)));
        SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), entries);
    }

    private static SafetensorsEntry Entry(
        JsonElement key, int seed, IReadOnlyDictionary<string, StoredTensor> overrides, IReadOnlyDictionary<string, StoredTensor> buffers)
    {
        var name = key.GetProperty("name").GetString()!;
        var shape = key.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
        var count = shape.Aggregate(1L, (product, size) => product * size);
        var last = name[(name.LastIndexOf('.') + 1)..];
        if (overrides.TryGetValue(name, out var stored) || buffers.TryGetValue(last, out stored))
            return new SafetensorsEntry(name, stored.DType, shape, Bytes(stored));
        if (key.GetProperty("role").GetString() != "hash")
        {
            // What the model computes itself: wrong values show that it does.
            var dtype = key.GetProperty("dtype").GetString() == "int64" ? DType.Int64 : DType.Float32;
            return new SafetensorsEntry(name, dtype, shape, new byte[count * dtype.Size()]);
        }
        var values = HashWeights.Weight(name, shape, seed);
        var scale = key.GetProperty("scale").GetSingle();
        if (scale != 1)
        {
            for (var i = 0; i < values.Length; i++)
                values[i] *= scale;
        }
        return new SafetensorsEntry(name, DType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());
    }

    private static byte[] Bytes(StoredTensor stored)
    {
        var bytes = new byte[stored.ByteLength];
        stored.CopyTo(bytes);
        return bytes;
    }
}
