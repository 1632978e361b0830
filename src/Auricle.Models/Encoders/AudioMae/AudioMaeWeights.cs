using System.Text.RegularExpressions;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.AudioMae;

/// <summary>What the names and shapes of a checkpoint's tensors tell of an <see cref="AudioMaeEncoder"/>, in torch and in Flax.</summary>
internal static partial class AudioMaeWeights
{
    /// <summary>A tensor of every file of the torch port.</summary>
    public const string TorchMark = "input_proj.weight";

    /// <summary>A tensor of every Flax file.</summary>
    public const string FlaxMark = "AudioEncoderLayer_0.MultiHeadDotProductAttention_0.query.kernel";

    private const string Places = "freq_positional_embedding";
    private const string Hidden = "layers.0.mlp.fc1.weight";

    // The rest of a stage-1 file is the decoder of its training, which imagines what was left out.
    private static readonly (string Torch, string Flax)[] Prefixes = [("encoder.", "AudioEncoder_0."), ("", "")];

    // Of every published size.
    private const int PublishedHeadWidth = 96;

    private static readonly (string Theirs, string Ours)[] FlaxNames =
    [
        ("AudioEncoderLayer_", "layers."),
        (".LayerNorm_0.", ".norm1."),
        (".LayerNorm_1.", ".norm2."),
        (".MLP_0.Dense_0.", ".mlp.fc1."),
        (".MLP_0.Dense_1.", ".mlp.fc2."),
    ];

    /// <summary>The authors' file of the first stage of training, AudioMAE alone.</summary>
    public static PublishedEncoder? Read(IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        foreach (var (torch, flax) in Prefixes)
        {
            var own = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            if (stored.ContainsKey(torch + TorchMark) && stored.ContainsKey(torch + Places))
                AddTorch(stored, torch, own, "");
            else if (stored.ContainsKey(flax + FlaxMark))
                AddFlax(stored, flax, own, "");
            else
                continue;
            return new(Sizes(own, "", file, AudioMaeConfig.Jax), own, _ => false);
        }
        return null;
    }

    /// <summary>Adds the encoder's weights of a torch file under the network's own names.</summary>
    /// <param name="stored">The tensors of the file.</param>
    /// <param name="prefix">What stands before the encoder's names.</param>
    /// <param name="own">Where they are added.</param>
    /// <param name="ownPrefix">What stands before the names there.</param>
    public static void AddTorch(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, Dictionary<string, StoredTensor> own, string ownPrefix)
    {
        foreach (var (name, tensor) in Below(stored, prefix))
        {
            own[ownPrefix + name.Replace(".attn.in_proj_", ".attn.qkv.", StringComparison.Ordinal).Replace(".attn.out_proj.", ".attn.proj.", StringComparison.Ordinal)] = tensor;
        }
    }

    /// <summary>The same of a Flax file, whose matrices are [inputs, outputs] and whose heads are a dimension of their own.</summary>
    public static void AddFlax(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, Dictionary<string, StoredTensor> own, string ownPrefix)
    {
        foreach (var (name, tensor) in Below(stored, prefix))
        {
            if (Attention().Match(name) is not { Success: true } part)
                own[ownPrefix + OwnName(name)] = FlaxLeaf.Own(name, tensor);
            else if (part.Groups[2].Value == "out")
                own[$"{ownPrefix}layers.{part.Groups[1].Value}.attn.proj.{FlaxLeaf.Rename(part.Groups[3].Value)}"] = part.Groups[3].Value == "kernel" ? Outputs(tensor) : tensor;
            else if (part.Groups[2].Value == "query")
                own[$"{ownPrefix}layers.{part.Groups[1].Value}.attn.qkv.{FlaxLeaf.Rename(part.Groups[3].Value)}"] = Joined(stored, prefix + name, "query");
        }
    }

    /// <summary>The sizes of the encoder in a checkpoint.</summary>
    /// <param name="own">The tensors under the network's own names.</param>
    /// <param name="prefix">What stands before them.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="kind">What the tensors do not tell.</param>
    /// <exception cref="WeightsException">The tensors are no AudioMAE.</exception>
    public static AudioMaeConfig Sizes(IReadOnlyDictionary<string, StoredTensor> own, string prefix, string file, AudioMaeConfig kind)
    {
        IReadOnlyList<long> Shape(string name) => StoredSizes.Shape(own, prefix + name, 2, file, "AudioMAE");
        var (rows, width) = ((int)Shape(Places)[0], (int)Shape(Places)[1]);
        return kind with
        {
            PatchWidth = width,
            Layers = StoredSizes.Layers(own.Keys, prefix + "layers."),
            Heads = HeadsOf(width),
            Expansion = Math.Max(1, (int)Shape(Hidden)[0] / Math.Max(1, width)),
            PatchSize = kind.Mel.MelBands / Math.Max(1, rows),
        };
    }

    /// <summary>The heads of a width, of which no tensor tells.</summary>
    public static int HeadsOf(int width) => Math.Max(1, width / PublishedHeadWidth);

    /// <summary>The name that a weight has in files of the torch port.</summary>
    public static string TorchName(string own) =>
        own.Replace(".attn.qkv.", ".attn.in_proj_", StringComparison.Ordinal).Replace(".attn.proj.", ".attn.out_proj.", StringComparison.Ordinal);

    private static IEnumerable<(string Name, StoredTensor Tensor)> Below(IReadOnlyDictionary<string, StoredTensor> stored, string prefix) => stored
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair => (pair.Key[prefix.Length..], pair.Value));

    private static string OwnName(string name)
    {
        foreach (var (theirs, ours) in FlaxNames)
            name = name.Replace(theirs, ours, StringComparison.Ordinal);
        name = name.StartsWith("Dense_0.", StringComparison.Ordinal) ? "input_proj." + name["Dense_0.".Length..]
            : name.StartsWith("LayerNorm_0.", StringComparison.Ordinal) ? "norm." + name["LayerNorm_0.".Length..]
            : name;
        return FlaxLeaf.Rename(name);
    }

    // [width, heads, head width] or, of a bias, [heads, head width].
    private static StoredTensor Inputs(StoredTensor tensor) => tensor.Shape.Count == 3
        ? tensor.Reshape(tensor.Shape[0], tensor.ElementCount / Math.Max(1, tensor.Shape[0])).Transpose()
        : tensor.Reshape(tensor.ElementCount);

    // [heads, head width, width].
    private static StoredTensor Outputs(StoredTensor tensor) => tensor.Shape.Count == 3
        ? tensor.Reshape(tensor.ElementCount / Math.Max(1, tensor.Shape[2]), tensor.Shape[2]).Transpose()
        : tensor;

    private static StoredTensor Joined(IReadOnlyDictionary<string, StoredTensor> stored, string query, string word) =>
        StoredTensor.Join([.. QueryKeyValue.Of(stored, query, word).Select(Inputs)]);

    [GeneratedRegex(@"^AudioEncoderLayer_(\d+)\.MultiHeadDotProductAttention_0\.(query|key|value|out)\.(kernel|bias)$")]
    private static partial Regex Attention();
}

/// <summary>The last part of a Flax name.</summary>
internal static class FlaxLeaf
{
    /// <summary>The name as torch has it.</summary>
    public static string Rename(string name)
    {
        var dot = name.LastIndexOf('.') + 1;
        return name.AsSpan(dot) is "kernel" or "scale" or "embedding" ? name[..dot] + "weight" : name;
    }

    /// <summary>The tensor as torch has it: kernels of dense layers are [inputs, outputs].</summary>
    public static StoredTensor Own(string name, StoredTensor tensor) =>
        name.EndsWith(".kernel", StringComparison.Ordinal) && tensor.Shape.Count == 2 ? tensor.Transpose() : tensor;
}

/// <summary>Three tensors of a checkpoint that are one here.</summary>
internal static class QueryKeyValue
{
    /// <summary>The tensors of queries, keys and values.</summary>
    /// <param name="stored">The tensors of the checkpoint.</param>
    /// <param name="query">The name of the first.</param>
    /// <param name="word">The part of it that the others have <c>key</c> and <c>value</c> for; its last occurrence counts.</param>
    /// <exception cref="WeightsException">One of them is missing or of another shape.</exception>
    public static StoredTensor[] Of(IReadOnlyDictionary<string, StoredTensor> stored, string query, string word)
    {
        var place = query.LastIndexOf(word, StringComparison.Ordinal);
        return [.. new[] { word, "key", "value" }.Select(part =>
        {
            var name = string.Concat(query.AsSpan(0, place), part, query.AsSpan(place + word.Length));
            return stored.TryGetValue(name, out var tensor) && tensor.Shape.Count > 0 && tensor.Shape.SequenceEqual(stored[query].Shape) && tensor.TypeName == stored[query].TypeName
                ? tensor
                : throw new WeightsException($"The checkpoint has '{query}' without a like '{name}'; fetch it again.") { Names = [name] };
        })];
    }
}
