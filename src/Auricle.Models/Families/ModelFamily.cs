using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Cacophony;
using Auricle.Models.Systems.Clap;
using Auricle.Models.Systems.Conette;
using Auricle.Models.Systems.Correspondences;
using Auricle.Models.Systems.Dcase2023;
using Auricle.Models.Systems.Encoders;
using Auricle.Models.Systems.Listener;
using Auricle.Models.Systems.MiniAudioCaption;

namespace Auricle.Models.Families;

/// <summary>A published system: how its files are recognised, how they are loaded, and which roles it plays.</summary>
public abstract class ModelFamily
{
    private protected ModelFamily(string name, ModelRoles roles, IReadOnlyList<string> profiles) => (Name, Roles, Profiles) = (name, roles, profiles);

    /// <summary>Every family, the more particular first; one line brings a system into the house.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new ModelFamily<ListenerModel>("Auricle listener", ListenerModel.Recognises, ListenerModel.Load),
        new ModelFamily<ConetteModel>("CoNeTTE", ConetteModel.Recognises, ConetteModel.Load),
        new ModelFamily<ClapModel>("CLAP", ClapModel.Recognises, ClapModel.Load),
        new ModelFamily<MiniAudioCaptionModel>("mini audio caption", MiniAudioCaptionModel.Recognises, MiniAudioCaptionModel.Load),
        new ModelFamily<ClapCaptioner>("clapcap", ClapCaptioner.Recognises, ClapCaptioner.Load),
        new ModelFamily<CorrespondenceModel>("estimated correspondences", CorrespondenceModel.Recognises, CorrespondenceModel.Load),
        new ModelFamily<Dcase2023Model>("DCASE 2023 task 6B baseline", Dcase2023Model.Recognises, Dcase2023Model.Load),
        new ModelFamily<CacophonyModel>("Cacophony", CacophonyModel.Recognises, CacophonyModel.Load, CacophonyModel.Profiles),
        new ModelFamily<SentenceEncoder>("sentence encoder", SentenceEncoder.Recognises, SentenceEncoder.Load),
        new ModelFamily<TaggingEncoder>("audio encoder", SoundEncoder.Recognises, SoundEncoder.Load, CacophonyModel.Profiles),
    ];

    /// <summary>What people call it.</summary>
    public string Name { get; }

    /// <summary>The roles that its models play.</summary>
    public ModelRoles Roles { get; }

    /// <summary>What one checkpoint may be computed as (<see cref="ModelLoadOptions.Profile"/>), the default first; empty where implementations agree.</summary>
    public IReadOnlyList<string> Profiles { get; }

    /// <summary>Whether its models are audio encoders on their own, which other systems may take in.</summary>
    internal bool LoadsEncoders => this is ModelFamily<TaggingEncoder>;

    /// <summary>The family of a model's files.</summary>
    /// <exception cref="UnknownModelException">None recognises them.</exception>
    public static ModelFamily Of(ModelFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return All.FirstOrDefault(family => family.Recognises(files)) ?? throw new UnknownModelException(files);
    }

    /// <summary>Loads a model of any family.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="options">How it is loaded.</param>
    /// <exception cref="UnknownModelException">No family recognises them.</exception>
    /// <exception cref="ModelException">A file cannot be read, or does not fit the others.</exception>
    /// <exception cref="FileNotFoundException">A file that belongs to the model is missing.</exception>
    public static IModel Load(ModelFiles files, ModelLoadOptions? options = null) => Of(files).LoadModel(files, options ?? new ModelLoadOptions());

    /// <summary>Whether files are those of a model of this family, by their configuration or by the names and shapes of their tensors.</summary>
    public abstract bool Recognises(ModelFiles files);

    internal abstract IModel LoadModel(ModelFiles files, ModelLoadOptions options);
}

/// <inheritdoc/>
internal sealed class ModelFamily<TModel>(string name, Func<ModelFiles, bool> recognises, Func<ModelFiles, ModelLoadOptions, IModel> load, IReadOnlyList<string>? profiles = null)
    : ModelFamily(name, ModelRole.Of(typeof(TModel)), profiles ?? [])
    where TModel : IModel
{
    public override bool Recognises(ModelFiles files) => recognises(files);

    internal override IModel LoadModel(ModelFiles files, ModelLoadOptions options)
    {
        if (options.Profile is { } profile && !Profiles.Contains(profile))
            throw new UnknownProfileException(profile, files.Path, Name, Profiles);
        return load(files, options);
    }
}

/// <summary>A model was asked to be computed as it cannot be.</summary>
public sealed class UnknownProfileException : ModelException
{
    internal UnknownProfileException(string profile, string path, string system, IReadOnlyList<string> known)
        : base($"There is no profile '{profile}' for '{path}': {(known.Count == 0 ? $"published implementations of this system ({system}) agree; leave --profile out" : $"{system} knows {string.Join(" and ", known)}; name one of them")}.") =>
        (Profile, Known) = (profile, known);

    /// <inheritdoc/>
    public override bool IsRequest => true;

    /// <summary>What was asked for.</summary>
    public string Profile { get; }

    /// <summary>What can be asked for.</summary>
    public IReadOnlyList<string> Known { get; }
}

/// <summary>No family recognises a model's files.</summary>
public sealed class UnknownModelException : ModelException
{
    private const int Shown = 3;

    // What checkpoints of other systems hold, for a message that helps more than a list of names.
    private static readonly (string Part, string System)[] Others =
    [
        ("wav2vec2.", "wav2vec 2.0, a speech encoder"),
        ("hubert.", "HuBERT, a speech encoder"),
        ("audio_spectrogram_transformer.", "AST of the Hugging Face library"),
        ("decoder.embed_positions.", "a speech recogniser or translator such as Whisper"),
        ("decoder.positional_embedding", "OpenAI's Whisper, a speech recogniser"),
        ("visual.", "CLIP, a model of images"),
        ("vision_model.", "CLIP of the Hugging Face library, a model of images"),
        ("encodec", "EnCodec, a sound codec"),
        ("optimizer", "the state of an optimiser instead of a model"),
    ];

    /// <summary>Says what the files look like.</summary>
    internal UnknownModelException(ModelFiles files) : base(Describe(files)) => Path = files.Path;

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    private static string Describe(ModelFiles files)
    {
        var names = files.Tensors.Keys.ToList();
        var kind = files.Config?["model_type"] is { } type ? $"; its configuration calls it '{type}'" : "";
        var looks = Others.FirstOrDefault(other => names.Exists(name => name.Contains(other.Part, StringComparison.Ordinal))).System is { } system
            ? $"it looks like {system}" : "no system here has such names";
        return $"'{files.Path}' is a checkpoint of {names.Count} tensors ({string.Join(", ", names.Take(Shown).Select(name => $"'{name}'"))}{(names.Count > Shown ? " …" : "")}){kind}, "
            + $"and nothing here reads it: {looks}. Systems that are read: {string.Join(", ", ModelFamily.All.Select(family => family.Name))}.";
    }
}

/// <summary>A checkpoint holds a part of a model, and the file of another part was not named.</summary>
public sealed class MissingPartException : ModelException
{
    /// <summary>Says what is missing and how it is named.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="part">What it lacks, as the end of "is stored without".</param>
    /// <param name="remedy">What to name, and the option that does.</param>
    internal MissingPartException(string path, string part, string remedy) : base($"The checkpoint '{path}' is stored without {part}; {remedy}.") => Path = path;

    /// <inheritdoc/>
    public override bool IsRequest => true;

    /// <summary>The checkpoint.</summary>
    public string Path { get; }
}
