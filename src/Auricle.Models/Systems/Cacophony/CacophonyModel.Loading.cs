using Auricle.Models.Decoders;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Families;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Cacophony;

public sealed partial class CacophonyModel
{
    /// <summary>Loads a model.</summary>
    /// <param name="path">The authors' Flax file <c>Cacophony.ckpt</c>, a file of their torch port, or either converted to safetensors.</param>
    /// <param name="tokenizer">The tokenizer of <c>roberta-base</c>, as <see cref="SubwordTokenizer.Load"/> takes it.</param>
    /// <param name="profile">What it is computed as; where it is absent, what <see cref="ModelLoadOptions.Profile"/> says.</param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged or belong to another model.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or are no such model.</exception>
    /// <example><code>
    /// using var model = CacophonyModel.Load("Cacophony.ckpt", "roberta-base");
    /// Console.WriteLine(model.Caption([AudioFile.Load("rain.wav", model.SampleRate)])[0].Texts[0].Text);
    /// </code></example>
    public static CacophonyModel Load(
        string path, string? tokenizer = null, CacophonyProfile? profile = null, ModelLoadOptions? options = null)
    {
        options ??= new ModelLoadOptions();
        return Load(ModelFiles.Open(path), options with { Tokenizer = tokenizer ?? options.Tokenizer, Profile = profile is { } chosen ? Profiles[(int)chosen] : options.Profile });
    }

    /// <summary>Starts a model to be trained, as the authors' own code computes it.</summary>
    /// <param name="audioLayers">Blocks of the audio encoder.</param>
    /// <param name="text">The numbers of the text side; both sides have its width, from which the heads follow.</param>
    /// <param name="start">The weights that do not start at random, under the network's own names.</param>
    /// <param name="tokenizer">That of the texts; it has <see cref="CocaConfig.VocabularySize"/> pieces or fewer.</param>
    /// <param name="compute">The element type of matrix products.</param>
    /// <param name="device">Where it computes; the processor by default.</param>
    /// <exception cref="WeightsException">A weight that is given has another shape.</exception>
    internal static CacophonyModel Create(
        int audioLayers, CocaConfig text, IReadOnlyDictionary<string, StoredTensor> start, SubwordTokenizer tokenizer, DType compute = DType.Float32, Device? device = null)
    {
        var store = WeightStore.InitialiseFrom(start, device: device);
        try
        {
            var sizes = new CacophonySizes(AudioMaeConfig.OfSize(text.Width, audioLayers), text with { Heads = CacophonyWeights.HeadsOf(text.Width) }, CacophonyWeights.OwnHeads);
            var model = new CacophonyModel(sizes, store, tokenizer, compute);
            return store.Differences() is { Misshapen: [var first, ..] }
                ? throw new WeightsException($"What the model is to start from has other sizes: {first}.") { Names = [first] }
                : model;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Writes the model so that it is loaded from the folder. The tokenizer's files belong there as well (<see cref="SubwordTokenizer.Copy"/>).</summary>
    /// <param name="folder">Where to; made if it does not exist.</param>
    public void Save(string folder) => ModelFiles.WriteWeights(folder, Weights.Entries);

    /// <summary>The names of <see cref="CacophonyProfile"/>'s members, as options have them.</summary>
    internal static IReadOnlyList<string> Profiles { get; } = [.. Enum.GetNames<CacophonyProfile>().Select(name => name.ToLowerInvariant())];

    /// <summary>Whether files hold Cacophony.</summary>
    internal static bool Recognises(ModelFiles files) => CacophonyWeights.Recognises(files.Tensors);

    /// <summary>As <see cref="Load(string, string?, CacophonyProfile?, ModelLoadOptions?)"/>, from files that were found.</summary>
    public static CacophonyModel Load(ModelFiles files, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        if (!Recognises(files))
            throw new WeightsException($"The checkpoint '{files.Path}' holds no Cacophony: it has no '{CacophonyWeights.AudioPool}query' beside an audio encoder; name the authors' file, such as Cacophony.ckpt.") { File = files.Weights };
        var stored = CacophonyWeights.FromCheckpoint(files.Tensors);
        var sizes = CacophonyWeights.Sizes(stored, files.Weights, ProfileOf(options.Profile, files.Path));
        // A look at the sizes needs no words.
        var words = options.Inspection is null ? ReadTokenizer(files, sizes, options) : null;
        return options.Build(stored, files.Weights, _ => false, store => new CacophonyModel(sizes, store, words, options.Compute));
    }

    /// <summary>The profile of a name; the authors' own without one.</summary>
    /// <exception cref="UnknownProfileException">There is none of this name.</exception>
    internal static CacophonyProfile ProfileOf(string? name, string path)
    {
        for (var i = 0; i < Profiles.Count; i++)
        {
            if (Profiles[i] == (name ?? Profiles[0]))
                return (CacophonyProfile)i;
        }
        throw new UnknownProfileException(name!, path, "Cacophony", Profiles);
    }

    private static SubwordTokenizer ReadTokenizer(ModelFiles files, CacophonySizes sizes, ModelLoadOptions options)
    {
        var place = options.Tokenizer ?? files.Folder ?? throw new FileNotFoundException(
            $"The checkpoint '{files.Path}' has no tokenizer in it; name its folder as well (--tokenizer): that of roberta-base, with which it was trained.", files.Path);
        var words = SubwordTokenizer.Load(place);
        return words.Vocabulary.Count <= sizes.Text.VocabularySize ? words : throw new TokenizerFileException(place,
            $"it has {words.Vocabulary.Count} pieces, but Cacophony was trained with {sizes.Text.VocabularySize} of roberta-base; name that tokenizer.");
    }
}
