using System.Text.RegularExpressions;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Cacophony;

/// <summary>The names of Cacophony's weights in the authors' Flax files and in files of their torch port, and as the network has them.</summary>
internal static partial class CacophonyWeights
{
    public const string Audio = "audio_module.";
    public const string AudioPool = "audio_attention_pool.";
    public const string Text = "text_module.";
    public const string Decoder = "decoder_module.";

    private const string Words = Text + "embeddings.word_embeddings.weight";

    // Their beginning of a layer's name and ours, the longer first.
    private static readonly (string Theirs, string Ours)[] LayerNames =
    [
        ("crossattention.self.", "multihead_attn."),
        ("crossattention.output.dense.", "multihead_attn.out_proj."),
        ("crossattention.output.LayerNorm.", "norm2."),
        ("attention.self.", "self_attn."),
        ("attention.output.dense.", "self_attn.out_proj."),
        ("attention.output.LayerNorm.", "norm1."),
        ("intermediate.dense.", "linear1."),
        ("output.dense.", "linear2."),
        ("output.LayerNorm.", "norm3."),
    ];

    /// <summary>Whether the tensors are those of Cacophony.</summary>
    public static bool Recognises(IReadOnlyDictionary<string, StoredTensor> stored) =>
        stored.ContainsKey(AudioPool + "query") && (stored.ContainsKey(Audio + AudioMaeWeights.TorchMark) || IsFlax(stored));

    /// <summary>The weights under the network's own names. Those of layers that attend are joined.</summary>
    /// <exception cref="WeightsException">A tensor is missing whose like is there.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> FromCheckpoint(IReadOnlyDictionary<string, StoredTensor> stored)
    {
        var isFlax = IsFlax(stored);
        var own = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        if (isFlax)
            AudioMaeWeights.AddFlax(stored, Audio, own, Audio);
        else
            AudioMaeWeights.AddTorch(stored, Audio, own, Audio);
        var rest = isFlax ? OfFlax(stored) : stored;
        foreach (var (name, tensor) in rest)
        {
            if (name.StartsWith(Audio, StringComparison.Ordinal))
                continue;
            if (Layer().Match(name) is not { Success: true } layer)
                own[name] = tensor;
            else if (Attending().Match(name) is not { Success: true } part)
                own[layer.Groups[1].Value + OwnName(layer.Groups[2].Value)] = tensor;
            else if (part.Groups[1].Value == "query")
                own[$"{layer.Groups[1].Value}{OwnName(layer.Groups[2].Value[..^(part.Length - 1)])}in_proj_{part.Groups[2].Value}"] = StoredTensor.Join(QueryKeyValue.Of(rest, name, "query"));
        }
        return own;
    }

    /// <summary>The sizes of the model in a checkpoint.</summary>
    /// <param name="own">The tensors under the network's own names.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="profile">What the tensors do not tell.</param>
    /// <exception cref="WeightsException">The tensors are no Cacophony.</exception>
    public static CacophonySizes Sizes(IReadOnlyDictionary<string, StoredTensor> own, string file, CacophonyProfile profile)
    {
        IReadOnlyList<long> Shape(string name) => StoredSizes.Shape(own, name, 2, file, "Cacophony");
        var width = (int)Shape(Words)[1];
        return new CacophonySizes(
            AudioMaeWeights.Sizes(own, Audio, file, profile == CacophonyProfile.Torch ? AudioMaeConfig.Torch : AudioMaeConfig.Jax),
            new()
            {
                VocabularySize = (int)Shape(Words)[0],
                Width = width,
                Heads = HeadsOf(width),
                TextLayers = StoredSizes.Layers(own.Keys, Text + "encoder.layers."),
                Layers = StoredSizes.Layers(own.Keys, Decoder + "encoder.layers."),
                FeedForwardWidth = (int)Shape(Text + "encoder.layers.0.linear1.weight")[0],
                Positions = (int)Shape(Text + "embeddings.position_embeddings.weight")[0],
                TokenTypes = (int)Shape(Text + "embeddings.token_type_embeddings.weight")[0],
            },
            profile == CacophonyProfile.Torch ? PortHeads : OwnHeads);
    }

    /// <summary>The heads of a width on the text side, of which no tensor tells.</summary>
    public static int HeadsOf(int width) => Math.Max(1, width / PublishedHeadWidth);

    /// <summary>The weights of RoBERTa under the names of the text encoder: what training may start from.</summary>
    /// <param name="stored">A checkpoint of <c>roberta-base</c> or another size, as Hugging Face has it.</param>
    /// <exception cref="WeightsException">A tensor is missing whose like is there.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> FromRoberta(IReadOnlyDictionary<string, StoredTensor> stored)
    {
        var own = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in stored)
        {
            var rest = name.StartsWith("roberta.", StringComparison.Ordinal) ? name["roberta.".Length..] : name;
            if (rest.StartsWith("embeddings.", StringComparison.Ordinal) || rest.StartsWith("encoder.layer.", StringComparison.Ordinal))
                own[Text + rest.Replace("encoder.layer.", "encoder.layers.", StringComparison.Ordinal)] = tensor;
        }
        own.Remove(Text + "embeddings.position_ids");
        return FromCheckpoint(own);
    }

    /// <summary>Heads of the audio pooler in the authors' own code.</summary>
    public const int OwnHeads = 8;

    /// <summary>Heads of the audio pooler in the torch port.</summary>
    public const int PortHeads = 2;

    // Of the text side of every published size.
    private const int PublishedHeadWidth = 64;

    private static bool IsFlax(IReadOnlyDictionary<string, StoredTensor> stored) => stored.ContainsKey(Audio + AudioMaeWeights.FlaxMark);

    /// <summary>What is not of the audio encoder, as the torch port names and lays it out. Flax stacks the layers of a text encoder along a dimension.</summary>
    private static Dictionary<string, StoredTensor> OfFlax(IReadOnlyDictionary<string, StoredTensor> stored)
    {
        var result = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in stored)
        {
            if (name.StartsWith(Audio, StringComparison.Ordinal))
                continue;
            if (Stacked().Match(name) is { Success: true } stack && tensor.Shape.Count > 0)
            {
                for (var layer = 0; layer < tensor.Shape[0]; layer++)
                    result[$"{stack.Groups[1].Value}layers.{layer}.{FlaxLeaf.Rename(stack.Groups[2].Value)}"] = FlaxLeaf.Own(name, tensor.Select(layer));
                continue;
            }
            var own = name.StartsWith(AudioPool, StringComparison.Ordinal)
                ? name.Replace(".Dense_0.", ".kv_proj.", StringComparison.Ordinal).Replace(".Dense_1.", ".out_proj.", StringComparison.Ordinal)
                : name.Replace(".encoder.layer.", ".encoder.layers.", StringComparison.Ordinal);
            result[FlaxLeaf.Rename(own)] = FlaxLeaf.Own(name, tensor);
        }
        return result;
    }

    private static string OwnName(string name)
    {
        foreach (var (theirs, ours) in LayerNames)
        {
            if (name.StartsWith(theirs, StringComparison.Ordinal))
                return ours + name[theirs.Length..];
        }
        return name;
    }

    [GeneratedRegex(@"^((?:text_module|decoder_module)\.encoder\.layers\.\d+\.)(.+)$")]
    private static partial Regex Layer();

    [GeneratedRegex(@"\.(query|key|value)\.(weight|bias)$")]
    private static partial Regex Attending();

    [GeneratedRegex(@"^((?:text_module|decoder_module)\.encoder\.)layer\.ScanFlaxRobertaLayer_\d+\.(.+)$")]
    private static partial Regex Stacked();
}

/// <summary>The sizes of Cacophony; its files have no configuration, so they are those of the tensors.</summary>
/// <param name="Audio">The audio encoder.</param>
/// <param name="Text">The text encoder and the writer upon it.</param>
/// <param name="PoolHeads">Heads of the audio pooler, which no shape reveals.</param>
internal sealed record CacophonySizes(AudioMaeConfig Audio, Decoders.CocaConfig Text, int PoolHeads);
