using Auricle.Audio;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;
using Auricle.Torch.Layers;

namespace Auricle.Models.Systems.Dcase2023;

/// <summary>
/// The baseline of DCASE 2023, task 6B, language-based audio retrieval (Xie et al.): a CNN14 for sound, a linear layer over vectors
/// of Sentence-BERT for text. Clips of up to a minute are heard whole, as the authors do; longer ones in windows of a minute that cover
/// them evenly, whose vectors are averaged. The same input gives the same vector, alone or in a batch. Safe for concurrent use.
/// </summary>
public sealed class Dcase2023Model : IAudioTextModel, IDescribed
{
    private const int WindowSeconds = 60;

    private readonly WeightStore _weights;
    private readonly SentenceEncoder? _sentences;
    private readonly CnnEncoder _audio;
    private readonly Linear _text;

    private Dcase2023Model(CnnConfig audio, WeightStore weights, SentenceEncoder? sentences, int sentenceWidth, DType compute)
    {
        _weights = weights;
        _sentences = sentences;
        _audio = new CnnEncoder(audio, weights.Root / Dcase2023Weights.Audio, compute);
        _text = new Linear(weights.Root / Dcase2023Weights.Text / "fc", sentenceWidth, audio.ProjectionWidth);
    }

    /// <inheritdoc/>
    public int EmbeddingWidth => _audio.ClipWidth;

    /// <inheritdoc/>
    public int SampleRate => _audio.SampleRate;

    string IDescribed.SystemName => "DCASE 2023 task 6B baseline";

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts => [("audio", Dcase2023Weights.Audio), ("text", Dcase2023Weights.Text)];

    IEnumerable<(string Name, string Value)> IDescribed.Details => [("vectors", $"{EmbeddingWidth} numbers for a sound or a text")];

    /// <summary>The encoder of sound.</summary>
    public CnnEncoder Audio => _audio;

    /// <summary>Loads a model.</summary>
    /// <param name="path">
    /// A checkpoint of its training: the pair of states that the authors' training saves, the bare state of the model, or one of
    /// Lightning.
    /// </param>
    /// <param name="sentences">The folder of the Sentence-BERT whose vectors it was trained with: all-mpnet-base-v2.</param>
    /// <param name="precision">The element type of matrix products; float32 as the reference has it.</param>
    /// <param name="device">Where the model computes; the processor by default.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="TextEncoderConfigException">The sentence encoder's configuration makes no sense.</exception>
    /// <exception cref="TokenizerFileException">The sentence encoder's tokenizer is damaged.</exception>
    /// <exception cref="WeightsException">Weights cannot be read or do not fit; every tensor that is missing, left over or of another shape is named.</exception>
    /// <example><code>
    /// using var model = Dcase2023Model.Load("checkpoint_000045/checkpoint", "all-mpnet-base-v2");
    /// var vectors = model.EmbedText(["Rain falls on a tin roof"]);
    /// </code></example>
    public static Dcase2023Model Load(string path, string sentences, Precision precision = Precision.Float32, Device? device = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(sentences);
        return Load(ModelFiles.Open(path), new ModelLoadOptions { TextEncoder = sentences, Precision = precision, Device = device ?? Device.Cpu });
    }

    /// <summary>As <see cref="Load(string, string, Precision, Device?)"/>, from files that were found.</summary>
    public static Dcase2023Model Load(ModelFiles files, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var stored = Dcase2023Weights.FromCheckpoint(files.Tensors, files.Weights);
        // A look at the sizes needs no sentences.
        var sentences = options.Inspection is not null ? null : SentenceEncoder.Load(
            options.TextEncoder ?? throw new MissingPartException(files.Path, "its text encoder", "name the folder of Sentence-BERT, all-mpnet-base-v2, as well (--text-encoder)"),
            new ModelLoadOptions { Precision = options.Precision, Device = options.Device });
        try
        {
            return options.Build(stored, files.Weights, Dcase2023Weights.IsExpected, store => new Dcase2023Model(
                Dcase2023Weights.AudioSizes(stored), store, sentences, sentences?.Width ?? Dcase2023Weights.SentenceWidth(stored), options.Compute));
        }
        catch
        {
            sentences?.Dispose();
            throw;
        }
    }

    /// <summary>Starts a model to be trained over vectors of Sentence-BERT that are given: from the weights of a CNN14, and at random where it
    /// has none.</summary>
    /// <param name="encoder">The CNN14.</param>
    /// <param name="sentenceWidth">The width of the sentence vectors.</param>
    /// <param name="width">The width of the space.</param>
    /// <param name="compute">The element type of matrix products.</param>
    /// <param name="device">Where it computes; the processor by default.</param>
    internal static Dcase2023Model Create(PublishedEncoder encoder, int sentenceWidth, int width, DType compute, Device? device = null)
    {
        var sizes = (CnnConfig)encoder.Config;
        // The front end is the baseline's, at 44.1 kHz; what the CNN learned at another rate is where it starts from.
        var config = CnnConfig.Dcase2023 with { Widths = sizes.Widths, EmbeddingWidth = sizes.EmbeddingWidth, ProjectionWidth = width };
        var start = encoder.Tensors.ToDictionary(pair => $"{Dcase2023Weights.Audio}.{pair.Key}", pair => pair.Value, StringComparer.Ordinal);
        var store = WeightStore.InitialiseFrom(start, device: device);
        try
        {
            return new Dcase2023Model(config, store, null, sentenceWidth, compute);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Writes the weights so that <see cref="Load(string, string, Precision, Device?)"/> reads them from the folder, without the text
    /// encoder, which does not learn.</summary>
    /// <param name="folder">Where to; made if it does not exist.</param>
    public void Save(string folder) => ModelFiles.WriteWeights(folder, _weights.Entries);

    /// <summary>All weights; the model owns them.</summary>
    internal WeightStore Weights => _weights;

    /// <summary>The vectors of waves of one length, of length 1, with gradients where they are recorded: [batch, width].</summary>
    internal Tensor EncodeWaves(Tensor waves, bool training)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(SentencePoolings.Normalise(_audio.Encode(_audio.Prepare(waves), training).Clip));
    }

    /// <summary>Whether files hold such a model.</summary>
    internal static bool Recognises(ModelFiles files) => Dcase2023Weights.Recognises(files.Tensors);

    /// <inheritdoc/>
    /// <remarks>The vectors have length 1. Texts go in as they are written, with capitals and punctuation.</remarks>
    public Tensor EmbedText(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var sentences = _sentences ?? throw new InvalidOperationException("The model was loaded without its text encoder.");
        var vectors = sentences.Embed(texts).SelectMany(vector => vector).ToArray();
        return scope.Keep(_weights.RequireFinite(ProjectText(Tensor.From<float>(vectors, texts.Count, sentences.Width).On(_weights.Device))));
    }

    /// <inheritdoc/>
    /// <remarks>The vectors have length 1. Clips too short for the encoder end in silence.</remarks>
    public Tensor EmbedAudio(IReadOnlyList<AudioClip> clips)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentOutOfRangeException.ThrowIfZero(clips.Count);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(_weights.RequireFinite(Tensor.Cat([.. clips.Select(clip => Embed(clip.Resample(SampleRate).Samples))])));
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose()
    {
        _weights.Dispose();
        _sentences?.Dispose();
    }

    /// <summary>The vectors of sentence vectors: [texts, sentence width] → [texts, width], of length 1.</summary>
    internal Tensor ProjectText(Tensor sentences)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(SentencePoolings.Normalise(_text.Forward(sentences)));
    }

    // One clip at a time: filling a batch would change the vectors, since what fills is not masked.
    private Tensor Embed(float[] samples)
    {
        using var scope = TensorScope.Begin();
        if (samples.Length < _audio.MinimumSamples)
            Array.Resize(ref samples, _audio.MinimumSamples);
        var windows = ClipWindows.Cover(samples, WindowSeconds * SampleRate).Select(window =>
        {
            using var inner = TensorScope.Begin();
            var wave = Tensor.From<float>(window, 1, window.Length).On(_weights.Device);
            return inner.Keep(SentencePoolings.Normalise(_audio.Encode(_audio.Prepare(wave)).Clip));
        }).ToArray();
        return scope.Keep(windows.Length == 1 ? windows[0] : SentencePoolings.Normalise(Tensor.Cat(windows).Mean([0], keepdim: true)));
    }
}
