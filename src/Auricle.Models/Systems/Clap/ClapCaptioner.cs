using System.Globalization;
using Auricle.Audio;
using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Clap;

/// <summary>The sizes of clapcap; its file has no configuration, so they are those of the tensors.</summary>
/// <param name="Audio">The audio encoder.</param>
/// <param name="Width">Size of a sound's vector.</param>
/// <param name="Gpt">The writer.</param>
internal sealed record ClapCaptionerSizes(EncoderConfig Audio, int Width, GptConfig Gpt)
{
    /// <summary>Vectors that stand before each text.</summary>
    public int PrefixLength { get; init; } = 40;

    /// <summary>Layers of the network that makes them.</summary>
    public int MappingLayers { get; init; } = 8;

    /// <summary>Its heads.</summary>
    public int MappingHeads { get; init; } = 8;

    /// <exception cref="WeightsException">The tensors are no clapcap.</exception>
    public static ClapCaptionerSizes Read(IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        IReadOnlyList<long> Shape(string name) => StoredSizes.Shape(stored, name, 2, file, "clapcap");
        var (words, positions, prefix) = (Shape("gpt.transformer.wte.weight"), Shape("gpt.transformer.wpe.weight"), Shape("clap_project.prefix_const"));
        return new ClapCaptionerSizes(
            HtsAtWeights.Sizes(stored, ClapCaptioner.AudioPrefix, new FrontEnds.LogMelConfig(), file),
            checked((int)Shape("clap.projection.linear2.weight")[0]),
            new GptConfig
            {
                VocabularySize = checked((int)words[0]),
                Width = checked((int)words[1]),
                Heads = Math.Max(1, checked((int)words[1]) / TextEncoderWeights.PublishedHeadWidth),
                Positions = checked((int)positions[0]),
                Layers = StoredSizes.Layers(stored.Keys, "gpt.transformer.h."),
            })
        {
            PrefixLength = checked((int)prefix[0]),
            MappingLayers = StoredSizes.Layers(stored.Keys, "clap_project.transformer.layers."),
        };
    }
}

/// <summary>What clapcap wrote for one clip.</summary>
/// <param name="Captions">The captions, the best first.</param>
/// <param name="Texts">Their tokens and probabilities, in the same order.</param>
public sealed record ClapCaptionResult(IReadOnlyList<string> Captions, IReadOnlyList<Hypothesis> Texts);

/// <summary>How clapcap writes; the defaults are those of its authors.</summary>
public sealed record ClapCaptionOptions
{
    /// <summary>Texts followed at a time; 1 is greedy search.</summary>
    public int BeamSize { get; init; } = 5;

    /// <summary>How texts are searched or drawn, in place of a beam of <see cref="BeamSize"/>.</summary>
    public Search? Search { get; init; }

    /// <summary>The fewest tokens before the end.</summary>
    public int MinimumLength { get; init; }

    /// <summary>The most tokens.</summary>
    public int MaximumLength { get; init; } = 67;

    /// <summary>What logits are divided by before texts are compared; the authors' example takes 0.01.</summary>
    public double Temperature { get; init; } = 1;
}

/// <summary>
/// clapcap of MS-CLAP 2023 (Deshmukh, Elizalde et al. 2023): the vector of a sound becomes the beginning of a text, which GPT-2 goes on with.
/// Safe for concurrent use.
/// </summary>
public sealed class ClapCaptioner : ICaptioner, IDescribed
{
    internal const string AudioPrefix = "clap.base.htsat.";

    private const int Rate = 44100;
    private const int WindowSeconds = 7;

    private readonly SubwordTokenizer? _tokenizer;
    private readonly MsClapModel.Projection _projection;
    private readonly PrefixMapping _mapping;

    internal ClapCaptioner(ClapCaptionerSizes sizes, WeightStore store, SubwordTokenizer? tokenizer, DType compute = DType.Float32, Tensor? melFilters = null)
    {
        Weights = store;
        _tokenizer = tokenizer;
        AudioEncoder = EncoderFamily.Create(sizes.Audio, store.Root / "clap" / "base" / "htsat", compute, melFilters);
        _projection = new MsClapModel.Projection(store.Root / "clap" / "projection", AudioEncoder.ClipWidth, sizes.Width);
        _mapping = new PrefixMapping(sizes, store.Root / "clap_project");
        Decoder = new GptDecoder(sizes.Gpt, store.Root / "gpt" / "transformer", compute);
    }

    /// <summary>All parameters; the model owns them.</summary>
    public WeightStore Weights { get; }

    /// <summary>The audio encoder.</summary>
    public IAudioEncoder AudioEncoder { get; }

    /// <summary>The writer.</summary>
    public GptDecoder Decoder { get; }

    /// <summary>The rate at which it hears, in hertz.</summary>
    public int SampleRate => Rate;

    /// <summary>Loads the model.</summary>
    /// <param name="path">The authors' file, <c>clapcap_weights_2023.pth</c>.</param>
    /// <param name="tokenizer">GPT-2's tokenizer, as <see cref="SubwordTokenizer.Load"/> takes it.</param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged or belong to another model.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or are no such model.</exception>
    public static ClapCaptioner Load(string path, string? tokenizer = null, ModelLoadOptions? options = null)
    {
        options ??= new ModelLoadOptions();
        return Load(ModelFiles.Open(path), options with { Tokenizer = tokenizer ?? options.Tokenizer });
    }

    /// <summary>As <see cref="Load(string, string?, ModelLoadOptions?)"/>, from files that were found.</summary>
    public static ClapCaptioner Load(ModelFiles files, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var sizes = ClapCaptionerSizes.Read(files.Tensors, files.Weights);
        var words = options.Inspection is null ? ReadTokenizer(files, sizes, options) : null;
        using var scope = TensorScope.Begin();
        var filters = files.Tensors.TryGetValue(AudioPrefix + StoredSizes.MelFilters, out var matrix) ? Tensor.From(matrix).To(DType.Float32) : null;
        return options.Build(files.Tensors, files.Weights, IsExpected, store => new ClapCaptioner(sizes, store, words, options.Compute, filters));
    }

    /// <summary>Whether files hold clapcap.</summary>
    internal static bool Recognises(ModelFiles files) => files.Has("clap_project.prefix_const") && files.HasBelow("gpt.transformer.");

    private static SubwordTokenizer ReadTokenizer(ModelFiles files, ClapCaptionerSizes sizes, ModelLoadOptions options)
    {
        var tokenizer = options.Tokenizer ?? throw new MissingPartException(files.Path, "its tokenizer", "name the folder of GPT-2's (--tokenizer)");
        var words = SubwordTokenizer.Load(tokenizer);
        return words.Vocabulary.Count <= sizes.Gpt.VocabularySize && words.Vocabulary.TryGetId(SubwordTemplate.EndOfText, out _)
            ? words
            : throw new TokenizerFileException(tokenizer, $"it has {words.Vocabulary.Count} pieces, but clapcap was trained with {sizes.Gpt.VocabularySize} of GPT-2; name that tokenizer.");
    }

    IReadOnlyList<string> ICaptioner.Tasks => [];

    string IDescribed.SystemName => "clapcap";

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts => [("audio", "clap."), ("prefix", "clap_project."), ("writer", "gpt.")];

    IEnumerable<(string Name, string Value)> IDescribed.Details => [("search", $"beam {new ClapCaptionOptions().BeamSize}, at most {new ClapCaptionOptions().MaximumLength} tokens")];

    IReadOnlyList<Captioned> ICaptioner.Caption(IReadOnlyList<AudioClip> clips, CaptioningOptions? options, CancellationToken cancellationToken)
    {
        options ??= new CaptioningOptions();
        var own = new ClapCaptionOptions();
        var beam = new BeamSearch { Size = own.BeamSize, FinishedCompete = true };
        var results = Caption(clips, own with { Search = options.SearchOf(beam, beam), MaximumLength = options.MaxLength ?? own.MaximumLength, MinimumLength = options.MinLength ?? 0 }, cancellationToken);
        return [.. results.Select(result => new Captioned([.. result.Captions.Zip(result.Texts, (caption, text) => new CaptionText(caption, text.Score, text.Tokens))], ""))];
    }

    /// <summary>Captions clips of any rate and length. Those longer than seven seconds are cut into windows that cover them evenly, whose vectors are averaged;
    /// shorter ones are repeated, as in the reference. The same clip gives the same captions, alone or among others.</summary>
    /// <param name="clips">The sounds.</param>
    /// <param name="options">How they are captioned.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>One result for each clip.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options makes no sense.</exception>
    public IReadOnlyList<ClapCaptionResult> Caption(IReadOnlyList<AudioClip> clips, ClapCaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clips);
        if (_tokenizer is null)
            throw new InvalidOperationException("The captioner has no tokenizer; load it with GPT-2's.");
        if (clips.Count == 0)
            return [];
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        // The blank before the mark of the end, as the tokenizer splits them: where the authors' code stops.
        var end = _tokenizer.Encode(" " + SubwordTemplate.EndOfText).Ids[0];
        var found = Write(Prefix(Tensor.Cat([.. clips.Select(Hear)])), options ?? new ClapCaptionOptions(), end, cancellationToken);
        return [.. found.Select(result => new ClapCaptionResult([.. result.Texts.Select(text => Sentence(_tokenizer.Decode(text.Tokens)))], result.Texts))];
    }

    /// <summary>The vectors of waves that fill the window.</summary>
    /// <param name="waves">[batch, samples], float32.</param>
    /// <returns>[batch, width], float32, of any length.</returns>
    public Tensor EncodeWaves(Tensor waves)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(_projection.Forward(AudioEncoder.Encode(AudioEncoder.Prepare(waves)).Clip));
    }

    /// <summary>The beginnings of texts about sounds.</summary>
    /// <param name="embeddings">[batch, width], from <see cref="EncodeWaves"/>.</param>
    /// <returns>[batch, length, width of GPT-2].</returns>
    public Tensor Prefix(Tensor embeddings) => Prefix(embeddings, null);

    internal Tensor Prefix(Tensor embeddings, Action<string, Tensor>? observe)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(_mapping.Forward(SentencePoolings.Normalise(embeddings), observe));
    }

    /// <summary>Goes on with the beginnings of texts.</summary>
    /// <param name="prefix">[clips, length, width], from <see cref="Prefix(Tensor)"/>.</param>
    /// <param name="options">How.</param>
    /// <param name="endToken">The token that ends a text; <see langword="null"/> where only the length does.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>For each clip the texts of the beam, the best first.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options makes no sense.</exception>
    public IReadOnlyList<DecodingResult> Write(Tensor prefix, ClapCaptionOptions options, int? endToken, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(options);
        using var session = Decoder.Begin(prefix);
        return TextDecoding.Run(session, [.. Enumerable.Repeat(Array.Empty<int>(), (int)prefix.Size(0))], new DecodingOptions
        {
            Search = options.Search ?? new BeamSearch { Size = options.BeamSize, FinishedCompete = true },
            Filters = [new Temperature(options.Temperature), .. endToken is { } end && options.MinimumLength > 0 ? [new MinimumLength(options.MinimumLength, end)] : Array.Empty<ILogitFilter>()],
            EndToken = endToken,
            MaximumLength = options.MaximumLength,
            Weights = Weights,
        }, cancellationToken);
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();

    /// <returns>[1, width].</returns>
    private Tensor Hear(AudioClip clip)
    {
        const int Window = Rate * WindowSeconds;
        using var scope = TensorScope.Begin();
        var samples = clip.Resample(Rate).Samples;
        var starts = EncoderWindows.Starts(samples.Length, Window);
        var waves = new float[starts.Length * Window];
        for (var i = 0; i < starts.Length; i++)
        {
            var window = waves.AsSpan(i * Window, Window);
            var piece = samples.AsSpan((int)starts[i], Math.Min(samples.Length, Window));
            for (var place = 0; place < Window; place += piece.Length)
                piece[..Math.Min(piece.Length, Window - place)].CopyTo(window[place..]);
        }
        return scope.Keep(EncodeWaves(Tensor.From<float>(waves, starts.Length, Window).On(Weights.Device)).Mean([0], keepdim: true));
    }

    private static string Sentence(string text)
    {
        text = text.Trim().ToLowerInvariant();
        return text.Length == 0 ? text : string.Concat(text[..1].ToUpper(CultureInfo.InvariantCulture), text.AsSpan(1));
    }

    // The last layer's matrix is that of the words; GPT-2's buffers hold the triangle of what a token may look at.
    private static bool IsExpected(string name) => name == "gpt.lm_head.weight"
        || name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
        || (name.StartsWith(AudioPrefix, StringComparison.Ordinal) && HtsAtWeights.IsExpected(name[AudioPrefix.Length..]));
}
