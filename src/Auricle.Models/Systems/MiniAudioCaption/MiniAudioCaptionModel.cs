using Auricle.Audio;
using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Roles;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.MiniAudioCaption;

/// <summary>How a mini audio caption model is loaded.</summary>
public sealed record MiniAudioCaptionLoadOptions
{
    /// <summary>The weights of the audio encoder, which the captioner's checkpoint lacks: CNN14 of PANNs, or HTS-AT.</summary>
    public string? EncoderFile { get; init; }

    /// <summary>
    /// Another model that gives sounds their vectors, such as MS-CLAP 2023, in place of <see cref="EncoderFile"/>; whoever loaded it disposes it.
    /// </summary>
    public IAudioEmbedder? Embedder { get; init; }

    /// <summary>The tokenizer of <c>bert-base-uncased</c>, as <see cref="SubwordTokenizer.Load"/> takes it.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>The element type of matrix products.</summary>
    public Precision Precision { get; init; }

    /// <summary>Where the model computes; the processor by default.</summary>
    public Device Device { get; init; } = Device.Cpu;
}

/// <summary>How clips are captioned.</summary>
public sealed record MiniAudioCaptionOptions
{
    /// <summary>Draws, as the authors have them, or a beam, which a beam of one makes greedy search.</summary>
    public Search Search { get; init; } = new Sampling { TopK = 200 };

    /// <summary>The most tokens.</summary>
    public int MaximumLength { get; init; } = 30;

    /// <summary>Whether a text ends with its end mark. The authors' code goes on to the longest length, and what follows the mark is noise.</summary>
    public bool StopsAtEnd { get; init; } = true;
}

/// <summary>What was written for one clip.</summary>
/// <param name="Captions">The captions, the best first.</param>
/// <param name="Texts">Their tokens and probabilities, in the same order.</param>
public sealed record MiniAudioCaptionResult(IReadOnlyList<string> Captions, IReadOnlyList<Hypothesis> Texts);

/// <summary>
/// Mini audio caption: one vector of a whole sound stands before the words of a Llama-style decoder. One loaded model serves concurrent callers.
/// </summary>
public sealed class MiniAudioCaptionModel : IDisposable
{
    private const string EncoderPrefix = "encoder.";
    private const string ParallelPrefix = "module.";
    private const string RotaryTable = "rope";

    private readonly IAudioEncoder? _encoder;
    private readonly IAudioEmbedder? _embedder;

    private MiniAudioCaptionModel(LlamaConfig config, WeightStore store, MiniAudioCaptionText text, DType compute, EncoderConfig? encoder, IAudioEmbedder? embedder)
    {
        Weights = store;
        Text = text;
        _encoder = encoder is null ? null : EncoderFamily.Create(encoder, store.Root / EncoderPrefix.TrimEnd('.'), compute);
        _embedder = embedder;
        Decoder = new LlamaDecoder(config, store.Root, compute);
    }

    /// <summary>All parameters; the model owns them.</summary>
    public WeightStore Weights { get; }

    /// <summary>Captions to tokens and back.</summary>
    public MiniAudioCaptionText Text { get; }

    /// <summary>The writer.</summary>
    public LlamaDecoder Decoder { get; }

    /// <summary>The rate at which it hears, in hertz.</summary>
    public int SampleRate => _encoder?.SampleRate ?? _embedder!.SampleRate;

    /// <summary>Loads a model.</summary>
    /// <param name="path">The authors' checkpoint, such as <c>checkpoints/train/Cnn14_Llama/step=10000.pth</c>.</param>
    /// <param name="options">How to load it, and what the checkpoint lacks.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="WeightsException">The weights cannot be read, are no such model, or do not fit the encoder.</exception>
    /// <example><code>
    /// using var model = MiniAudioCaptionModel.Load("step=10000.pth", new() { EncoderFile = "Cnn14_mAP=0.431.pth", Tokenizer = "bert-base-uncased" });
    /// Console.WriteLine(model.Caption([AudioFile.Load("rain.wav", model.SampleRate)])[0].Captions[0]);
    /// </code></example>
    public static MiniAudioCaptionModel Load(string path, MiniAudioCaptionLoadOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no checkpoint '{path}'; name the authors' file, such as step=10000.pth.", path);
        var stored = Own(Checkpoint.Open(path).Tensors);
        var config = Sizes(stored, path);
        EncoderConfig? encoder = null;
        if (options.Embedder is null)
        {
            var file = options.EncoderFile ?? throw new WeightsException(
                $"The checkpoint '{path}' holds the captioner without its audio encoder; name the encoder's weights too (for example Cnn14_mAP=0.431.pth).")
            { File = path };
            var tensors = Checkpoint.Open(file).Tensors;
            encoder = CnnWeights.Recognises(tensors, "") ? CnnWeights.Sizes(tensors, "", null, file) : HtsAtWeights.Sizes(tensors, "", new FrontEnds.LogMelConfig(), file);
            foreach (var (name, tensor) in tensors)
                stored[EncoderPrefix + name] = tensor;
        }
        var text = new MiniAudioCaptionText(SubwordTokenizer.Load(options.Tokenizer));
        if (text.Tokenizer.Vocabulary.Count > config.VocabularySize)
            throw new TokenizerFileException(options.Tokenizer, $"it has {text.Tokenizer.Vocabulary.Count} pieces, but the captioner knows {config.VocabularySize}; name the tokenizer of bert-base-uncased.");
        var store = WeightStore.Load(stored, path, device: options.Device);
        try
        {
            var model = new MiniAudioCaptionModel(config, store, text, PrecisionSupport.Resolve(options.Precision, options.Device), encoder, options.Embedder);
            store.ThrowIfMismatched(IsExpected);
            var width = model._encoder?.ClipWidth ?? options.Embedder!.EmbeddingWidth;
            return width == config.LatentWidth ? model : throw new WeightsException(
                $"The captioner '{path}' was trained on sound vectors of {config.LatentWidth} numbers, but the encoder gives {width}; name the encoder it was trained with ({config.LatentWidth switch { 2048 => "CNN14", 768 => "HTS-AT", 1024 => "MS-CLAP 2023", _ => "one of that width" }}).")
            { File = path };
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The vectors of sounds, as the decoder takes them. Each sound is heard as a whole and alone.</summary>
    /// <returns>[clips, 1, latent width].</returns>
    public Tensor Latents(IReadOnlyList<AudioClip> clips)
    {
        ArgumentNullException.ThrowIfNull(clips);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep((_embedder?.EmbedAudio(clips) ?? Tensor.Cat([.. clips.Select(Hear)])).Unsqueeze(1));
    }

    /// <summary>Captions clips of any rate and length. The same clip gives the same captions, alone or among others.</summary>
    /// <param name="clips">The sounds.</param>
    /// <param name="options">How they are captioned.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>One result for each clip.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options makes no sense.</exception>
    public IReadOnlyList<MiniAudioCaptionResult> Caption(
        IReadOnlyList<AudioClip> clips, MiniAudioCaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clips);
        options ??= new MiniAudioCaptionOptions();
        if (clips.Count == 0)
            return [];
        using var scope = TensorScope.Begin();
        using var session = Decoder.Begin(Latents(clips));
        var found = TextDecoding.Run(session, [.. clips.Select(_ => new[] { Text.StartToken })], new DecodingOptions
        {
            Search = options.Search,
            EndToken = options.StopsAtEnd ? Text.EndToken : null,
            MaximumLength = options.MaximumLength,
        }, cancellationToken);
        return [.. found.Select(result => new MiniAudioCaptionResult([.. result.Texts.Select(text => Text.Decode(text.Tokens))], result.Texts))];
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();

    private Tensor Hear(AudioClip clip)
    {
        using var scope = TensorScope.Begin();
        var samples = clip.Resample(_encoder!.SampleRate).Samples;
        var wave = new float[Math.Max(samples.Length, _encoder.MinimumSamples)];
        samples.CopyTo(wave, 0);
        return scope.Keep(_encoder.Encode(_encoder.Prepare(Tensor.From<float>(wave, 1, wave.Length).On(Weights.Device))).Clip);
    }

    private static Dictionary<string, StoredTensor> Own(IReadOnlyDictionary<string, StoredTensor> stored) => stored.ToDictionary(
        pair => pair.Key.StartsWith(ParallelPrefix, StringComparison.Ordinal) ? pair.Key[ParallelPrefix.Length..] : pair.Key, pair => pair.Value, StringComparer.Ordinal);

    private static LlamaConfig Sizes(Dictionary<string, StoredTensor> stored, string file)
    {
        IReadOnlyList<long> Shape(string name, int rank) => StoredSizes.Shape(stored, name, rank, file, "mini audio caption model");
        var (words, audio, rotary) = (Shape("wte.weight", 2), Shape("a2e.weight", 2), Shape(RotaryTable, 3));
        var width = checked((int)words[1]);
        return new LlamaConfig
        {
            VocabularySize = checked((int)words[0]),
            Width = width,
            LatentWidth = checked((int)audio[1]),
            Positions = checked((int)rotary[0]),
            Heads = Math.Max(1, width / checked((int)Math.Max(1, 2 * rotary[1]))),
            Layers = StoredSizes.Layers(stored.Keys, "blocks."),
        };
    }

    // The rotary table follows from the sizes.
    private static bool IsExpected(string name) => name == RotaryTable
        || (name.StartsWith(EncoderPrefix, StringComparison.Ordinal)
            && (CnnWeights.IsExpected(name[EncoderPrefix.Length..]) || HtsAtWeights.IsExpected(name[EncoderPrefix.Length..])));
}
