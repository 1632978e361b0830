using System.Text.Json;
using Auricle.Models.Tests.Clap;
using Auricle.Testing;

namespace Auricle.Models.Tests.Cacophony;

/// <summary>Cacophony in small, in the layouts of its authors' Flax files and of their torch port.</summary>
internal static class SmallCacophony
{
    private const int Layers = 2;
    private const int Width = 96;
    private const int Vocabulary = 261;

    private static readonly Dictionary<long, long> Sizes = new() { [768] = Width, [1536] = 2 * Width, [2304] = 3 * Width, [3072] = 2 * Width, [50265] = Vocabulary, [514] = 40 };

    /// <summary>The weights as the torch port stores them.</summary>
    public static IReadOnlyList<TorchEntry> Entries { get; } = [.. HashCacophony.Keys.Where(key => !key.Name.Split('.').Any(part => int.TryParse(part, out var layer) && layer >= Layers)).Select(key =>
    {
        long[] shape = [.. key.Shape.Select(size => Sizes.GetValueOrDefault(size, size))];
        return new TorchEntry(key.Name, shape, HashCacophony.Weight(key.Name, shape));
    })];

    /// <summary>Writes RoBERTa's tokenizer without merges.</summary>
    public static string WriteTokenizer(string folder)
    {
        var ids = new Dictionary<string, int> { ["<s>"] = 0, ["<pad>"] = 1, ["</s>"] = 2, ["<unk>"] = 3, ["<mask>"] = 4 };
        foreach (var character in HashClap.ByteCharacters)
            ids.Add(character.ToString(), ids.Count);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(ids));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
        return folder;
    }

    /// <summary>The tree of the authors' trainer: the model as the first of a pair, an optimiser's state beside it.</summary>
    /// <param name="isStacked">Whether the layers of the text side lie in one array, as there.</param>
    public static Dictionary<string, object?> FlaxTree(bool isStacked)
    {
        var parameters = new Dictionary<string, object?>();
        foreach (var entry in Entries)
        {
            if (entry.Name.StartsWith("audio_module.layers.", StringComparison.Ordinal))
                AddAudioLayer(parameters, entry);
            else if (entry.Name.Contains(".encoder.layers.", StringComparison.Ordinal))
                AddTextLayer(parameters, entry, isStacked);
            else
                Put(parameters, Plain(entry.Name), Array(entry));
        }
        return new()
        {
            ["0"] = new Dictionary<string, object?>
            {
                ["step"] = 7,
                ["opt_state"] = new Dictionary<string, object?> { ["0"] = new Dictionary<string, object?> { ["mu"] = new Dictionary<string, object?> { ["logit_scale"] = FlaxArray.Of([], [5]) } } },
                ["params"] = parameters,
            },
            ["1"] = null,
        };
    }

    private static string Plain(string name) => Leaf(name
        .Replace("audio_module.input_proj.", "audio_module.Dense_0.", StringComparison.Ordinal)
        .Replace("audio_module.norm.", "audio_module.LayerNorm_0.", StringComparison.Ordinal)
        .Replace("audio_attention_pool.kv_proj.", "audio_attention_pool.Dense_0.", StringComparison.Ordinal)
        .Replace("audio_attention_pool.out_proj.", "audio_attention_pool.Dense_1.", StringComparison.Ordinal));

    private static void AddAudioLayer(Dictionary<string, object?> parameters, TorchEntry entry)
    {
        var parts = entry.Name.Split('.', 4);
        var layer = $"audio_module.AudioEncoderLayer_{parts[2]}.";
        if (!parts[3].StartsWith("attn.", StringComparison.Ordinal))
        {
            Put(parameters, layer + Leaf(parts[3].Replace("norm1", "LayerNorm_0", StringComparison.Ordinal).Replace("norm2", "LayerNorm_1", StringComparison.Ordinal)
                .Replace("mlp.fc1", "MLP_0.Dense_0", StringComparison.Ordinal).Replace("mlp.fc2", "MLP_0.Dense_1", StringComparison.Ordinal)), Array(entry));
            return;
        }
        var attention = layer + "MultiHeadDotProductAttention_0.";
        var isBias = parts[3].EndsWith("bias", StringComparison.Ordinal);
        if (parts[3].StartsWith("attn.out_proj", StringComparison.Ordinal))
        {
            Put(parameters, $"{attention}out.{(isBias ? "bias" : "kernel")}", FlaxArray.Of(isBias ? [Width] : [1, Width, Width], isBias ? entry.Values : Transposed(entry.Values, Width)));
            return;
        }
        foreach (var (i, part) in new[] { "query", "key", "value" }.Index())
        {
            var values = entry.Values[(i * entry.Values.Length / 3)..((i + 1) * entry.Values.Length / 3)];
            Put(parameters, $"{attention}{part}.{(isBias ? "bias" : "kernel")}", FlaxArray.Of(isBias ? [1, Width] : [Width, 1, Width], isBias ? values : Transposed(values, Width)));
        }
    }

    private static void AddTextLayer(Dictionary<string, object?> parameters, TorchEntry entry, bool isStacked)
    {
        var place = entry.Name.IndexOf(".encoder.layers.", StringComparison.Ordinal);
        var module = entry.Name[..place] + ".encoder.layer.";
        var rest = entry.Name[(place + ".encoder.layers.".Length)..].Split('.', 2);
        if (!isStacked)
            Put(parameters, $"{module}{rest[0]}.{Leaf(rest[1])}", Array(entry));
        else if (rest[0] == "0")
        {
            var layers = Enumerable.Range(0, Layers).Select(i => Array(Entries.Single(other => other.Name == $"{entry.Name[..place]}.encoder.layers.{i}.{rest[1]}"))).ToArray();
            Put(parameters, $"{module}ScanFlaxRobertaLayer_0.{Leaf(rest[1])}", new FlaxArray("float32", [Layers, .. layers[0].Shape], [.. layers.SelectMany(layer => layer.Bytes)]));
        }
    }

    private static string Leaf(string name) =>
        !name.EndsWith(".weight", StringComparison.Ordinal) ? name
        : name[..^"weight".Length] + (name.Contains("_embeddings.", StringComparison.Ordinal) ? "embedding" : name.Contains("Norm", StringComparison.Ordinal) ? "scale" : "kernel");

    // Dense layers are [inputs, outputs] in Flax.
    private static FlaxArray Array(TorchEntry entry) =>
        entry.Shape.Length == 2 && entry.Name.EndsWith(".weight", StringComparison.Ordinal) && !entry.Name.Contains("_embeddings.", StringComparison.Ordinal)
            ? FlaxArray.Of([entry.Shape[1], entry.Shape[0]], Transposed(entry.Values, (int)entry.Shape[0]))
            : FlaxArray.Of(entry.Shape, entry.Values);

    private static float[] Transposed(float[] values, int rows)
    {
        var columns = values.Length / rows;
        var result = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
            result[i % columns * rows + i / columns] = values[i];
        return result;
    }

    private static void Put(Dictionary<string, object?> tree, string path, FlaxArray array)
    {
        var parts = path.Split('.');
        foreach (var part in parts[..^1])
        {
            if (!tree.TryGetValue(part, out var next))
                tree[part] = next = new Dictionary<string, object?>();
            tree = (Dictionary<string, object?>)next!;
        }
        tree.Add(parts[^1], array);
    }
}
