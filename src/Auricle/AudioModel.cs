using System.Diagnostics;
using Auricle.Fetching;
using Auricle.Models;
using Auricle.Models.Families;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Torch;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Auricle;

/// <summary>
/// A loaded model of any system, asked for by the roles it plays. It serves any number of threads at once, and is disposed by whoever
/// loaded it, after the last call returned.
/// </summary>
/// <example>
/// <code>
/// using var model = AudioModel.Load("mn04_as_mAP_432.pt");
/// var tags = model.As&lt;ITagger&gt;().Tag([AudioFile.Load("rain.wav")]);
/// </code>
/// </example>
public sealed class AudioModel : IDisposable
{
    private readonly IModel _model;

    private readonly Lazy<string> _fingerprint;

    private AudioModel(IModel model, LocatedModel source, ModelFamily family, ILogger logger, Func<string> fingerprint)
    {
        _model = model;
        _fingerprint = new Lazy<string>(fingerprint);
        Source = source;
        Family = family;
        Logger = logger;
    }

    /// <summary>The model's name and place.</summary>
    public LocatedModel Source { get; }

    /// <summary>The system it belongs to.</summary>
    public ModelFamily Family { get; }

    /// <summary>The published system and its variant, for example <c>MS-CLAP 2023</c>.</summary>
    public string System => (_model as IDescribed)?.SystemName ?? Family.Name;

    /// <summary>What it can do.</summary>
    public ModelRoles Roles => ModelRole.Of(_model);

    /// <summary>
    /// A SHA-256 over what the vectors of sounds depend on: weights, configuration, the file of an encoder that lies apart, and the profile that was asked for. Two models
    /// of the same fingerprint give the same vectors.
    /// </summary>
    public string Fingerprint => _fingerprint.Value;

    internal ILogger Logger { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="name">A name out of <see cref="ModelCatalog.List"/> or of the catalogue, a repository of the hub, a folder or a checkpoint.</param>
    /// <param name="options">Precision, device, threads, files that belong to the model, and whether it may be fetched.</param>
    /// <exception cref="ModelNotFoundException">There is no such model on this machine, and it may not be fetched.</exception>
    /// <exception cref="FetchException">It could not be fetched.</exception>
    /// <exception cref="ModelException">The model's files are damaged, do not fit each other, or are those of no system that is known.</exception>
    /// <exception cref="FileNotFoundException">A file that belongs to the model is missing.</exception>
    /// <exception cref="TorchNotFoundException">libtorch or Auricle's native library is missing.</exception>
    /// <exception cref="TorchException">A GPU is asked for and there is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive.</exception>
    public static AudioModel Load(string name = ModelCatalog.DefaultModel, AudioModelOptions? options = null)
    {
        options ??= new AudioModelOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Threads ?? 1, nameof(options));
        var source = ModelCatalog.Find(name, options.Fetching);
        var encoder = ModelCatalog.FindPart(options.EncoderFile, options.Fetching) ?? source.EncoderFile;
        var logger = options.Logger ?? NullLogger.Instance;
        var begun = Stopwatch.GetTimestamp();
        TorchRuntime.Threads = options.Threads ?? ProcessorInfo.PhysicalCores;
        var files = ModelFiles.Open(source.Path);
        var family = ModelFamily.Of(files);
        var model = family.LoadModel(files, new ModelLoadOptions
        {
            Precision = options.Precision,
            Device = Device.Choose(options.Device),
            EncoderFile = encoder,
            Tokenizer = ModelCatalog.FindPart(options.Tokenizer, options.Fetching) ?? source.Tokenizer,
            TextEncoder = ModelCatalog.FindPart(options.TextEncoder, options.Fetching) ?? source.TextEncoder,
            LabelsFile = options.LabelsFile,
            Profile = options.Profile,
        });
        var elapsed = Stopwatch.GetElapsedTime(begun);
        var threads = TorchRuntime.Threads;
        Log.ModelLoaded(logger, source.Name, source.Path, elapsed, threads, options.Precision);
        return new AudioModel(model, source, family, logger, () => files.Fingerprint(options.Profile, encoder));
    }

    /// <summary>Loads a model for one job; it is released where it does not play the role.</summary>
    internal static T LoadAs<T>(string name, AudioModelOptions? options, Func<AudioModel, T> create)
    {
        var model = Load(name, options);
        try
        {
            return create(model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The model in a role.</summary>
    /// <typeparam name="TRole">The interface of the role, such as <see cref="ICaptioner"/>.</typeparam>
    /// <exception cref="RoleMissingException">The model does not play it.</exception>
    public TRole As<TRole>() where TRole : class
    {
        var role = ModelRole.Of(typeof(TRole));
        return _model is TRole player && (Roles & role) == role ? player : throw new RoleMissingException(this, role);
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => _model.Dispose();
}

/// <summary>How a model is loaded.</summary>
public sealed record AudioModelOptions
{
    /// <summary>The type of the large products; <see cref="Precision.Auto"/> takes what suits the hardware.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Where the model computes; a GPU where libtorch finds one, by default.</summary>
    public DeviceChoice Device { get; init; } = DeviceChoice.Auto;

    /// <summary>Threads of one operation, for the whole process; <see langword="null"/> uses one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>A file with the audio encoder's weights, or its name, for captioners that are stored without.</summary>
    public string? EncoderFile { get; init; }

    /// <summary>The folder or file of the tokenizer, or its name, for checkpoints that come without one.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The folder of the text encoder, or its name, for systems that are stored without theirs.</summary>
    public string? TextEncoder { get; init; }

    /// <summary>
    /// Leave to fetch a published model that is not on this machine; <see langword="null"/>, the default, fetches nothing.
    /// <see cref="ModelFetching.Always"/> fetches whatever is named.
    /// </summary>
    public ModelFetching? Fetching { get; init; }

    /// <summary>A file of labels in place of the model's own.</summary>
    public string? LabelsFile { get; init; }

    /// <summary>Which of a system's published implementations is followed, where they differ (<see cref="ModelFamily.Profiles"/>).</summary>
    public string? Profile { get; init; }

    /// <summary>Receives diagnostics; <see langword="null"/> for none. Nothing is ever written to the console.</summary>
    public ILogger? Logger { get; init; }
}

/// <summary>A model was asked for what it cannot do.</summary>
public sealed class RoleMissingException : ModelException
{
    internal RoleMissingException(AudioModel model, ModelRoles role) : base(Describe(model, role)) => (Model, Role) = (model.Source.Name, role);

    /// <inheritdoc/>
    public override bool IsRequest => true;

    /// <summary>The name of the model.</summary>
    public string Model { get; }

    /// <summary>What it was asked for.</summary>
    public ModelRoles Role { get; }

    private static string Describe(AudioModel model, ModelRoles role)
    {
        var families = ModelFamily.All.Where(family => (family.Roles & role) == role).Select(family => family.Name).ToList();
        var others = families.Count == 0 ? "No system here does that." : $"Systems that do: {string.Join(", ", families)}; name such a model with --model.";
        return $"The model '{model.Source.Name}' ({model.System}) does not do what was asked for ({string.Join(", ", ModelRole.Verbs(role))}); what it does: {string.Join(", ", ModelRole.Verbs(model.Roles))}. {others}";
    }
}

/// <summary>Words of a caption are to be placed in time, and the model does not tell when they were heard.</summary>
public sealed class WordTimesException : ModelException
{
    internal WordTimesException(AudioModel model)
        : base($"The model '{model.Source.Name}' ({model.System}) does not tell when words were heard; leave timestamps out, or name a model that does, such as {ModelCatalog.DefaultModel}.") { }

    /// <inheritdoc/>
    public override bool IsRequest => true;
}
