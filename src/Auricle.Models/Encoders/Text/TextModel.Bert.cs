using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.Text;

public sealed partial class TextModel
{
    private const string LayerPrefix = "encoder.layer.";
    private const int PublishedHeadWidth = 64;

    /// <summary>Loads a BERT from the tensors of a checkpoint without <c>config.json</c>: its sizes are those of the tensors, with heads
    /// of 64 values.</summary>
    /// <param name="tensors">The encoder's tensors; their names may have a prefix.</param>
    /// <param name="file">The file they came from, for error messages.</param>
    /// <param name="tokenizer">Where its tokenizer is, as <see cref="SubwordTokenizer.Load"/> takes it.</param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">There is no tokenizer.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged or belong to another model.</exception>
    /// <exception cref="WeightsException">The tensors are no BERT.</exception>
    public static TextModel LoadBert(
        IReadOnlyDictionary<string, StoredTensor> tensors, string file, string tokenizer, TextModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var stored = TextEncoderWeights.FromCheckpoint(tensors, file);
        long[] Shape(string name) => stored.TryGetValue(name, out var tensor) && tensor.Shape.Count == 2
            ? [.. tensor.Shape]
            : throw new WeightsException(
                $"The checkpoint '{file}' has no table '{name}', which every BERT has; name a file with a BERT.") { File = file, Names = [name] };
        var words = Shape(TextEncoderWeights.Words);
        var width = checked((int)words[1]);
        var config = new TextEncoderConfig
        {
            VocabularySize = checked((int)words[0]),
            Width = width,
            Heads = Math.Max(1, width / PublishedHeadWidth),
            Layers = stored.Keys.Where(name => name.StartsWith(LayerPrefix, StringComparison.Ordinal)).Select(LayerOf).Distinct().Count(),
            FeedForwardWidth = checked((int)Shape(LayerPrefix + "0.intermediate.dense.weight")[0]),
            Positions = checked((int)Shape("embeddings.position_embeddings.weight")[0]),
            TokenTypes = checked((int)Shape("embeddings.token_type_embeddings.weight")[0]),
        };
        return Create(config, stored, SubwordTokenizer.Load(tokenizer), file, tokenizer, options);
    }

    private static string LayerOf(string name) => name[LayerPrefix.Length..].Split('.')[0];
}
