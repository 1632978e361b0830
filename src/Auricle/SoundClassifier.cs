using System.Numerics.Tensors;
using Auricle.Audio;
using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Models.Roles;

namespace Auricle;

/// <summary>
/// Says which of any labels fit sounds, without training, by a model whose sounds and texts share a space. Each label stands for the mean of
/// several texts; scores are probabilities. It serves any number of threads at once, and is disposed by whoever loaded it.
/// </summary>
/// <example>
/// <code>
/// using var classifier = SoundClassifier.Load("auricle-small", ["rain", "a dog barking", "church bells"]);
/// Console.WriteLine(classifier.ClassifyFile("some.wav").Tags[0].Label);
/// </code>
/// </example>
public sealed class SoundClassifier : IDisposable
{
    /// <summary>What stands for the label in a template.</summary>
    public const string Placeholder = "{}";

    private readonly AudioModel _owner;
    private readonly bool _isOwner;
    private readonly SoundEmbedder _sounds;
    private readonly ClassifyOptions _options;
    private readonly float[][] _texts;
    private readonly float[] _anchor;
    private readonly double _scale;

    private SoundClassifier(AudioModel model, IReadOnlyList<string> labels, ClassifyOptions? options, bool isOwner)
    {
        _options = options ?? new ClassifyOptions();
        Labels = Checked(labels);
        Check(_options);
        (_owner, _isOwner) = (model, isOwner);
        _scale = model.As<IAudioTextModel>().LogitScale;
        _sounds = new SoundEmbedder(model);
        var embedder = new TextEmbedder(model);
        _texts = [.. Labels.Select(label => MeanOf(embedder, TextsOf(label)))];
        _anchor = _options.Multi ? MeanOf(embedder, ClassifyOptions.Anything) : [];
    }

    /// <summary>Classifies with a model that is loaded already; it stays the caller's.</summary>
    /// <exception cref="RoleMissingException">The model's sounds and texts share no space.</exception>
    /// <exception cref="LabelException">A label is empty or stands twice, or a template has no place for it.</exception>
    public SoundClassifier(AudioModel model, IReadOnlyList<string> labels, ClassifyOptions? options = null)
        : this(model ?? throw new ArgumentNullException(nameof(model)), labels, options, isOwner: false)
    {
    }

    /// <summary>The labels, without white space at their ends.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The model's name and place.</summary>
    public LocatedModel Model => _owner.Source;

    /// <summary>Loads a model.</summary>
    /// <param name="name">A name out of <see cref="ModelCatalog.List"/>, a folder or a checkpoint.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="options">Templates, descriptions, and whether several labels may fit.</param>
    /// <param name="loading">Precision, device, threads; float32 where they are left out.</param>
    /// <exception cref="ModelException">The model cannot be loaded, or its sounds and texts share no space.</exception>
    /// <exception cref="LabelException">A label is empty or stands twice, or a template has no place for it.</exception>
    public static SoundClassifier Load(string name, IReadOnlyList<string> labels, ClassifyOptions? options = null, AudioModelOptions? loading = null) =>
        AudioModel.LoadAs(
            name, loading ?? new AudioModelOptions { Precision = Precision.Float32 }, model => new SoundClassifier(model, labels, options, isOwner: true));

    /// <summary>Classifies a file.</summary>
    /// <param name="path">A sound or video file, or <c>-</c> for standard input.</param>
    /// <param name="cancellationToken">Looked at before the file is read and between stretches.</param>
    /// <exception cref="AudioException">The file cannot be read.</exception>
    public TagResult ClassifyFile(string path, CancellationToken cancellationToken = default) =>
        Result(_sounds.EmbedFile(path, Embedding, cancellationToken));

    /// <summary>Classifies sound in memory.</summary>
    /// <param name="clip">The sound, at any rate and of any length.</param>
    /// <param name="cancellationToken">Looked at between stretches.</param>
    public TagResult Classify(AudioClip clip, CancellationToken cancellationToken = default) => Result(_sounds.Embed(clip, Embedding, cancellationToken));

    /// <summary>Classifies files, one after the other; a file that fails gives an outcome with the reason, and the next one goes on.</summary>
    /// <param name="paths">Files, as from <see cref="AudioPaths.Expand"/>; read as the outcomes are taken.</param>
    /// <param name="progress">Told the share of the file at hand that is done.</param>
    /// <param name="cancellationToken">Looked at before each file and between stretches.</param>
    public IEnumerable<FileOutcome<TagResult>> ClassifyFiles(IEnumerable<string> paths, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        _sounds.EmbedFiles(paths, Embedding with { FileProgress = progress }, cancellationToken).Select(outcome => new FileOutcome<TagResult>
        {
            File = outcome.File,
            Result = outcome.Result is { } result ? Result(result) : null,
            Error = outcome.Error,
            Exception = outcome.Exception,
        });

    /// <summary>Releases the weights of a model that was loaded with <see cref="Load"/>.</summary>
    public void Dispose()
    {
        if (_isOwner)
            _owner.Dispose();
    }

    private EmbedOptions Embedding => new() { BatchSize = _options.BatchSize, Track = _options.Track };

    private IReadOnlyList<string> TextsOf(string label) => _options.Descriptions?.GetValueOrDefault(label) is { Count: > 0 } descriptions
        ? descriptions
        : [.. _options.Templates.Select(template => template.Replace(Placeholder, label.Replace('_', ' '), StringComparison.Ordinal))];

    private static float[] MeanOf(TextEmbedder embedder, IReadOnlyList<string> texts)
    {
        var mean = new float[embedder.Width];
        foreach (var vector in embedder.Embed(texts))
            TensorPrimitives.Add(mean, vector, mean);
        GeneratedVectors.Normalise(mean);
        return mean;
    }

    private TagResult Result(EmbedResult heard)
    {
        var logits = Array.ConvertAll(_texts, text => (float)(_scale * TensorPrimitives.Dot<float>(text, heard.Vector)));
        var probabilities = new float[logits.Length];
        if (_options.Multi)
        {
            // Each label against a text that says only that there is a sound.
            TensorPrimitives.Subtract(logits, (float)(_scale * TensorPrimitives.Dot<float>(_anchor, heard.Vector)), probabilities);
            TensorPrimitives.Sigmoid<float>(probabilities, probabilities);
        }
        else
        {
            TensorPrimitives.SoftMax<float>(logits, probabilities);
        }
        return new TagResult
        {
            File = heard.File,
            Duration = heard.Duration,
            Tags = SoundTag.Top(_options.Top ?? Labels.Count, _options.Threshold ?? 0, Labels, probabilities),
            Model = Model.Name,
            Version = AuricleInfo.Version,
            Warnings = heard.Warnings,
        };
    }

    private static string[] Checked(IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0)
            throw new LabelException("There is no label; give at least one, as in --labels \"rain,dog barking\".");
        var names = labels.Select(label => label.Trim()).ToArray();
        if (Array.IndexOf(names, "") is >= 0 and var empty)
            throw new LabelException($"Label {empty + 1} of {names.Length} is empty; give it a name, or leave it out.");
        return names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } doubled
            ? throw new LabelException($"The label '{doubled.Key}' stands {doubled.Count()} times, so that its probability would be shared out; give it once.")
            : names;
    }

    private void Check(ClassifyOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Top ?? 1, nameof(options));
        if (options.Templates.Count == 0)
            throw new LabelException($"There is no template; an example is '{ClassifyOptions.DefaultTemplates[0]}'.");
        if (options.Templates.FirstOrDefault(template => !template.Contains(Placeholder, StringComparison.Ordinal)) is { } without)
            throw new LabelException($"The template '{without}' lacks {Placeholder}, which stands for the label; an example is '{ClassifyOptions.DefaultTemplates[0]}'.");
        if (options.Descriptions?.Keys.FirstOrDefault(label => !Labels.Contains(label, StringComparer.Ordinal)) is { } unknown)
        {
            var nearest = EditDistance.Nearest(unknown, Labels);
            throw new LabelException($"There is a description of '{unknown}', which is no label{(nearest is null ? "; add the label, or leave the description out." : $"; did you mean '{nearest}'?")}");
        }
    }
}

/// <summary>How sounds are classified.</summary>
public sealed record ClassifyOptions
{
    /// <summary>The texts that a label stands in where none are given.</summary>
    public static IReadOnlyList<string> DefaultTemplates { get; } =
        ["{}", "This is a sound of {}.", "The sound of {}.", "{} can be heard.", "A recording of {}."];

    // What a label is weighed against where several may fit.
    internal static IReadOnlyList<string> Anything { get; } = ["a sound", "This is a sound.", "Some sound can be heard.", "A recording of something.", "noise in the background"];

    /// <summary>Texts with <see cref="SoundClassifier.Placeholder"/> for the label, whose vectors are averaged; underscores of labels become blanks.</summary>
    public IReadOnlyList<string> Templates { get; init; } = DefaultTemplates;

    /// <summary>Sentences that describe labels, by label, which are taken instead of templates.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Descriptions { get; init; }

    /// <summary>
    /// Whether several labels may fit one sound: each has a probability of its own, against a text that says only that there is a sound. Otherwise
    /// the probabilities of all labels sum up to one.
    /// </summary>
    public bool Multi { get; init; }

    /// <summary>How many labels are wanted of each sound at most; <see langword="null"/> for all.</summary>
    public int? Top { get; init; }

    /// <summary>The lowest probability of a label; <see langword="null"/> leaves out none.</summary>
    public double? Threshold { get; init; }

    /// <summary>How many sounds of equal length go through the model at once.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>The sound track of a film: its number from 1 or its language code.</summary>
    public string? Track { get; init; }
}

/// <summary>Labels, templates or descriptions cannot be used as they are.</summary>
public sealed class LabelException : DataException
{
    internal LabelException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <inheritdoc/>
    public override bool IsRequest => true;
}
