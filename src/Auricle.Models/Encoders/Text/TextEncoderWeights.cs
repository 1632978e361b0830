using System.Text.RegularExpressions;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.Text;

/// <summary>The names of a text encoder's weights. Auricle's own are those of the Hugging Face library without any prefix.</summary>
internal static partial class TextEncoderWeights
{
    public const string Words = "embeddings.word_embeddings.weight";
    private const string Pooler = "pooler.dense.";
    private const string LayerPrefix = "encoder.layer.";

    /// <summary>Values of an attention head in every published size.</summary>
    public const int PublishedHeadWidth = 64;

    /// <summary>
    /// The encoder's tensors under Auricle's names. What stands before the table of words in its name, such as <c>roberta.</c>
    /// or <c>0.auto_model.</c>, is taken off every name; heads of pre-training are left out.
    /// </summary>
    /// <param name="stored">The tensors of a checkpoint.</param>
    /// <param name="file">The file they came from, for error messages.</param>
    /// <exception cref="WeightsException">There is no text encoder among them, or more than one.</exception>
    public static Dictionary<string, StoredTensor> FromCheckpoint(IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        var prefixes = stored.Keys.Where(name => name == Words || name.EndsWith("." + Words, StringComparison.Ordinal))
            .Select(name => name[..^Words.Length]).ToArray();
        if (prefixes.Length != 1)
        {
            var found = prefixes.Length == 0 ? $"no '{Words}'" : $"several text encoders ({string.Join(", ", prefixes.Order(StringComparer.Ordinal))})";
            throw new WeightsException(
                $"The checkpoint '{file}' holds {found}; name a file with one BERT, RoBERTa or MPNet.")
            { File = file, Names = [Words] };
        }
        var result = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in stored)
        {
            if (name.StartsWith(prefixes[0], StringComparison.Ordinal) && !Head().IsMatch(name[prefixes[0].Length..]))
                result[OldNormName(name[prefixes[0].Length..])] = tensor;
            else if (!Head().IsMatch(name))
                result[name] = tensor;
        }
        return result;
    }

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network: buffers of older versions, an unused
    /// pooling layer.</summary>
    public static bool IsExpected(string name) =>
        name is "embeddings.position_ids" or "embeddings.token_type_ids" || name.StartsWith(Pooler, StringComparison.Ordinal);

    public static bool HavePooler(IReadOnlyDictionary<string, StoredTensor> stored) => stored.ContainsKey(Pooler + "weight");

    /// <summary>The sizes of a text encoder whose file has no configuration: those of its tensors, with heads of 64 values.</summary>
    /// <param name="kind">A published size of the same architecture, for what the tensors do not tell.</param>
    /// <param name="stored">The tensors under Auricle's names.</param>
    /// <param name="file">The file they came from, for error messages.</param>
    /// <exception cref="WeightsException">A table is missing.</exception>
    public static TextEncoderConfig Sizes(TextEncoderConfig kind, IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        IReadOnlyList<long> Shape(string name) => stored.TryGetValue(name, out var tensor) && tensor.Shape.Count == 2
            ? tensor.Shape
            : throw new WeightsException(
                $"The checkpoint '{file}' has no table '{name}', which every BERT has; name a file with a BERT.")
            { File = file, Names = [name] };
        var words = Shape(Words);
        var width = checked((int)words[1]);
        return kind with
        {
            VocabularySize = checked((int)words[0]),
            Width = width,
            Heads = Math.Max(1, width / PublishedHeadWidth),
            Layers = StoredSizes.Layers(stored.Keys, LayerPrefix),
            FeedForwardWidth = checked((int)Shape(LayerPrefix + "0.intermediate.dense.weight")[0]),
            Positions = checked((int)Shape("embeddings.position_embeddings.weight")[0]),
            TokenTypes = checked((int)Shape("embeddings.token_type_embeddings.weight")[0]),
        };
    }

    // Conversions of TensorFlow checkpoints call scale and shift of a norm gamma and beta.
    private static string OldNormName(string name) =>
        name.EndsWith(".gamma", StringComparison.Ordinal) ? name[..^"gamma".Length] + "weight"
        : name.EndsWith(".beta", StringComparison.Ordinal) ? name[..^"beta".Length] + "bias"
        : name;

    [GeneratedRegex(@"(^|\.)(lm_head|cls\.predictions|cls\.seq_relationship|classifier)\.")]
    private static partial Regex Head();
}
