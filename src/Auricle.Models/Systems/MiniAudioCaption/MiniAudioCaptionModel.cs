using Auricle.Audio;
using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.MiniAudioCaption;

/// <summary>How clips are captioned.</summary>
public sealed record MiniAudioCaptionOptions
{
    /// <summary>Draws, as the authors have them, or a beam, which a beam of one makes greedy search.</summary>
    public Search Search { get; init; } = new Sampling { TopK = 200 };

    /// <summary>The most tokens.</summary>
    public int MaximumLength { get; init; } = 30;

    /// <summary>The fewest tokens before the end mark.</summary>
    public int MinimumLength { get; init; }

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
public sealed class MiniAudioCaptionModel : ICaptioner, IDescribed
{
    internal const string EncoderPrefix = "encoder.";
    private const string RotaryTable = "rope";

    private readonly IAudioEncoder? _encoder;
    private readonly IAudioEmbedder? _embedder;
    private readonly MiniAudioCaptionText? _text;
    private readonly bool _ownsEmbedder;

    private MiniAudioCaptionModel(LlamaConfig config, WeightStore store, MiniAudioCaptionText? text, DType compute, EncoderConfig? encoder, IAudioEmbedder? embedder, bool ownsEmbedder)
    {
        Weights = store;
        _text = text;
        _ownsEmbedder = ownsEmbedder;
        _encoder = encoder is null ? null : EncoderFamily.Create(encoder, store.Root / EncoderPrefix.TrimEnd('.'), compute);
        _embedder = embedder;
        Decoder = new LlamaDecoder(config, store.Root, compute);
    }

    /// <summary>All parameters; the model owns them.</summary>
    public WeightStore Weights { get; }

    /// <summary>Captions to tokens and back.</summary>
    public MiniAudioCaptionText Text => _text ?? throw new InvalidOperationException("The model was loaded without a tokenizer.");

    /// <summary>The writer.</summary>
    public LlamaDecoder Decoder { get; }

    /// <summary>The rate at which it hears, in hertz.</summary>
    public int SampleRate => _encoder?.SampleRate ?? _embedder?.SampleRate ?? 0;

    IReadOnlyList<string> ICaptioner.Tasks => [];

    string IDescribed.SystemName => "mini audio caption";

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts => [("encoder", EncoderPrefix)];

    IEnumerable<(string Name, string Value)> IDescribed.Details =>
    [
        ("architecture", $"Llama-style decoder of {Decoder.Config.Layers} layers of width {Decoder.Config.Width} over a sound vector of {Decoder.Config.LatentWidth} numbers"),
        ("vocabulary", $"{Decoder.Config.VocabularySize} tokens"),
    ];

    /// <summary>Loads a model.</summary>
    /// <param name="path">The authors' checkpoint, such as <c>checkpoints/train/Cnn14_Llama/step=10000.pth</c>.</param>
    /// <param name="options">
    /// How to load it, and what the checkpoint lacks: <see cref="ModelLoadOptions.EncoderFile"/>, the weights of CNN14 or HTS-AT, or any model that
    /// embeds sound, such as MS-CLAP 2023; and <see cref="ModelLoadOptions.Tokenizer"/>, that of <c>bert-base-uncased</c>.
    /// </param>
    /// <param name="embedder">A loaded model that gives sounds their vectors, in place of the encoder's file; whoever loaded it disposes it.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="MissingPartException">The encoder or the tokenizer is not named.</exception>
    /// <exception cref="WeightsException">The weights cannot be read, are no such model, or do not fit the encoder.</exception>
    /// <example><code>
    /// using var model = MiniAudioCaptionModel.Load("step=10000.pth", new() { EncoderFile = "Cnn14_mAP=0.431.pth", Tokenizer = "bert-base-uncased" });
    /// Console.WriteLine(model.Caption([AudioFile.Load("rain.wav", model.SampleRate)])[0].Captions[0]);
    /// </code></example>
    public static MiniAudioCaptionModel Load(string path, ModelLoadOptions options, IAudioEmbedder? embedder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        return Load(ModelFiles.Open(path), options, embedder, ownsEmbedder: false);
    }

    /// <summary>As <see cref="Load(string, ModelLoadOptions, IAudioEmbedder?)"/>, from files that were found.</summary>
    public static MiniAudioCaptionModel Load(ModelFiles files, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        if (options.EncoderFile is null || options.Inspection is not null)
            return Load(files, options, null, ownsEmbedder: false);
        // Encoders on their own are loaded with the captioner, whose weights they then are; other systems stay whole.
        var encoder = ModelFiles.Open(options.EncoderFile);
        if (ModelFamily.Of(encoder).LoadsEncoders)
            return Load(files, options, null, ownsEmbedder: false);
        var embedder = ModelFamily.Load(encoder, options with { EncoderFile = null, Tokenizer = null }) as IAudioEmbedder
            ?? throw new MissingPartException(files.Path, "its audio encoder", $"'{options.EncoderFile}' gives sounds no vectors; name CNN14, HTS-AT or MS-CLAP 2023 (--encoder)");
        try
        {
            return Load(files, options, embedder, ownsEmbedder: true);
        }
        catch
        {
            embedder.Dispose();
            throw;
        }
    }

    private static MiniAudioCaptionModel Load(ModelFiles files, ModelLoadOptions options, IAudioEmbedder? embedder, bool ownsEmbedder)
    {
        var path = files.Weights;
        var stored = new Dictionary<string, StoredTensor>(files.Tensors, StringComparer.Ordinal);
        var config = Sizes(stored, path);
        EncoderConfig? encoder = null;
        if (embedder is null && options.EncoderFile is { } file)
        {
            var encoderFiles = ModelFiles.Open(file);
            var published = EncoderFamily.ReadFile(encoderFiles, file);
            encoder = published.Config;
            foreach (var (name, tensor) in published.Tensors)
                stored[EncoderPrefix + name] = tensor;
        }
        else if (embedder is null && files.HasBelow(EncoderPrefix))
        {
            encoder = OwnEncoder(files);
        }
        else if (embedder is null && options.Inspection is null)
        {
            throw new MissingPartException(files.Path, "its audio encoder", "name the encoder's weights too, for example Cnn14_mAP=0.431.pth (--encoder)");
        }
        var text = options.Inspection is null ? ReadTokenizer(files, config, options) : null;
        return options.Build(stored, path, IsExpected, store =>
        {
            var model = new MiniAudioCaptionModel(config, store, text, options.Compute, encoder, embedder, ownsEmbedder);
            var width = model._encoder?.ClipWidth ?? embedder?.EmbeddingWidth ?? config.LatentWidth;
            return width == config.LatentWidth ? model : throw new WeightsException(
                $"The captioner '{path}' was trained on sound vectors of {config.LatentWidth} numbers, but the encoder gives {width}; name the encoder it was trained with ({config.LatentWidth switch { 2048 => "CNN14", 768 => "HTS-AT", 1024 => "MS-CLAP 2023", _ => "one of that width" }}).")
            { File = path };
        });
    }

    /// <summary>Starts a captioner to be trained: with the weights of its encoder, and a decoder that starts at random.</summary>
    /// <param name="config">The numbers of the decoder.</param>
    /// <param name="encoder">The weights of the encoder.</param>
    /// <param name="tokenizer">That of the captions; it has as many pieces as <see cref="LlamaConfig.VocabularySize"/>, or fewer.</param>
    /// <param name="compute">The element type of matrix products.</param>
    /// <param name="device">Where it computes; the processor by default.</param>
    internal static MiniAudioCaptionModel Create(
        LlamaConfig config, PublishedEncoder encoder, SubwordTokenizer tokenizer, DType compute = DType.Float32, Device? device = null)
    {
        var start = encoder.Tensors.ToDictionary(pair => EncoderPrefix + pair.Key, pair => pair.Value, StringComparer.Ordinal);
        var store = WeightStore.InitialiseFrom(start, device: device);
        try
        {
            // Its tags play no part.
            return new MiniAudioCaptionModel(config, store, new MiniAudioCaptionText(tokenizer), compute, encoder.Config with { Tags = 0 }, null, ownsEmbedder: false);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The training loss: the cross-entropy of each caption's tokens but the first, which is given, and those of filling, which do not
    /// count; the mean over all tokens of the batch.
    /// </summary>
    /// <param name="latents">[batch, steps, latent width], from <see cref="Latents"/>.</param>
    /// <param name="ids">[batch, length], int64, from <see cref="MiniAudioCaptionText.Encode"/>.</param>
    /// <returns>A single value.</returns>
    public Tensor Loss(Tensor latents, Tensor ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var scope = TensorScope.Begin();
        var length = ids.Size(1) - 1;
        // What follows the last token is not asked for, so the last token is not read.
        var logits = Decoder.Forward(latents, ids.Narrow(1, 0, length)).Text;
        return scope.Keep(logits.Reshape(-1, logits.Size(2)).CrossEntropyLoss(ids.Narrow(1, 1, length).Reshape(-1), ignoreIndex: Text.Tokenizer.PaddingId));
    }

    /// <summary>Writes the captioner so that it is loaded from the folder, its encoder included. The tokenizer's files belong there as well
    /// (<see cref="SubwordTokenizer.Copy"/>).</summary>
    /// <param name="folder">Where to; made if it does not exist.</param>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var table = Tensor.Stack([Decoder.Rotation.Cosines, Decoder.Rotation.Sines], -1);
        SafetensorsFile.Write(Path.Combine(folder, ModelFiles.WeightFiles[0]),
            Weights.Entries.Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor)).Append(SafetensorsExport.Entry(RotaryTable, table)));
    }

    /// <summary>Whether files hold such a captioner.</summary>
    internal static bool Recognises(ModelFiles files) => files.Has("wte.weight") && files.Has("a2e.weight") && files.Has(RotaryTable);

    // Of a captioner that was trained here.
    private static EncoderConfig OwnEncoder(ModelFiles files)
    {
        var own = files.Tensors.Where(pair => pair.Key.StartsWith(EncoderPrefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[EncoderPrefix.Length..], pair => pair.Value, StringComparer.Ordinal);
        var found = EncoderFamily.All.Select(family => family.Read(own, files.Weights)).FirstOrDefault(found => found is not null);
        return found?.Config ?? throw new WeightsException(
            $"The captioner '{files.Weights}' holds an encoder of no kind that is known; name the encoder's weights (--encoder).") { File = files.Weights };
    }

    private static MiniAudioCaptionText ReadTokenizer(ModelFiles files, LlamaConfig config, ModelLoadOptions options)
    {
        var own = files.Folder is { } folder && SubwordTokenizer.IsIn(folder) ? folder : null;
        var tokenizer = options.Tokenizer ?? own ?? throw new MissingPartException(files.Path, "its tokenizer", "name the folder of that of bert-base-uncased (--tokenizer)");
        var text = new MiniAudioCaptionText(SubwordTokenizer.Load(tokenizer));
        return text.Tokenizer.Vocabulary.Count <= config.VocabularySize
            ? text
            : throw new TokenizerFileException(tokenizer, $"it has {text.Tokenizer.Vocabulary.Count} pieces, but the captioner knows {config.VocabularySize}; name the tokenizer of bert-base-uncased.");
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
            Filters = options.MinimumLength > 0 ? [new MinimumLength(options.MinimumLength, Text.EndToken)] : [],
            EndToken = options.StopsAtEnd ? Text.EndToken : null,
            MaximumLength = options.MaximumLength,
            Weights = Weights,
        }, cancellationToken);
        return [.. found.Select(result => new MiniAudioCaptionResult([.. result.Texts.Select(text => Text.Decode(text.Tokens))], result.Texts))];
    }

    IReadOnlyList<Captioned> ICaptioner.Caption(IReadOnlyList<AudioClip> clips, CaptioningOptions? options, CancellationToken cancellationToken)
    {
        options ??= new CaptioningOptions();
        var own = new MiniAudioCaptionOptions();
        var results = Caption(clips, own with { Search = options.SearchOf(own.Search, new BeamSearch()), MaximumLength = options.MaxLength ?? own.MaximumLength, MinimumLength = options.MinLength ?? 0 }, cancellationToken);
        return [.. results.Select(result => new Captioned([.. result.Captions.Zip(result.Texts, (caption, text) => new CaptionText(caption, text.Score, text.Tokens))], ""))];
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose()
    {
        Weights.Dispose();
        if (_ownsEmbedder)
            _embedder?.Dispose();
    }

    private Tensor Hear(AudioClip clip) => HearWhole(clip.Resample(_encoder!.SampleRate).Samples);

    /// <summary>The vector of a sound at <see cref="SampleRate"/>, [1, latent width].</summary>
    internal Tensor HearWhole(float[] samples)
    {
        using var scope = TensorScope.Begin();
        var wave = new float[Math.Max(samples.Length, _encoder!.MinimumSamples)];
        samples.CopyTo(wave, 0);
        return scope.Keep(_encoder.Encode(_encoder.Prepare(Tensor.From<float>(wave, 1, wave.Length).On(Weights.Device))).Clip);
    }

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
