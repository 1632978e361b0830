using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.Text;

public sealed partial class TextModel
{
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
        IReadOnlyDictionary<string, StoredTensor> tensors, string file, string tokenizer, ModelLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var stored = TextEncoderWeights.FromCheckpoint(tensors, file);
        var config = TextEncoderWeights.Sizes(TextEncoderConfig.BertBase, stored, file);
        return Create(config, stored, SubwordTokenizer.Load(tokenizer), file, tokenizer, options);
    }
}
