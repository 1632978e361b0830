using Auricle.Models.Families;
using Auricle.Text.Subwords;
using Auricle.Torch;

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
