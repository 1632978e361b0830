using System.Text.Json;
using System.Text.Json.Nodes;
using Auricle.Models.Families;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Correspondences;

public sealed partial class CorrespondenceModel
{
    /// <summary>Loads a model; its sizes are those of its tensors.</summary>
    /// <param name="path">
    /// The authors' file, such as <c>passt_roberta.ckpt</c>; or the folder of a training run, of which the best checkpoint
    /// (<c>epoch_3-0.28.ckpt</c>, by the measure in its name) is taken, else <c>last.ckpt</c>.
    /// </param>
    /// <param name="tokenizer">
    /// The tokenizer of its text encoder, as <see cref="SubwordTokenizer.Load"/> takes it. May be absent where the folder of <paramref name="path"/>
    /// holds it.
    /// </param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged or belong to another model.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or are no such model; everything that does not fit is named.</exception>
    /// <example><code>
    /// using var model = CorrespondenceModel.Load("passt_roberta.ckpt", "roberta-large");
    /// var likeness = model.Similarity(model.EmbedAudio([AudioFile.Load("rain.wav", model.SampleRate)]), model.EmbedText(["rain falls", "a dog barks"]));
    /// </code></example>
    public static CorrespondenceModel Load(string path, string? tokenizer = null, ModelLoadOptions? options = null)
    {
        options ??= new ModelLoadOptions();
        return Load(ModelFiles.Open(path), options with { Tokenizer = tokenizer ?? options.Tokenizer });
    }

    /// <summary>As <see cref="Load(string, string?, ModelLoadOptions?)"/>, from files that were found.</summary>
    public static CorrespondenceModel Load(ModelFiles files, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var config = CorrespondenceWeights.Read(files.Tensors, files.Checkpoint.Root, files.Config, files.Weights);
        // A look at the sizes needs no words.
        var words = options.Inspection is null ? ReadTokenizer(files, config, options) : null;
        using var scope = TensorScope.Begin();
        return options.Build(files.Tensors, files.Weights, name => CorrespondenceWeights.IsExpected(name, config),
            store => new CorrespondenceModel(config, store, words, options.Compute, options.CropSeed));
    }

    /// <summary>Starts a model to be trained: with the weights given, else at random.</summary>
    /// <param name="config">Sizes and habits.</param>
    /// <param name="tokenizer">Text to tokens.</param>
    /// <param name="start">Tensors under the model's names, such as those of a published audio encoder; what it lacks starts at random.</param>
    /// <param name="compute">The element type of matrix products: float32 or bfloat16.</param>
    /// <param name="device">Where it computes; the processor by default.</param>
    public static CorrespondenceModel Create(
        CorrespondenceConfig config, SubwordTokenizer tokenizer, IReadOnlyDictionary<string, StoredTensor>? start = null, DType compute = DType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var store = start is null ? WeightStore.Initialise(device) : WeightStore.InitialiseFrom(start, device: device);
        try
        {
            return new CorrespondenceModel(config, store, tokenizer, compute);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Writes the model so that <see cref="Load(string, string?, ModelLoadOptions?)"/> reads it from the folder: weights and habits. The
    /// tokenizer's files belong there as well (<see cref="SubwordTokenizer.Copy"/>).</summary>
    /// <param name="folder">Where to; made if it does not exist.</param>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        var config = new JsonObject { ["model_type"] = "estimated_correspondences", ["hyper_parameters"] = CorrespondenceWeights.WriteOptions(Config) };
        File.WriteAllText(Path.Combine(folder, ModelFiles.ConfigFile), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        ModelFiles.WriteWeights(folder, Weights.Entries);
    }

    /// <summary>Whether files hold such a model.</summary>
    internal static bool Recognises(ModelFiles files) => CorrespondenceWeights.Recognises(files.Tensors);

    private static SubwordTokenizer ReadTokenizer(ModelFiles files, CorrespondenceConfig config, ModelLoadOptions options)
    {
        var tokenizer = options.Tokenizer ?? Path.GetDirectoryName(Path.GetFullPath(files.Weights))!;
        var words = SubwordTokenizer.Load(tokenizer);
        return words.Vocabulary.Count <= config.Text.VocabularySize && words.PaddingId == config.Text.PaddingId
            ? words
            : throw new TokenizerFileException(tokenizer,
                $"it has {words.Vocabulary.Count} pieces, but '{files.Weights}' was trained with {config.Text.VocabularySize} of a {config.Text.ModelType}; name that tokenizer (--tokenizer).");
    }
}
