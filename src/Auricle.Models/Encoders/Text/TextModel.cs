using Auricle.Models.Families;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.Text;

/// <summary>A text encoder with its tokenizer, as the hub has them in one folder. One loaded model serves concurrent callers.</summary>
public sealed partial class TextModel : IDisposable
{
    private const int DefaultBatchSize = 32;

    private TextModel(TextEncoder encoder, SubwordTokenizer tokenizer, WeightStore weights)
    {
        Encoder = encoder;
        Tokenizer = tokenizer;
        Weights = weights;
    }

    /// <summary>The network.</summary>
    public TextEncoder Encoder { get; }

    /// <summary>Text to tokens.</summary>
    public SubwordTokenizer Tokenizer { get; }

    /// <summary>All parameters; the model owns them.</summary>
    public WeightStore Weights { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="folder">
    /// A folder with <c>config.json</c>, <c>model.safetensors</c> or <c>pytorch_model.bin</c> (or the index of several such files),
    /// and the tokenizer's files as <see cref="SubwordTokenizer.Load"/> takes them.
    /// </param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    /// <exception cref="TextEncoderConfigException">The configuration makes no sense or is of another architecture.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged or belong to another model.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or do not fit the configuration.</exception>
    public static TextModel Load(string folder, ModelLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (File.Exists(folder))
            throw new FileNotFoundException(
                $"'{folder}' is a file; give the folder with {ModelFiles.ConfigFile}, weights and tokenizer that it lies in.", folder);
        var files = ModelFiles.Open(folder);
        var file = files.Weights;
        var config = TextEncoderConfig.Read(files.RequiredConfigPath);
        var tokenizer = SubwordTokenizer.Load(folder);
        return Create(config, TextEncoderWeights.FromCheckpoint(Checkpoint.Open(file).Tensors, file), tokenizer, file, folder, options);
    }

    /// <summary>Encodes tokenised texts.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <param name="depth">How many layers to run; all by default.</param>
    /// <returns>[rows, length, width], float32; vectors of padding have no meaning.</returns>
    public Tensor Forward(TokenBatch batch, bool training = false, int? depth = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = TensorScope.Begin();
        // Where nothing is padding, the mask would add zeros.
        var mask = Array.TrueForAll(batch.Mask, value => value == 1) ? null : batch.Place(batch.Mask, Weights.Device);
        var types = Array.TrueForAll(batch.Types, type => type == 0) ? null : batch.Place(batch.Types, Weights.Device);
        return scope.Keep(Encoder.Forward(batch.Place(batch.Ids, Weights.Device), mask, types, training, depth));
    }

    /// <summary>The mask of a batch beside the model.</summary>
    /// <returns>[rows, length], int64.</returns>
    public Tensor Mask(TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Place(batch.Mask, Weights.Device);
    }

    /// <summary>
    /// Encodes many texts without recording gradients. Texts of similar length share a batch, so that little is computed for
    /// padding; they are not handed back in their own order.
    /// </summary>
    /// <param name="texts">The texts.</param>
    /// <param name="maximumLength">The most tokens of a text, special ones included; longer ones are cut.</param>
    /// <param name="read">
    /// Called for each batch with the places of its texts in <paramref name="texts"/>, their tokens, and their vectors
    /// [rows, length, width], which are released afterwards.
    /// </param>
    /// <param name="depth">How many layers to run; all by default.</param>
    /// <param name="batchSize">The most texts computed at a time.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    public void ForEachBatch(
        IReadOnlyList<string> texts,
        int maximumLength,
        Action<IReadOnlyList<int>, TokenBatch, Tensor> read,
        int? depth = null,
        int batchSize = DefaultBatchSize,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        var encoded = texts.Select(text => Tokenizer.Encode(text, null, Math.Min(maximumLength, Encoder.Config.MaximumLength))).ToArray();
        var order = Enumerable.Range(0, encoded.Length).OrderBy(place => encoded[place].Ids.Length).ToArray();
        foreach (var places in order.Chunk(batchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var batch = new TokenBatch(Array.ConvertAll(places, place => encoded[place]), Tokenizer.PaddingId);
            read(places, batch, Forward(batch, depth: depth));
        }
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();

    private static TextModel Create(
        TextEncoderConfig config, IReadOnlyDictionary<string, StoredTensor> stored, SubwordTokenizer tokenizer,
        string file, string tokenizerPath, ModelLoadOptions? options)
    {
        options ??= new ModelLoadOptions();
        if (tokenizer.Vocabulary.Count > config.VocabularySize || tokenizer.PaddingId != config.PaddingId)
        {
            throw new TokenizerFileException(tokenizerPath,
                $"it has {tokenizer.Vocabulary.Count} pieces and pads with id {tokenizer.PaddingId}, "
                + $"but the model knows {config.VocabularySize} and pads with {config.PaddingId}; fetch the tokenizer that came with the model.");
        }
        return options.Build(stored, file, TextEncoderWeights.IsExpected,
            store => new TextModel(new TextEncoder(config, store.Root, options.Compute, TextEncoderWeights.HavePooler(stored)), tokenizer, store));
    }
}
