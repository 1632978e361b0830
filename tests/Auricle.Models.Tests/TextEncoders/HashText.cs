using System.Runtime.InteropServices;
using System.Text.Json;
using Auricle.Models.Encoders.Text;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.TextEncoders;

/// <summary>Text encoders with the fixtures' hash weights.</summary>
internal static class HashText
{
    /// <summary>For encoders that are compared with each other and not with a fixture.</summary>
    public const int Seed = 1;

    /// <summary>Words of the captions the tests use, as a list that BERT's tokenizer reads.</summary>
    public const string WordList =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ndog\nbark\n##s\nwhile\nits\nraining\nman\nspeaks\nrain\nfalls\nand\nthunder\nrolls\nthe\n.\n,\n";

    public static IReadOnlyDictionary<string, StoredTensor> Fixture(string folder, string name) =>
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder(folder), name + ".safetensors"), out _);

    /// <summary>The names and shapes of an encoder's weights.</summary>
    public static List<(string Name, long[] Shape)> Shapes(TextEncoderConfig config, bool hasPooler)
    {
        using var store = WeightStore.Shapes();
        _ = new TextEncoder(config, store.Root, DType.Float32, hasPooler);
        return [.. store.Entries.Select(entry => (entry.Name, entry.Tensor.Shape.ToArray()))];
    }

    /// <summary>A store whose weights have the hash values of their names.</summary>
    public static WeightStore Store(TextEncoderConfig config, bool hasPooler, out TextEncoder encoder, int seed = Seed)
    {
        var store = WeightStore.Initialise();
        encoder = new TextEncoder(config, store.Root, DType.Float32, hasPooler);
        Parallel.ForEach(store.Entries, entry => HashWeights.Weight(entry.Name, entry.Tensor.Shape, seed).CopyTo(entry.Tensor.Span<float>()));
        return store;
    }

    /// <summary>Writes a folder as the hub has it.</summary>
    public static void WriteFolder(string folder, TextEncoderConfig config, bool hasPooler = false, Func<string, string>? rename = null, string weights = "model.safetensors")
    {
        Directory.CreateDirectory(folder);
        config.Write(Path.Combine(folder, "config.json"));
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), WordList);
        SafetensorsFile.Write(Path.Combine(folder, weights), Shapes(config, hasPooler).Select(entry => Entry(entry.Name, entry.Shape, rename)));
    }

    public static SafetensorsEntry Entry(string name, long[] shape, Func<string, string>? rename = null) =>
        new(rename?.Invoke(name) ?? name, DType.Float32, shape, MemoryMarshal.AsBytes<float>(HashWeights.Weight(name, shape, Seed)).ToArray());

    public static IEnumerable<string> ExpectedKeys(string folder, string variant)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder(folder), "state_dict_keys.json")));
        return [.. document.RootElement.GetProperty(variant).EnumerateObject().Select(entry => $"{entry.Name} [{string.Join(", ", entry.Value.EnumerateArray().Select(size => size.GetInt64()))}]")];
    }
}
