using Auricle.Audio;
using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Families;
using Auricle.Models.FrontEnds;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Encoders;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Systems.Cacophony;

/// <summary>What a checkpoint is computed as: its tensors do not tell.</summary>
public enum CacophonyProfile
{
    /// <summary>As the authors' JAX code, with which the published checkpoints were trained.</summary>
    Jax,

    /// <summary>As their later port to torch: another mel image, two heads in the audio pooler, other norms. Its scores are lower.</summary>
    Torch,
}

/// <summary>How Cacophony writes.</summary>
public sealed record CacophonyCaptionOptions
{
    /// <summary>Greedy search by default. The authors draw with a temperature of 0.1: <c>new Sampling { Temperature = 0.1 }</c>.</summary>
    public Search Search { get; init; } = new BeamSearch { Size = 1 };

    /// <summary>The fewest tokens, not counting the end mark.</summary>
    public int MinimumLength { get; init; }

    /// <summary>The most tokens, the end mark included.</summary>
    public int MaximumLength { get; init; } = CacophonyModel.MaximumTokens - 1;
}

/// <summary>
/// Cacophony (Zhu, Darefsky and Duan 2024): an AudioMAE encoder and a causal RoBERTa that place sounds and texts in one space, and a decoder upon the text side
/// that captions. Clips longer than <see cref="WindowSeconds"/> are cut into windows that cover them evenly; shorter ones than
/// <see cref="ShortestSeconds"/> are filled with silence. Safe for concurrent use.
/// </summary>
public sealed partial class CacophonyModel : ICaptioner, IAudioTextModel, IFrameEmbedder, IDescribed
{
    /// <summary>The longest clip in seconds that is heard as a whole: the authors' longer setting.</summary>
    public const double WindowSeconds = 30;

    /// <summary>The most tokens of a text, special ones included; longer texts are cut.</summary>
    public const int MaximumTokens = 100;

    // The authors resample whole clips in the frequency domain, whose memory grows with the clip.
    private const double LongestFourierSeconds = 60;
    private const int TextsAtATime = 32;
    private const int WindowsAtATime = 4;
    private const int CaptionsAtATime = 8;

    private readonly Tensor _logScale;
    private readonly AudioPooling _audioPooling;
    private readonly TextPooling _textPooling;
    private readonly Linear _textProjection;
    private readonly SoundEncoder _hearing;
    private readonly SubwordTokenizer? _tokenizer;
    private readonly bool _isPort;

    internal CacophonyModel(CacophonySizes sizes, WeightStore store, SubwordTokenizer? tokenizer, DType compute = DType.Float32)
    {
        Weights = store;
        _tokenizer = tokenizer;
        _isPort = sizes.PoolHeads == CacophonyWeights.PortHeads;
        _logScale = store.Root.Get("logit_scale", [], Initialisers.Constant(2));
        AudioEncoder = new AudioMaeEncoder(sizes.Audio, store.Root / "audio_module", compute);
        _audioPooling = new AudioPooling(store.Root / "audio_attention_pool", sizes.Audio.Width, sizes.PoolHeads);
        var text = store.Root / "text_module";
        Decoder = new CocaDecoder(sizes.Text, text, store.Root / "decoder_module", compute);
        _textPooling = new TextPooling(text / "pooler", sizes.Text.Width);
        _textProjection = new Linear(store.Root / "text_proj", sizes.Text.Width, sizes.Audio.Width);
        _hearing = new SoundEncoder(AudioEncoder, sizes.Audio, store);
    }

    /// <summary>All parameters; the model owns them.</summary>
    public WeightStore Weights { get; }

    /// <summary>The audio encoder.</summary>
    public AudioMaeEncoder AudioEncoder { get; }

    /// <summary>The text encoder, and the writer upon it.</summary>
    public CocaDecoder Decoder { get; }

    /// <summary>Text to tokens and back.</summary>
    public SubwordTokenizer Tokenizer => _tokenizer ?? throw new InvalidOperationException("Cacophony was loaded without a tokenizer.");

    /// <summary>The shortest clip in seconds that fills one column of patches; to shorter ones silence is added.</summary>
    public double ShortestSeconds => (double)AudioEncoder.MinimumSamples / SampleRate;

    /// <inheritdoc/>
    public int SampleRate => AudioEncoder.SampleRate;

    /// <inheritdoc/>
    public int EmbeddingWidth => AudioEncoder.Width;

    /// <inheritdoc/>
    public int FrameWidth => AudioEncoder.Width;

    bool IFrameEmbedder.SpreadsFrames => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Tasks => [];

    /// <inheritdoc/>
    public double LogitScale
    {
        get
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            return _logScale.Exp().ToDouble();
        }
    }

    string IDescribed.SystemName => "Cacophony";

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts =>
        [("audio", CacophonyWeights.Audio), ("text", CacophonyWeights.Text), ("captioner", CacophonyWeights.Decoder)];

    IEnumerable<(string Name, string Value)> IDescribed.Details =>
    [
        ("vectors", $"{EmbeddingWidth} numbers for a sound, a frame or a text"),
        ("computed as", _isPort ? "torch, the later port" : "jax, the authors' own code"),
        ("window", $"{WindowSeconds:0} s; longer clips are cut into windows"),
        ("texts", $"up to {MaximumTokens} tokens"),
    ];

    /// <inheritdoc/>
    public Tensor EmbedAudio(IReadOnlyList<AudioClip> clips)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentOutOfRangeException.ThrowIfZero(clips.Count);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var windows = clips.Select(Windows).ToArray();
        var vectors = Hear([.. windows.SelectMany(list => list)], patches => Pool(patches), default);
        var start = 0;
        return scope.Keep(Weights.RequireFinite(Tensor.Cat([.. windows.Select(list =>
        {
            var own = vectors[start..(start += list.Length)];
            return own.Length == 1 ? own[0] : Tensor.Stack(own).Mean([0]);
        })])));
    }

    /// <inheritdoc/>
    public Tensor EmbedText(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count);
        using var scope = TensorScope.Begin();
        return scope.Keep(Weights.RequireFinite(Tensor.Cat([.. texts.Chunk(TextsAtATime).Select(some =>
        {
            var tokens = Tokenizer.EncodeBatch(some, MaximumTokens);
            var (ids, mask) = tokens.On(Weights.Device);
            return EncodeTokens(ids, mask);
        })])));
    }

    /// <summary>The vectors of tokenised texts.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="mask">[batch, length], int64: 1 for a token, 0 for padding.</param>
    /// <returns>[batch, width], float32.</returns>
    public Tensor EncodeTokens(Tensor ids, Tensor mask)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(PoolText(Decoder.EncodeText(ids, mask), mask));
    }

    /// <inheritdoc/>
    /// <remarks>A vector for each column of patches: one for 160 ms.</remarks>
    public Timeline EmbedFrames(AudioClip clip, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return _hearing.EmbedFrames(clip with { Samples = AtRate(clip, SampleRate), SampleRate = SampleRate }, cancellationToken);
    }

    /// <summary>How much each sound is like each text: the cosine of their vectors, times the factor that training learned. The softmax over
    /// texts gives probabilities of labels.</summary>
    /// <param name="audio">[sounds, width].</param>
    /// <param name="text">[texts, width].</param>
    /// <returns>[sounds, texts].</returns>
    public Tensor Similarity(Tensor audio, Tensor text)
    {
        ArgumentNullException.ThrowIfNull(audio);
        ArgumentNullException.ThrowIfNull(text);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(SentencePoolings.Normalise(audio).Matmul(SentencePoolings.Normalise(text).T()).Mul(_logScale.Exp()));
    }

    /// <inheritdoc/>
    IReadOnlyList<Captioned> ICaptioner.Caption(IReadOnlyList<AudioClip> clips, CaptioningOptions? options, CancellationToken cancellationToken)
    {
        options ??= new CaptioningOptions();
        if (options.Tasks is { Count: > 0 } tasks && tasks.FirstOrDefault(task => task.Length > 0) is { } named)
            throw new Text.UnknownTaskException(named, Tasks);
        var defaults = new CacophonyCaptionOptions();
        return Caption(clips, new CacophonyCaptionOptions
        {
            Search = options.SearchOf(defaults.Search, new BeamSearch()),
            MinimumLength = options.MinLength ?? 0,
            MaximumLength = options.MaxLength ?? defaults.MaximumLength,
        }, cancellationToken);
    }

    /// <summary>Captions clips of any rate and length. The same clip gives the same captions, alone or among others.</summary>
    /// <param name="clips">The sounds.</param>
    /// <param name="options">How they are captioned.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>One result for each clip.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options makes no sense.</exception>
    public IReadOnlyList<Captioned> Caption(IReadOnlyList<AudioClip> clips, CacophonyCaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clips);
        options ??= new CacophonyCaptionOptions();
        var longest = Decoder.Config.Positions;
        if (options.MaximumLength < 1 || options.MaximumLength > longest)
            throw new ArgumentOutOfRangeException(nameof(options), options.MaximumLength, $"Captions of up to {options.MaximumLength} tokens cannot be written; give 1 to {longest}.");
        var results = new List<Captioned>(clips.Count);
        foreach (var some in clips.Chunk(CaptionsAtATime))
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var (memory, padding) = Remember(some, cancellationToken);
            results.AddRange(Write(memory, padding, options, cancellationToken).Select(found => new Captioned(
                [.. found.Texts.Select(text => new CaptionText(Tokenizer.Decode(text.Tokens).Trim(), text.LogProbability / text.Tokens.Count, text.Tokens))], "")));
        }
        return results;
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();

    /// <summary>The vector of a sound: [batch, width].</summary>
    /// <param name="patches">[batch, patches, width], from the encoder.</param>
    /// <param name="padding">[batch, patches], true where a sound has fewer; or none.</param>
    internal Tensor Pool(Tensor patches, Tensor? padding = null) => _audioPooling.Forward(patches, padding);

    /// <summary>What cosines are multiplied by in training, with its gradient: up to 100, as CLIP bounds it.</summary>
    internal Tensor TrainingScale()
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(_logScale.Clamp(max: Math.Log(100)).Exp());
    }

    /// <summary>The vector of a text: [batch, width].</summary>
    /// <param name="hidden">[batch, length, width], from the text encoder.</param>
    /// <param name="mask">[batch, length].</param>
    internal Tensor PoolText(Tensor hidden, Tensor mask)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(_textProjection.Forward(_textPooling.Forward(hidden, mask)));
    }

    /// <summary>What a caption attends to.</summary>
    /// <returns>[clips, patches, width], and [clips, patches], true where a clip has fewer.</returns>
    internal (Tensor Memory, Tensor? Padding) Remember(IReadOnlyList<AudioClip> clips, CancellationToken cancellationToken)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var memories = clips.Select(clip =>
        {
            var windows = Windows(clip);
            return windows.Length == 1 ? null : Thin(windows, cancellationToken);
        }).ToArray();
        var whole = Enumerable.Range(0, clips.Count).Where(i => memories[i] is null).ToArray();
        var heard = Hear([.. whole.Select(i => Windows(clips[i])[0])], patches => patches, cancellationToken);
        for (var i = 0; i < whole.Length; i++)
            memories[whole[i]] = heard[i].Select(0, 0);
        var lengths = memories.Select(memory => memory!.Size(0)).ToArray();
        var longest = lengths.Max();
        var filled = Tensor.Stack([.. memories.Select(memory => memory!.ConstantPadNd([0, 0, 0, longest - memory.Size(0)]))]);
        if (lengths.All(length => length == longest))
            return (scope.Keep(filled), null);
        var padding = Tensor.From<long>([.. lengths.Select(length => length - 1)], lengths.Length, 1).Lt(Tensor.Arange(0, longest, 1, DType.Int64).Unsqueeze(0));
        return (scope.Keep(filled), scope.Keep(padding.On(Weights.Device)));
    }

    /// <summary>
    /// The memory of a long clip: of all its windows as many patches as one window has, evenly spread. The authors draw so many at random.
    /// </summary>
    private Tensor Thin(float[][] windows, CancellationToken cancellationToken)
    {
        using var scope = TensorScope.Begin();
        var memory = new List<Tensor>();
        for (var window = 0; window < windows.Length; window++)
        {
            using var inner = TensorScope.Begin();
            var patches = Hear([windows[window]], all => all, cancellationToken)[0].Select(0, 0);        // [patches, width]
            var count = patches.Size(0);
            // Of as many neighbours as there are windows one, each time the next of them, so that all bands have their share.
            long[] kept = [.. Enumerable.Range(0, (int)count).Select(i => (long)i * windows.Length + i % windows.Length - window * count)
                .Where(place => place >= 0 && place < count)];
            memory.Add(inner.Keep(patches.IndexSelect(0, Tensor.From<long>(kept, kept.Length).On(patches.Device))));
        }
        return scope.Keep(Tensor.Cat([.. memory]));
    }

    private IReadOnlyList<DecodingResult> Write(Tensor memory, Tensor? padding, CacophonyCaptionOptions options, CancellationToken cancellationToken)
    {
        using var session = Decoder.Begin(memory, padding);
        var (start, end) = Marks();
        return TextDecoding.Run(session, [.. Enumerable.Range(0, (int)memory.Size(0)).Select(_ => new[] { start })], new DecodingOptions
        {
            Search = options.Search,
            Filters = options.MinimumLength > 0 ? [new MinimumLength(options.MinimumLength, end)] : [],
            EndToken = end,
            MaximumLength = options.MaximumLength,
            Weights = Weights,
        }, cancellationToken);
    }

    /// <summary>The tokens that stand around a text.</summary>
    private (int Start, int End) Marks()
    {
        var marks = Tokenizer.Encode("").Ids;
        return (marks[0], marks[^1]);
    }

    /// <summary>Encodes windows as if each were alone; those of one length share a batch.</summary>
    /// <param name="windows">At the model's rate.</param>
    /// <param name="use">What is made of the patches of a batch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>For each window its share, with a batch of one.</returns>
    private Tensor[] Hear(float[][] windows, Func<Tensor, Tensor> use, CancellationToken cancellationToken)
    {
        var results = new Tensor[windows.Length];
        foreach (var group in Enumerable.Range(0, windows.Length).GroupBy(i => Math.Max(windows[i].Length, AudioEncoder.MinimumSamples)))
        {
            foreach (var some in group.Chunk(WindowsAtATime))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = TensorScope.Begin();
                var waves = new float[some.Length * group.Key];
                for (var i = 0; i < some.Length; i++)
                    windows[some[i]].CopyTo(waves, i * group.Key);
                var image = AudioEncoder.Prepare(Tensor.From<float>(waves, some.Length, group.Key).On(Weights.Device));
                var used = use(AudioEncoder.EncodePatches(image));
                for (var i = 0; i < some.Length; i++)
                    results[some[i]] = scope.Keep(used.Narrow(0, i, 1));
            }
        }
        return results;
    }

    private float[][] Windows(AudioClip clip) => ClipWindows.Cover(AtRate(clip, SampleRate), (int)(WindowSeconds * SampleRate));

    /// <summary>The samples of a clip at the model's rate.</summary>
    internal static float[] AtRate(AudioClip clip, int rate) => clip.Seconds <= LongestFourierSeconds
        ? FourierResampler.Resample(clip.Samples, clip.SampleRate, rate)
        : clip.Resample(rate).Samples;
}
