using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Clap;

public abstract partial class ClapModel
{
    /// <summary>Loads a model; which one it is the names and shapes of its weights tell.</summary>
    /// <param name="path">
    /// The authors' file: <c>CLAP_weights_2022.pth</c> or <c>CLAP_weights_2023.pth</c> of MS-CLAP; or one of LAION-CLAP, such as
    /// <c>630k-audioset-best.pt</c> or <c>630k-audioset-fusion-best.pt</c>. Or a folder of LAION-CLAP as the hub has it
    /// (<c>laion/clap-htsat-unfused</c>), with <c>model.safetensors</c> or <c>pytorch_model.bin</c>.
    /// </param>
    /// <param name="tokenizer">
    /// The tokenizer it was trained with, as <see cref="SubwordTokenizer.Load"/> takes it: BERT's (2022), GPT-2's (2023) or RoBERTa's (LAION).
    /// May be absent where the folder of <paramref name="path"/> holds it.
    /// </param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged or belong to another model.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or are no such model.</exception>
    /// <remarks>With a folder of the hub too, sound is prepared and texts are normalised as the authors' code does it; the Hugging Face library
    /// does it a little differently, so its vectors differ by up to 1e-4.</remarks>
    /// <example><code>
    /// using var model = ClapModel.Load("CLAP_weights_2023.pth", "gpt2");
    /// var likeness = model.Similarity(model.EmbedAudio([AudioFile.Load("rain.wav", model.SampleRate)]), model.EmbedText(["rain falls", "a dog barks"]));
    /// </code></example>
    public static ClapModel Load(string path, string? tokenizer = null, ClapLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ClapLoadOptions();
        var isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path))
            throw new FileNotFoundException(
                $"There is no CLAP checkpoint at '{path}'; name the authors' file, such as CLAP_weights_2023.pth or 630k-audioset-best.pt.", path);
        tokenizer ??= isFolder ? path : throw new FileNotFoundException(
            $"The checkpoint '{path}' has no tokenizer in it; name its folder as well: that of BERT, GPT-2 or RoBERTa, whichever it was trained with.", path);
        var checkpoint = ModelFolder.FindWeights(path);
        var stored = ClapWeights.FromCheckpoint(Checkpoint.Open(checkpoint).Tensors);
        var sizes = ClapSizes.Read(stored, checkpoint);
        var words = SubwordTokenizer.Load(tokenizer);
        if (words.Vocabulary.Count > sizes.VocabularySize || sizes.PaddingId is { } padding && words.PaddingId != padding)
        {
            throw new TokenizerFileException(tokenizer,
                $"it has {words.Vocabulary.Count} pieces, but {sizes.Name} was trained with {sizes.VocabularySize} of {sizes.TokenizerName}; name that tokenizer.");
        }
        using var scope = TensorScope.Begin();
        var store = WeightStore.Load(stored, checkpoint, device: options.Device);
        try
        {
            var filters = stored.TryGetValue(sizes.MelFilters, out var matrix) ? Tensor.From(matrix).To(DType.Float32) : null;
            var compute = PrecisionSupport.Resolve(options.Precision, options.Device);
            ClapModel model = sizes is LaionClapSizes laion
                ? new LaionClapModel(laion, store, words, compute, filters)
                : new MsClapModel((MsClapSizes)sizes, store, words, compute, filters);
            store.ThrowIfMismatched(ClapWeights.IsExpected);
            return model;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }
}
