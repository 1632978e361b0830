using Auricle.Audio;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Text;
using Auricle.Torch;

namespace Auricle;

/// <summary>
/// Describes sound in one sentence. A loaded captioner serves any number of threads at once; it is disposed by whoever loaded it,
/// after the last call returned.
/// </summary>
/// <example>
/// <code source="../../samples/CaptionFile/Program.cs" language="csharp"/>
/// </example>
public sealed partial class AudioCaptioner : IDisposable
{
    /// <summary>The longest sound in seconds that is described as a whole; beyond it memory grows by gigabytes and captions get poor.</summary>
    public const double LongestWhole = 300;

    private readonly AudioModel _owner;
    private readonly ICaptioner _model;
    private readonly IReadOnlyList<string> _labels;
    private readonly SoundFiles _files;
    private readonly bool _isOwner;

    private AudioCaptioner(AudioModel model, bool isOwner)
    {
        _owner = model;
        _isOwner = isOwner;
        _model = model.As<ICaptioner>();
        _labels = (_model as ITagger)?.Labels ?? [];
        _files = new SoundFiles(model.Logger, _model.SampleRate);
    }

    /// <summary>Captions with a model that is loaded already; it stays the caller's.</summary>
    /// <exception cref="RoleMissingException">The model does not caption.</exception>
    public AudioCaptioner(AudioModel model) : this(model ?? throw new ArgumentNullException(nameof(model)), isOwner: false)
    {
    }

    /// <summary>The model's name and place.</summary>
    public LocatedModel Model => _owner.Source;

    /// <summary>The styles the model can write in, the default first; empty for a model that knows only one.</summary>
    public IReadOnlyList<string> Tasks => _model.Tasks;

    /// <summary>Loads a model.</summary>
    /// <param name="name">A name out of <see cref="ModelCatalog.List"/> a folder or a checkpoint.</param>
    /// <param name="options">Precision, device and threads.</param>
    /// <exception cref="ModelNotFoundException">There is no such model on this machine.</exception>
    /// <exception cref="RoleMissingException">The model does not caption.</exception>
    /// <exception cref="ModelException">The model's files are damaged, do not fit each other, or are those of no system that is known.</exception>
    /// <exception cref="TorchNotFoundException">libtorch or Auricle's native library is missing.</exception>
    /// <exception cref="TorchException">A GPU is asked for and there is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive.</exception>
    /// <example><code source="../../samples/CaptionFile/Program.cs" language="csharp"/></example>
    public static AudioCaptioner Load(string name = ModelCatalog.DefaultModel, AudioModelOptions? options = null) =>
        AudioModel.LoadAs(name, options, model => new AudioCaptioner(model, isOwner: true));

    /// <summary>Looks whether options fit this model, before anything is read.</summary>
    /// <param name="options">Task, search, segments and the size of a batch.</param>
    /// <exception cref="UnknownTaskException">The model has no such task.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public void Check(CaptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _ = Request(options);
    }

    /// <summary>Describes a file.</summary>
    /// <param name="path">A sound or video file, or <c>-</c> for standard input.</param>
    /// <param name="options">Task, search and segments.</param>
    /// <param name="cancellationToken">Looked at before the file is read and between segments.</param>
    /// <exception cref="AudioException">The file cannot be read, or is longer than <see cref="LongestWhole"/> and no segments are asked for.</exception>
    /// <exception cref="UnknownTaskException">The model has no such task.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <example><code source="../../samples/CaptionFile/Program.cs" language="csharp"/></example>
    public CaptionResult CaptionFile(string path, CaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var request = Request(options);
        cancellationToken.ThrowIfCancellationRequested();
        return CaptionOne(path, request.TaskOf(0), request, cancellationToken);
    }

    /// <summary>Describes sound in memory.</summary>
    /// <param name="clip">The sound, at any rate.</param>
    /// <param name="options">Task and search; the sound is described as a whole.</param>
    /// <param name="cancellationToken">Looked at before the work begins.</param>
    /// <exception cref="UnknownTaskException">The model has no such task.</exception>
    /// <exception cref="ArgumentException">The clip is too short for the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <example><code source="../../samples/CaptionFile/Program.cs" language="csharp"/></example>
    public CaptionResult Caption(AudioClip clip, CaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return Caption([clip], options, cancellationToken)[0];
    }

    /// <summary>Describes sounds in memory; those of equal length go through the model together.</summary>
    /// <param name="clips">The sounds, at any rates.</param>
    /// <param name="options">Task, search and the size of a batch; each sound is described as a whole.</param>
    /// <param name="cancellationToken">Looked at before each batch.</param>
    /// <returns>A result for each sound, the one that it gets alone.</returns>
    /// <exception cref="UnknownTaskException">The model has no such task.</exception>
    /// <exception cref="ArgumentException">A clip is too short for the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public IReadOnlyList<CaptionResult> Caption(IReadOnlyList<AudioClip> clips, CaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clips);
        var request = Request(options);
        return SoundFiles.InBatches<CaptionResult>([.. clips.Select(clip => clip.Resample(_model.SampleRate))], request.Options.BatchSize, (heard, places) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            string[] tasks = [.. places.Select(request.TaskOf)];
            return [.. heard.Zip(Run(heard, tasks, request)).Select((pair, i) => Whole(pair.First.Path, tasks[i], pair.First, pair.Second, request))];
        });
    }

    /// <summary>
    /// Describes files one after the other. A file that fails gives an outcome with the reason, and the next one goes on.
    /// Outcomes come in the order of the paths, each as soon as it and those before it are done.
    /// </summary>
    /// <param name="paths">Files, as from <see cref="AudioPaths.Expand"/>; read as the outcomes are taken.</param>
    /// <param name="options">Task, search, segments and the size of a batch.</param>
    /// <param name="cancellationToken">Looked at before each file and between segments.</param>
    /// <exception cref="UnknownTaskException">The model has no such task.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <example><code source="../../samples/CaptionFile/Program.cs" language="csharp"/></example>
    public IEnumerable<FileOutcome<CaptionResult>> CaptionFiles(
        IEnumerable<string> paths, CaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var request = Request(options);
        return Walk(paths, request, cancellationToken);
    }

    /// <summary>As <see cref="CaptionFiles"/>, with the work on the thread pool.</summary>
    /// <param name="paths">Files, as from <see cref="AudioPaths.Expand"/>.</param>
    /// <param name="options">Task, search, segments and the size of a batch.</param>
    /// <param name="cancellationToken">Looked at before each file and between segments.</param>
    /// <exception cref="UnknownTaskException">The model has no such task.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public IAsyncEnumerable<FileOutcome<CaptionResult>> CaptionFilesAsync(
        IEnumerable<string> paths, CaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return SoundFiles.WalkAsync(CaptionFiles(paths, options, cancellationToken), cancellationToken);
    }

    /// <summary>Releases the weights of a model that was loaded with <see cref="Load"/>.</summary>
    public void Dispose()
    {
        if (_isOwner)
            _owner.Dispose();
    }
}
