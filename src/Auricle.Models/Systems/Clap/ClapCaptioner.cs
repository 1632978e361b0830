using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Text;
using Auricle.Text.Subwords;
using Auricle.Torch;

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
}

/// <summary>How clapcap writes; the defaults are those of its authors.</summary>
public sealed record ClapCaptionOptions
{
    /// <summary>Texts followed at a time; 1 is greedy search.</summary>
    public int BeamSize { get; init; } = 5;

    /// <summary>The most tokens.</summary>
    public int MaximumLength { get; init; } = 67;

    /// <summary>What logits are divided by before texts are compared; the authors' example takes 0.01.</summary>
    public double Temperature { get; init; } = 1;
}

/// <summary>
/// clapcap of MS-CLAP 2023 (Deshmukh, Elizalde et al. 2023): the vector of a sound becomes the beginning of a text, which GPT-2 goes on with.
/// Safe for concurrent use.
/// </summary>
public sealed class ClapCaptioner : IDisposable
{
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
            Search = new BeamSearch { Size = options.BeamSize, FinishedCompete = true },
            Filters = [new Temperature(options.Temperature)],
            EndToken = endToken,
            MaximumLength = options.MaximumLength,
        }, cancellationToken);
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();
}
