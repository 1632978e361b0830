using Auricle.Audio;
using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle;

/// <summary>
/// Says which labels fit sounds. Files longer than <see cref="LongestWhole"/> are judged in stretches of that length, and the probabilities
/// averaged. A loaded tagger serves any number of threads at once; it is disposed by whoever loaded it, after the last call returned.
/// </summary>
/// <example>
/// <code source="../../samples/TagSound/Program.cs" language="csharp"/>
/// </example>
public sealed class SoundTagger : IDisposable
{
    /// <summary>The longest sound in seconds that is heard at once; of longer ones a stretch is in memory at a time.</summary>
    public const double LongestWhole = SoundFiles.LongestWhole;

    /// <summary>The lowest probability of a label in a timeline where no other is asked for.</summary>
    public const double TimelineThreshold = 0.1;

    private readonly AudioModel _owner;
    private readonly ITagger _model;
    private readonly SoundFiles _files;
    private readonly bool _isOwner;

    private SoundTagger(AudioModel model, bool isOwner)
    {
        _owner = model;
        _isOwner = isOwner;
        _model = model.As<ITagger>();
        _files = new SoundFiles(model.Logger, _model.SampleRate);
    }

    /// <summary>Tags with a model that is loaded already; it stays the caller's.</summary>
    /// <exception cref="RoleMissingException">The model does not tag.</exception>
    public SoundTagger(AudioModel model) : this(model ?? throw new ArgumentNullException(nameof(model)), isOwner: false)
    {
    }

    /// <summary>The model's name and place.</summary>
    public LocatedModel Model => _owner.Source;

    /// <summary>The labels the model knows.</summary>
    public IReadOnlyList<string> Labels => _model.Labels;

    /// <summary>Loads a model.</summary>
    /// <param name="name">A name out of <see cref="ModelCatalog.List"/>, a folder or a checkpoint.</param>
    /// <param name="options">Precision, device, threads, labels in place of the model's own.</param>
    /// <exception cref="ModelNotFoundException">There is no such model on this machine.</exception>
    /// <exception cref="RoleMissingException">The model does not tag.</exception>
    /// <exception cref="ModelException">The model's files are damaged, do not fit each other, or are those of no system that is known.</exception>
    /// <exception cref="TorchNotFoundException">libtorch or Auricle's native library is missing.</exception>
    /// <exception cref="TorchException">A GPU is asked for and there is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive.</exception>
    public static SoundTagger Load(string name = ModelCatalog.DefaultModel, AudioModelOptions? options = null) =>
        AudioModel.LoadAs(name, options, model => new SoundTagger(model, isOwner: true));

    /// <summary>Tags a file.</summary>
    /// <param name="path">A sound or video file, or <c>-</c> for standard input.</param>
    /// <param name="options">How many labels, and whether along the sound too.</param>
    /// <param name="cancellationToken">Looked at before the file is read and while it is judged.</param>
    /// <exception cref="AudioException">The file cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public TagResult TagFile(string path, TagOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var wanted = Check(options);
        cancellationToken.ThrowIfCancellationRequested();
        var opened = Open(path, wanted, cancellationToken);
        return opened.Result ?? TagStretches(path, _files.Stretches(opened.Clip!), wanted, cancellationToken);
    }

    /// <summary>Tags sound in memory.</summary>
    /// <param name="clip">The sound, at any rate and of any length.</param>
    /// <param name="options">How many labels, and whether along the sound too.</param>
    /// <param name="cancellationToken">Looked at while the sound is judged.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public TagResult Tag(AudioClip clip, TagOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return TagStretches(clip.Path, _files.Stretches(clip), Check(options), cancellationToken);
    }

    /// <summary>Tags sounds in memory; short ones of equal length go through the model together.</summary>
    /// <param name="clips">The sounds, at any rates and of any length.</param>
    /// <param name="options">How many labels, whether along the sounds too, and the size of a batch.</param>
    /// <param name="cancellationToken">Looked at while the sounds are judged.</param>
    /// <returns>A result for each sound, the one that it gets alone.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public IReadOnlyList<TagResult> Tag(IReadOnlyList<AudioClip> clips, TagOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clips);
        var wanted = Check(options);
        return SoundFiles.InBatches<TagResult>([.. clips.Select(clip => clip.Resample(_model.SampleRate))], wanted.BatchSize, (heard, _) => heard[0].Seconds > LongestWhole
            ? [.. heard.Select(clip => Tag(clip, wanted, cancellationToken))]
            : TagTogether([.. heard.Select(clip => (clip.Path, clip))], wanted, cancellationToken));
    }

    /// <summary>
    /// Tags files one after the other. A file that fails gives an outcome with the reason, and the next one goes on. Outcomes come in the
    /// order of the paths, each as soon as it and those before it are done.
    /// </summary>
    /// <param name="paths">Files, as from <see cref="AudioPaths.Expand"/>; read as the outcomes are taken.</param>
    /// <param name="options">How many labels, and whether along the sounds too.</param>
    /// <param name="cancellationToken">Looked at before each file and while it is judged.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public IEnumerable<FileOutcome<TagResult>> TagFiles(IEnumerable<string> paths, TagOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var wanted = Check(options);
        return _files.Walk(
            paths, wanted.BatchSize, (path, _) => Open(path, wanted, cancellationToken),
            sounds => TagTogether([.. sounds.Select(sound => ((string?)sound.Path, sound.Clip))], wanted, cancellationToken), cancellationToken);
    }

    /// <summary>As <see cref="TagFiles"/>, with the work on the thread pool.</summary>
    /// <param name="paths">Files, as from <see cref="AudioPaths.Expand"/>.</param>
    /// <param name="options">How many labels, and whether along the sounds too.</param>
    /// <param name="cancellationToken">Looked at before each file and while it is judged.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public IAsyncEnumerable<FileOutcome<TagResult>> TagFilesAsync(IEnumerable<string> paths, TagOptions? options = null, CancellationToken cancellationToken = default) =>
        SoundFiles.WalkAsync(TagFiles(paths, options, cancellationToken), cancellationToken);

    /// <summary>Releases the weights of a model that was loaded with <see cref="Load"/>.</summary>
    public void Dispose()
    {
        if (_isOwner)
            _owner.Dispose();
    }

    private static TagOptions Check(TagOptions? options)
    {
        options ??= new TagOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Top, nameof(options.Top));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize, nameof(options.BatchSize));
        return options.Threshold is { } threshold && !(threshold >= 0 && threshold <= 1)
            ? throw new ArgumentOutOfRangeException(nameof(options), threshold, $"A probability of at least {threshold} is outside the range 0 to 1.")
            : options;
    }

    private TagResult[] TagTogether(IReadOnlyList<(string? Path, AudioClip Clip)> sounds, TagOptions options, CancellationToken cancellationToken)
    {
        var tags = _model.Tag([.. sounds.Select(sound => sound.Clip)], cancellationToken);
        return [.. sounds.Select((sound, i) => Result(
            sound.Path, sound.Clip.Seconds, tags[i], Along(new AudioSegment { Clip = sound.Clip, Start = 0 }, options, cancellationToken), sound.Clip.Warnings, options))];
    }

    private OpenedSound<TagResult> Open(string path, TagOptions options, CancellationToken cancellationToken) =>
        _files.Open(path, options.Track, options.FileProgress, stretches => TagStretches(path, stretches, options, cancellationToken));

    private TagResult TagStretches(string? path, IEnumerable<AudioSegment> stretches, TagOptions options, CancellationToken cancellationToken)
    {
        var mean = new WeightedMean();
        List<TimedTags>? timeline = options.Timeline ? [] : null;
        IReadOnlyList<string> warnings = [];
        foreach (var stretch in stretches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            mean.Add(_model.Tag([stretch.Clip], cancellationToken)[0], stretch.Clip.Seconds);
            timeline?.AddRange(Along(stretch, options, cancellationToken)!);
            warnings = stretch.Clip.Warnings;
        }
        return Result(path, mean.Weight, mean.Values, timeline, warnings, options);
    }

    private List<TimedTags>? Along(AudioSegment stretch, TagOptions options, CancellationToken cancellationToken)
    {
        if (!options.Timeline)
            return null;
        var heard = _model.TagTimeline(stretch.Clip, cancellationToken);
        var tags = new List<TimedTags>(heard.Times.Length);
        for (var i = 0; i < heard.Times.Length; i++)
        {
            var probabilities = heard.Values.AsMemory(i * heard.Width, heard.Width);
            var time = stretch.Start + heard.Times[i];
            options.Moments?.Report(new HeardMoment(time, probabilities));
            tags.Add(new TimedTags(time, SoundTag.Top(options.Top, options.Threshold ?? TimelineThreshold, Labels, probabilities.Span)));
        }
        return tags;
    }

    private TagResult Result(string? path, double seconds, float[] probabilities, List<TimedTags>? timeline, IReadOnlyList<string> warnings, TagOptions options)
    {
        _files.Warn(warnings);
        return new TagResult
        {
            File = path,
            Duration = seconds,
            Tags = SoundTag.Top(options.Top, options.Threshold ?? 0, Labels, probabilities),
            Timeline = timeline,
            Model = Model.Name,
            Version = AuricleInfo.Version,
            Warnings = warnings,
        };
    }
}

/// <summary>The mean of vectors of stretches, by their length.</summary>
internal sealed class WeightedMean
{
    private float[] _first = [];
    private double[] _sums = [];
    private int _count;

    /// <summary>The sum of the weights.</summary>
    public double Weight { get; private set; }

    /// <summary>The mean; a single vector is its own.</summary>
    public float[] Values => _count == 1 ? _first : Array.ConvertAll(_sums, sum => (float)(sum / Weight));

    public void Add(float[] values, double weight)
    {
        if (_count++ == 0)
            (_first, _sums) = (values, new double[values.Length]);
        for (var i = 0; i < values.Length; i++)
            _sums[i] += weight * values[i];
        Weight += weight;
    }
}
