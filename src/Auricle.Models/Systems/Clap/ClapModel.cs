using Auricle.Audio;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Models.Systems.Clap;

/// <summary>
/// A contrastive audio-text model: sounds and the texts that describe them lie close to each other in one space. Clips longer
/// than the model's window are cut into windows that cover them evenly, and their vectors averaged; nothing is drawn at
/// random. Safe for concurrent use.
/// </summary>
public abstract partial class ClapModel : IAudioTextModel, IDescribed
{
    private const int TextsAtATime = 32;
    private const int PiecesAtATime = 8;

    private readonly Tensor _logScale;
    private readonly SubwordTokenizer? _tokenizer;

    private protected ClapModel(WeightStore weights, SubwordTokenizer? tokenizer, Tensor logScale)
    {
        Weights = weights;
        _tokenizer = tokenizer;
        _logScale = logScale;
    }

    /// <summary>Which model it is.</summary>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract int EmbeddingWidth { get; }

    /// <inheritdoc/>
    public abstract int SampleRate { get; }

    /// <summary>The samples it hears at once; shorter clips are repeated to fill them.</summary>
    public abstract int WindowSamples { get; }

    /// <summary>The most tokens of a text, special ones included; longer texts are cut.</summary>
    public abstract int MaximumTokens { get; }

    /// <summary>All parameters; the model owns them.</summary>
    public WeightStore Weights { get; }

    /// <summary>Text to tokens.</summary>
    /// <exception cref="MissingPartException">The model was loaded without one; it embeds sound alone then.</exception>
    public SubwordTokenizer Tokenizer => _tokenizer
        ?? throw new MissingPartException(Name, "its tokenizer", $"name the folder of that of {TokenizerName}, with which it was trained, to read texts (--tokenizer)");

    /// <summary>Whose tokenizer it was trained with.</summary>
    private protected abstract string TokenizerName { get; }


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

    string IDescribed.SystemName => Name;

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts => [("audio", AudioPrefix), ("text", TextPrefix)];

    IEnumerable<(string Name, string Value)> IDescribed.Details =>
    [
        ("vectors", $"{EmbeddingWidth} numbers for a sound or a text"),
        ("window", $"{WindowSamples / (double)SampleRate:0.#} s; longer clips are cut into windows"),
        ("texts", $"up to {MaximumTokens} tokens"),
    ];

    /// <summary>What the names of the audio side's weights begin with.</summary>
    private protected abstract string AudioPrefix { get; }

    /// <summary>What the names of the text side's weights begin with.</summary>
    private protected abstract string TextPrefix { get; }

    /// <summary>The longest piece of a clip that is embedded at once, in samples.</summary>
    private protected virtual int LongestPiece => WindowSamples;

    /// <inheritdoc/>
    public Tensor EmbedText(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(Weights.RequireFinite(Tensor.Cat([.. texts.Chunk(TextsAtATime).Select(some =>
        {
            var tokens = Tokenize(some);
            var (ids, mask) = tokens.On(Weights.Device);
            return EncodeTokens(ids, mask);
        })])));
    }

    /// <inheritdoc/>
    public Tensor EmbedAudio(IReadOnlyList<AudioClip> clips)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentOutOfRangeException.ThrowIfZero(clips.Count);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var pieces = clips.Select(clip => ClipWindows.Cover(clip.Resample(SampleRate).Samples, LongestPiece)).ToArray();
        var vectors = Tensor.Cat([.. pieces.SelectMany(list => list).Chunk(PiecesAtATime).Select(EmbedPieces)]);
        var means = new Tensor[clips.Count];
        var start = 0;
        for (var i = 0; i < means.Length; i++)
        {
            means[i] = pieces[i].Length == 1 ? vectors.Select(0, start) : vectors.Narrow(0, start, pieces[i].Length).Mean([0]);
            start += pieces[i].Length;
        }
        return scope.Keep(Weights.RequireFinite(Tensor.Stack(means)));
    }

    /// <summary>The vectors of waves that fill the window.</summary>
    /// <param name="waves">[batch, <see cref="WindowSamples"/>], float32, at <see cref="SampleRate"/>.</param>
    /// <returns>[batch, width], float32.</returns>
    public abstract Tensor EncodeWaves(Tensor waves);

    /// <summary>The vectors of tokenised texts.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="mask">[batch, length], int64: 1 for a token, 0 for padding.</param>
    /// <returns>[batch, width], float32.</returns>
    public abstract Tensor EncodeTokens(Tensor ids, Tensor mask);

    /// <summary>The tokens of texts, filled to the longest of them.</summary>
    public virtual TokenBatch Tokenize(IReadOnlyList<string> texts) => Tokenizer.EncodeBatch(texts, MaximumTokens);

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

    /// <summary>Writes the weights so that <see cref="Load(string, string?, ModelLoadOptions?)"/> reads them from the folder. The tokenizer's
    /// files belong there as well (<see cref="SubwordTokenizer.Copy"/>).</summary>
    /// <param name="folder">Where to; made if it does not exist.</param>
    public void Save(string folder) => ModelFiles.WriteWeights(folder, Weights.Entries);

    /// <summary>The logarithm of the factor of similarities, which training learns.</summary>
    internal Tensor LogScaleOfAudio => _logScale;

    /// <summary>Releases the weights.</summary>
    public void Dispose()
    {
        Weights.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Vectors of pieces of at most <see cref="LongestPiece"/> samples: [pieces, width].</summary>
    private protected virtual Tensor EmbedPieces(float[][] pieces)
    {
        var waves = new float[pieces.Length * WindowSamples];
        for (var i = 0; i < pieces.Length; i++)
            Fill(pieces[i], waves.AsSpan(i * WindowSamples, WindowSamples));
        return EncodeWaves(Tensor.From<float>(waves, pieces.Length, WindowSamples).On(Weights.Device));
    }

    /// <summary>Makes a window of a piece that is no longer.</summary>
    private protected abstract void Fill(ReadOnlySpan<float> piece, Span<float> window);
}
