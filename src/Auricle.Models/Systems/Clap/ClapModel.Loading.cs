using Auricle.Models.Families;
using Auricle.Text.Subwords;
using Auricle.Torch;

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
    public static ClapModel Load(string path, string? tokenizer = null, ModelLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new FileNotFoundException(
                $"There is no CLAP checkpoint at '{path}'; name the authors' file, such as CLAP_weights_2023.pth or 630k-audioset-best.pt.", path);
        options ??= new ModelLoadOptions();
        return Load(ModelFiles.Open(path), options with { Tokenizer = tokenizer ?? options.Tokenizer });
    }

    /// <summary>As <see cref="Load(string, string?, ModelLoadOptions?)"/>, from files that were found.</summary>
    public static ClapModel Load(ModelFiles files, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var file = files.Weights;
        var stored = ClapWeights.FromCheckpoint(files.Tensors);
        var sizes = ClapSizes.Read(stored, file);
        // Sounds need no words.
        var words = options.Inspection is null && (options.Tokenizer ?? files.Folder) is { } tokenizer ? ReadTokenizer(tokenizer, sizes) : null;
        using var scope = TensorScope.Begin();
        var filters = stored.TryGetValue(sizes.MelFilters, out var matrix) ? Tensor.From(matrix).To(DType.Float32) : null;
        return options.Build<ClapModel>(stored, file, ClapWeights.IsExpected, store => sizes is LaionClapSizes laion
            ? new LaionClapModel(laion, store, words, options.Compute, filters)
            : new MsClapModel((MsClapSizes)sizes, store, words, options.Compute, filters));
    }

    /// <summary>Whether files hold a CLAP model.</summary>
    internal static bool Recognises(ModelFiles files) => ClapSizes.Recognises(ClapWeights.FromCheckpoint(files.Tensors));

    private static SubwordTokenizer ReadTokenizer(string tokenizer, ClapSizes sizes)
    {
        var words = SubwordTokenizer.Load(tokenizer);
        return words.Vocabulary.Count <= sizes.VocabularySize && (sizes.PaddingId is not { } padding || words.PaddingId == padding)
            ? words
            : throw new TokenizerFileException(tokenizer,
                $"it has {words.Vocabulary.Count} pieces, but {sizes.Name} was trained with {sizes.VocabularySize} of {sizes.TokenizerName}; name that tokenizer.");
    }
}
