using Auricle.Models.FrontEnds;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Systems.Clap;

/// <summary>
/// MS-CLAP: of 2022 with CNN14 and BERT (Elizalde et al. 2022), of 2023 with HTS-AT and GPT-2 (Elizalde et al. 2023). Its vectors
/// are of any length, as the reference gives them.
/// </summary>
public sealed class MsClapModel : ClapModel
{
    internal const string Name2022 = "MS-CLAP 2022";
    internal const string Name2023 = "MS-CLAP 2023";

    private const int Rate = 44100;
    private const int Seconds2022 = 5;
    private const int Seconds2023 = 7;
    private const int Tokens2022 = 100;
    private const int Tokens2023 = 77;
    private const string EndOfText = " " + SubwordTemplate.EndOfText;

    // What the tokenizer makes of EndOfText: the blank, and the mark.
    private const int EndTokens = 2;

    private readonly MsClapSizes _sizes;
    private readonly IAudioEncoder _audio;
    private readonly TextEncoder? _bert;
    private readonly GptEncoder? _gpt;
    private readonly Projection _audioProjection, _textProjection;

    internal MsClapModel(MsClapSizes sizes, WeightStore store, SubwordTokenizer? tokenizer, DType compute = DType.Float32, Tensor? melFilters = null)
        : base(store, tokenizer, store.Root.Get("logit_scale", [], Initialisers.Constant(Math.Log(1 / 0.07))))
    {
        _sizes = sizes;
        var place = store.Root / "audio_encoder";
        var text = store.Root / "caption_encoder";
        // The HTS-AT hears 44.1 kHz through the bank of 32 kHz: the published weights were trained so.
        _audio = EncoderFamily.Create(sizes.Audio, sizes.Audio is HtsAtConfig ? place / "base" / "htsat" : place / "base", compute, melFilters);
        _audioProjection = new Projection(place / "projection", _audio.ClipWidth, sizes.Width);
        _bert = sizes.Bert is { } config ? new TextEncoder(config, text / "base", compute) : null;
        _gpt = sizes.Gpt is { } sizesOfGpt ? new GptEncoder(sizesOfGpt, text / "base", compute) : null;
        _textProjection = new Projection(text / "projection", sizes.Bert?.Width ?? sizes.Gpt!.Width, sizes.Width);
    }

    /// <inheritdoc/>
    public override string Name => _sizes.Name;

    private protected override string AudioPrefix => "audio_encoder.";

    private protected override string TokenizerName => _sizes.TokenizerName;

    private protected override string TextPrefix => "caption_encoder.";

    /// <inheritdoc/>
    public override int EmbeddingWidth => _sizes.Width;

    /// <inheritdoc/>
    public override int SampleRate => Rate;

    /// <inheritdoc/>
    public override int WindowSamples => Rate * (_gpt is null ? Seconds2022 : Seconds2023);

    /// <inheritdoc/>
    public override int MaximumTokens => _gpt is null ? Tokens2022 : Tokens2023;

    internal static LogMelConfig FrontEnd2022 { get; } = new() { SampleRate = Rate };

    /// <summary>The audio encoder, for inspection.</summary>
    internal IAudioEncoder AudioEncoder => _audio;

    /// <summary>The text encoder of 2022, for inspection.</summary>
    internal TextEncoder? Bert => _bert;

    /// <inheritdoc/>
    public override Tensor EncodeWaves(Tensor waves)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(_audioProjection.Forward(_audio.Encode(_audio.Prepare(waves)).Clip));
    }

    /// <inheritdoc/>
    public override Tensor EncodeTokens(Tensor ids, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        if (_gpt is null)
            return scope.Keep(_textProjection.Forward(_bert!.Forward(ids, mask).Select(1, 0)));
        // The reference finds the last token by counting ids that are not 0, which "!" is as well; kept, for the same vectors.
        var last = LastTokens(ids).Unsqueeze(1).Unsqueeze(2).Expand([ids.Size(0), 1, _sizes.Gpt!.Width]);
        return scope.Keep(_textProjection.Forward(_gpt.Forward(ids).Gather(1, last).Squeeze(1)));
    }

    /// <inheritdoc/>
    public override TokenBatch Tokenize(IReadOnlyList<string> texts)
    {
        if (_gpt is null)
            return base.Tokenize(texts);
        ArgumentNullException.ThrowIfNull(texts);
        return new TokenBatch([.. texts.Select(text =>
        {
            var ids = Tokenizer.Encode(text + EndOfText).Ids;
            if (ids.Length > MaximumTokens)
                ids = [.. ids[..(MaximumTokens - EndTokens)], .. ids[^EndTokens..]];
            return new TokenizedText(ids, new int[ids.Length]);
        })], paddingId: 0);
    }

    /// <summary>For each text the place of the token whose vector stands for it.</summary>
    internal static Tensor LastTokens(Tensor ids) => ids.Ne(0).To(DType.Int64).Sum([1]).Sub(1);

    private protected override void Fill(ReadOnlySpan<float> piece, Span<float> window)
    {
        for (var start = 0; start < window.Length; start += piece.Length)
            piece[..Math.Min(piece.Length, window.Length - start)].CopyTo(window[start..]);
    }

    /// <summary>Linear → GELU → linear, added to the first and normalised.</summary>
    internal sealed class Projection(Weights weights, long inputs, long width)
    {
        private const double Epsilon = 1e-5;

        private readonly Linear _first = new(weights / "linear1", inputs, width, hasBias: false);
        private readonly Linear _second = new(weights / "linear2", width, width, hasBias: false);
        private readonly LayerNorm _norm = new(weights / "layer_norm", width, Epsilon);

        public Tensor Forward(Tensor vectors)
        {
            var projected = _first.Forward(vectors);
            return _norm.Forward(_second.Forward(projected.Gelu()).Add(projected));
        }
    }
}
