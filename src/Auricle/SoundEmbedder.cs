using System.Numerics.Tensors;
using Auricle.Audio;
using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Torch;
using Microsoft.Extensions.AI;

namespace Auricle;

/// <summary>
/// Makes vectors of sounds, which lie close to each other where the sounds are alike. The same sound gives the same vector, alone or in a
/// batch. Files longer than <see cref="LongestWhole"/> are heard in stretches of that length, and the vectors averaged. A loaded embedder serves
/// any number of threads at once; it is disposed by whoever loaded it, after the last call returned.
/// </summary>
/// <example>
/// <code source="../../samples/EmbedSound/Program.cs" language="csharp"/>
/// </example>
public sealed class SoundEmbedder : IEmbeddingGenerator<AudioClip, Embedding<float>>
{
    /// <summary>The longest sound in seconds that is heard at once; of longer ones a stretch is in memory at a time.</summary>
    public const double LongestWhole = SoundFiles.LongestWhole;

    private readonly AudioModel _owner;
    private readonly IAudioEmbedder _model;
    private readonly SoundFiles _files;
    private readonly bool _isOwner;

    private SoundEmbedder(AudioModel model, bool isOwner)
    {
        _owner = model;
        _isOwner = isOwner;
        _model = model.As<IAudioEmbedder>();
        _files = new SoundFiles(model.Logger, _model.SampleRate);
    }

    /// <summary>Embeds with a model that is loaded already; it stays the caller's.</summary>
    /// <exception cref="RoleMissingException">The model does not embed sound.</exception>
    public SoundEmbedder(AudioModel model) : this(model ?? throw new ArgumentNullException(nameof(model)), isOwner: false)
    {
    }

    /// <summary>The model's name and place.</summary>
    public LocatedModel Model => _owner.Source;

    /// <summary>The size of the vector of a sound.</summary>
    public int Width => _model.EmbeddingWidth;

    /// <summary>The size of the vectors along a sound.</summary>
    /// <exception cref="RoleMissingException">The model does not embed frames.</exception>
    public int FrameWidth => _owner.As<IFrameEmbedder>().FrameWidth;

    /// <summary>Loads a model.</summary>
    /// <param name="name">A name out of <see cref="ModelCatalog.List"/>, a folder or a checkpoint.</param>
    /// <param name="options">Precision, device and threads; float32 where they are left out, since vectors of bfloat16 depend a little on what they share a batch with.</param>
    /// <exception cref="ModelNotFoundException">There is no such model on this machine.</exception>
    /// <exception cref="RoleMissingException">The model does not embed sound.</exception>
    /// <exception cref="ModelException">The model's files are damaged, do not fit each other, or are those of no system that is known.</exception>
    /// <exception cref="TorchNotFoundException">libtorch or Auricle's native library is missing.</exception>
    /// <exception cref="TorchException">A GPU is asked for and there is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive.</exception>
    public static SoundEmbedder Load(string name = ModelCatalog.DefaultModel, AudioModelOptions? options = null) =>
        AudioModel.LoadAs(name, options ?? new AudioModelOptions { Precision = Precision.Float32 }, model => new SoundEmbedder(model, isOwner: true));

    /// <summary>The vector of a file.</summary>
    /// <param name="path">A sound or video file, or <c>-</c> for standard input.</param>
    /// <param name="options">Whether it is brought to length 1.</param>
    /// <param name="cancellationToken">Looked at before the file is read and between stretches.</param>
    /// <exception cref="AudioException">The file cannot be read.</exception>
    public EmbedResult EmbedFile(string path, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var wanted = Check(options);
        cancellationToken.ThrowIfCancellationRequested();
        var opened = Open(path, wanted, cancellationToken);
        return opened.Result ?? EmbedStretches(path, _files.Stretches(opened.Clip!), wanted, cancellationToken);
    }

    /// <summary>The vector of sound in memory.</summary>
    /// <param name="clip">The sound, at any rate and of any length.</param>
    /// <param name="options">Whether it is brought to length 1.</param>
    /// <param name="cancellationToken">Looked at between stretches.</param>
    public EmbedResult Embed(AudioClip clip, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return EmbedStretches(clip.Path, _files.Stretches(clip), Check(options), cancellationToken);
    }

    /// <summary>
    /// The vectors of files, one after the other. A file that fails gives an outcome with the reason, and the next one goes on. Outcomes come
    /// in the order of the paths, each as soon as it and those before it are done.
    /// </summary>
    /// <param name="paths">Files, as from <see cref="AudioPaths.Expand"/>; read as the outcomes are taken.</param>
    /// <param name="options">Whether vectors are brought to length 1, and the size of a batch.</param>
    /// <param name="cancellationToken">Looked at before each file and between stretches.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size of a batch is not positive.</exception>
    public IEnumerable<FileOutcome<EmbedResult>> EmbedFiles(IEnumerable<string> paths, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var wanted = Check(options);
        return _files.Walk(paths, wanted.BatchSize, (path, _) => Open(path, wanted, cancellationToken), EmbedTogether, cancellationToken);

        EmbedResult[] EmbedTogether(IReadOnlyList<LoadedSound> sounds)
        {
            var vectors = Vectors([.. sounds.Select(sound => sound.Clip)]);
            return [.. sounds.Select((sound, i) => Result(sound.Path, sound.Clip.Seconds, vectors[i], sound.Clip.Warnings, wanted))];
        }
    }

    /// <summary>As <see cref="EmbedFiles"/>, with the work on the thread pool.</summary>
    /// <param name="paths">Files, as from <see cref="AudioPaths.Expand"/>.</param>
    /// <param name="options">Whether vectors are brought to length 1, and the size of a batch.</param>
    /// <param name="cancellationToken">Looked at before each file and between stretches.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size of a batch is not positive.</exception>
    public IAsyncEnumerable<FileOutcome<EmbedResult>> EmbedFilesAsync(
        IEnumerable<string> paths, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        SoundFiles.WalkAsync(EmbedFiles(paths, options, cancellationToken), cancellationToken);

    /// <summary>The vectors along the time of files, one file after the other; a file that fails gives an outcome with the reason.</summary>
    /// <param name="paths">Files, as from <see cref="AudioPaths.Expand"/>; read as the outcomes are taken.</param>
    /// <param name="options">Whether vectors are brought to length 1.</param>
    /// <param name="cancellationToken">Looked at before each file and between windows.</param>
    /// <exception cref="RoleMissingException">The model does not embed frames.</exception>
    public IEnumerable<FileOutcome<FrameResult>> EmbedFrames(IEnumerable<string> paths, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var wanted = Check(options);
        var model = _owner.As<IFrameEmbedder>();
        return _files.Walk(
            paths, 1,
            (path, _) => _files.Open(path, wanted.Track, wanted.FileProgress, stretches => Frames(model, path, stretches, wanted, cancellationToken)),
            sounds => [.. sounds.Select(sound => Frames(model, sound.Path, [new AudioSegment { Clip = sound.Clip, Start = 0 }], wanted, cancellationToken))],
            cancellationToken);
    }

    /// <summary>The vectors along the time of sound in memory.</summary>
    /// <param name="clip">The sound, at any rate and of any length.</param>
    /// <param name="options">Whether vectors are brought to length 1.</param>
    /// <param name="cancellationToken">Looked at between windows.</param>
    /// <exception cref="RoleMissingException">The model does not embed frames.</exception>
    public FrameResult EmbedFrames(AudioClip clip, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return Frames(_owner.As<IFrameEmbedder>(), clip.Path, _files.Stretches(clip), Check(options), cancellationToken);
    }

    /// <summary>The vectors of sounds in memory, of length 1, on the thread pool.</summary>
    /// <param name="values">The sounds, at any rate and of any length.</param>
    /// <param name="options">Its dimensions, where they are given, must be the model's.</param>
    /// <param name="cancellationToken">Looked at before each sound.</param>
    /// <exception cref="ArgumentException">Other dimensions or another model are asked for.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<AudioClip> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        GeneratedVectors.Check(options, Model.Name, Width);
        return Task.Run(() => GeneratedVectors.From(values.Select(clip => Embed(clip, null, cancellationToken).Vector), Model.Name, cancellationToken), cancellationToken);
    }

    /// <summary>This embedder, the model's roles, or what they are called.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null) => GeneratedVectors.Service(this, _owner, _model, Width, serviceType, serviceKey);

    /// <summary>Releases the weights of a model that was loaded with <see cref="Load"/>.</summary>
    public void Dispose()
    {
        if (_isOwner)
            _owner.Dispose();
    }

    private static EmbedOptions Check(EmbedOptions? options)
    {
        options ??= new EmbedOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize, nameof(options.BatchSize));
        return options;
    }

    private OpenedSound<EmbedResult> Open(string path, EmbedOptions options, CancellationToken cancellationToken) =>
        _files.Open(path, options.Track, options.FileProgress, stretches => EmbedStretches(path, stretches, options, cancellationToken));

    private EmbedResult EmbedStretches(string? path, IEnumerable<AudioSegment> stretches, EmbedOptions options, CancellationToken cancellationToken)
    {
        var mean = new WeightedMean();
        IReadOnlyList<string> warnings = [];
        foreach (var stretch in stretches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            mean.Add(Vectors([stretch.Clip])[0], stretch.Clip.Seconds);
            warnings = stretch.Clip.Warnings;
        }
        return Result(path, mean.Weight, mean.Values, warnings, options);
    }

    private FrameResult Frames(IFrameEmbedder model, string? path, IEnumerable<AudioSegment> stretches, EmbedOptions options, CancellationToken cancellationToken)
    {
        var (times, values) = (new List<double>(), new List<float>());
        var seconds = 0.0;
        IReadOnlyList<string> warnings = [];
        foreach (var stretch in stretches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var heard = model.EmbedFrames(stretch.Clip, cancellationToken);
            for (var i = 0; options.Normalise && i < heard.Times.Length; i++)
                GeneratedVectors.Normalise(heard.Values.AsSpan(i * heard.Width, heard.Width));
            times.AddRange(heard.Times.Select(time => stretch.Start + time));
            values.AddRange(heard.Values);
            seconds = stretch.End;
            warnings = stretch.Clip.Warnings;
        }
        _files.Warn(warnings);
        return new FrameResult
        {
            File = path,
            Duration = seconds,
            Frames = new Timeline([.. times], model.FrameWidth, [.. values]),
            Model = Model.Name,
            Version = AuricleInfo.Version,
            Warnings = warnings,
        };
    }

    private float[][] Vectors(IReadOnlyList<AudioClip> clips)
    {
        using var scope = TensorScope.Begin();
        return [.. _model.EmbedAudio(clips).ToArray<float>().Chunk(Width)];
    }

    private EmbedResult Result(string? path, double seconds, float[] vector, IReadOnlyList<string> warnings, EmbedOptions options)
    {
        _files.Warn(warnings);
        if (options.Normalise)
            GeneratedVectors.Normalise(vector);
        return new EmbedResult { File = path, Duration = seconds, Vector = vector, Model = Model.Name, Version = AuricleInfo.Version, Warnings = warnings };
    }
}

/// <summary>What generators of vectors of sounds and of texts have in common.</summary>
internal static class GeneratedVectors
{
    private const string Provider = "auricle";

    /// <summary>Brings a vector to length 1; one of length 0 stays.</summary>
    public static void Normalise(Span<float> vector)
    {
        var length = Math.Sqrt(Squares(vector));
        if (length > 0)
            TensorPrimitives.Divide(vector, (float)length, vector);

        static double Squares(ReadOnlySpan<float> values)
        {
            var sum = 0.0;
            foreach (var value in values)
                sum += (double)value * value;
            return sum;
        }
    }

    /// <summary>Refuses what a loaded model cannot change.</summary>
    public static void Check(EmbeddingGenerationOptions? options, string model, int width)
    {
        if (options?.Dimensions is { } dimensions && dimensions != width)
            throw new ArgumentException($"The model '{model}' gives vectors of {width} numbers, not of {dimensions}; leave the dimensions out.", nameof(options));
        if (options?.ModelId is { } asked && asked != model)
            throw new ArgumentException($"The loaded model is '{model}', not '{asked}'; load that one, or leave the model out.", nameof(options));
    }

    public static GeneratedEmbeddings<Embedding<float>> From(IEnumerable<float[]> vectors, string model, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.UtcNow;
        var generated = new GeneratedEmbeddings<Embedding<float>>();
        foreach (var vector in vectors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            generated.Add(new Embedding<float>(vector) { ModelId = model, CreatedAt = now });
        }
        return generated;
    }

    public static object? Service(object generator, AudioModel owner, object role, int width, Type type, object? key)
    {
        ArgumentNullException.ThrowIfNull(type);
        return key is not null ? null
            : type == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata(Provider, null, owner.Source.Name, width)
            : ((object[])[generator, owner, role]).FirstOrDefault(type.IsInstanceOfType);
    }
}
