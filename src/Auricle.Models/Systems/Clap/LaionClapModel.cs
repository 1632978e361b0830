using Auricle.Models.FrontEnds;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Systems.Clap;

/// <summary>
/// LAION-CLAP (Wu et al. 2023): HTS-AT and RoBERTa, with or without fusion of excerpts of long clips. Its vectors have length 1, but
/// for means over several windows.
/// </summary>
/// <remarks>The reference cuts long clips at random places; here a model without fusion hears all of a clip in windows, and a fusion model
/// takes its excerpts from the middle of each third.</remarks>
public sealed class LaionClapModel : ClapModel
{
    private const int Rate = 48000;
    private const int Window = 480_000;
    private const int Excerpts = 3;
    private const float Levels = 32767;

    // Of longer sound a shrunk image tells too little.
    private const int LongestFused = 60 * Rate;

    private readonly LaionClapSizes _sizes;
    private readonly HtsAtEncoder _audio;
    private readonly TextEncoder _text;
    private readonly Linear[] _audioProjection, _textProjection;

    internal LaionClapModel(LaionClapSizes sizes, WeightStore store, SubwordTokenizer? tokenizer, DType compute = DType.Float32, Tensor? melFilters = null)
        : base(store, tokenizer, store.Root.Get("logit_scale_a", [], Initialisers.Constant(Math.Log(1 / 0.07))))
    {
        _sizes = sizes;
        _ = store.Root.Get("logit_scale_t", [], Initialisers.Constant(Math.Log(1 / 0.07)));
        using var scope = TensorScope.Begin();
        var bank = sizes.Audio.LogMel;
        // Fusion models were trained on another front end than the one whose matrix is among their weights.
        _audio = new HtsAtEncoder(sizes.Audio, store.Root / "audio_branch", compute, sizes.Audio.IsFused
            ? Tensor.From<float>(MelFilterBank.CreateHtk(bank), bank.WindowLength / 2 + 1, bank.MelBands) : melFilters);
        _text = new TextEncoder(sizes.Text, store.Root / "text_branch", compute, hasPooler: true);
        _audioProjection = Projection(store.Root / "audio_projection", sizes.Audio.Width);
        _textProjection = Projection(store.Root / "text_projection", sizes.Text.Width);

        Linear[] Projection(Weights place, long inputs) => [new(place / 0, inputs, sizes.Width), new(place / 2, sizes.Width, sizes.Width)];
    }

    /// <inheritdoc/>
    public override string Name => _sizes.Name;

    private protected override string AudioPrefix => "audio_";

    private protected override string TokenizerName => _sizes.TokenizerName;

    private protected override string TextPrefix => "text_";

    /// <inheritdoc/>
    public override int EmbeddingWidth => _sizes.Width;

    /// <inheritdoc/>
    public override int SampleRate => Rate;

    /// <inheritdoc/>
    public override int WindowSamples => Window;

    /// <inheritdoc/>
    public override int MaximumTokens => 77;

    /// <summary>The audio encoder, for inspection.</summary>
    internal HtsAtEncoder AudioEncoder => _audio;

    /// <summary>The text encoder, for inspection.</summary>
    internal TextEncoder TextEncoder => _text;

    private protected override int LongestPiece => _sizes.Audio.IsFused ? LongestFused : Window;

    /// <inheritdoc/>
    public override Tensor EncodeWaves(Tensor waves)
    {
        using var noGrad = NoGrad.Begin();
        return EncodeWaves(waves, training: false);
    }

    /// <summary>As <see cref="EncodeWaves(Tensor)"/>, with gradients where they are recorded.</summary>
    internal Tensor EncodeWaves(Tensor waves, bool training)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Project(_audioProjection, _audio.Encode(_audio.Prepare(waves), training).Clip));
    }

    /// <summary>The encoder's vector of the beginning of a sound, before the projection: [1, encoder width].</summary>
    internal Tensor HearWindow(float[] samples)
    {
        using var scope = TensorScope.Begin();
        var window = new float[Window];
        Fill(samples.AsSpan(0, Math.Min(samples.Length, Window)), window);
        return scope.Keep(_audio.Encode(_audio.Prepare(Tensor.From<float>(window, 1, Window).On(Weights.Device))).Clip);
    }

    /// <summary>The places of what <see cref="HearWindow"/> gave, with gradients where they are recorded.</summary>
    internal Tensor ProjectAudio(Tensor vectors) => Project(_audioProjection, vectors);

    /// <summary>Makes a window of a sound that is no longer.</summary>
    internal void FillWindow(ReadOnlySpan<float> sound, Span<float> window) => Fill(sound, window);

    /// <summary>Whether it hears excerpts of long clips beside the whole.</summary>
    internal bool IsFused => _sizes.Audio.IsFused;

    /// <inheritdoc/>
    public override Tensor EncodeTokens(Tensor ids, Tensor mask)
    {
        using var noGrad = NoGrad.Begin();
        return EncodeTokens(ids, mask, training: false);
    }

    /// <summary>As <see cref="EncodeTokens(Tensor, Tensor)"/>, with gradients where they are recorded.</summary>
    internal Tensor EncodeTokens(Tensor ids, Tensor mask, bool training)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Project(_textProjection, _text.Pool(_text.Forward(ids, mask, training: training))));
    }

    /// <summary>The vectors of clips of which a shrunk image and excerpts are given.</summary>
    /// <param name="logMel">[batch, 4, frames, mels], as <see cref="FusedImage"/> makes them.</param>
    /// <param name="isLong">For each clip whether it was shrunk.</param>
    /// <param name="observe">As in <see cref="HtsAtEncoder.EncodeFused"/>.</param>
    internal Tensor EncodeFused(Tensor logMel, IReadOnlyList<bool> isLong, Action<string, Tensor>? observe = null)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(Project(_audioProjection, _audio.EncodeFused(logMel, isLong, observe).Clip));
    }

    /// <summary>A shrunk image of a whole clip and excerpts from the middle of the three thirds of possible places.</summary>
    /// <param name="samples">At least a window.</param>
    /// <param name="isLong">Whether the clip is longer than a window.</param>
    /// <returns>[1, 4, frames, mels]; four times the same where the clip is no longer than a window.</returns>
    internal Tensor FusedImage(ReadOnlySpan<float> samples, out bool isLong)
    {
        using var scope = TensorScope.Begin();
        var image = _audio.Prepare(Tensor.From(samples, 1, samples.Length).On(Weights.Device)); // [1, 1, total, mels]
        var frames = _sizes.Audio.LogMel.Frames(Window);
        var total = image.Size(2);
        isLong = total > frames;
        if (!isLong)
            return scope.Keep(image.Expand([1, 1 + Excerpts, total, image.Size(3)]));
        // Nearly equal ranges, the first ones longer by one where they do not divide; an empty one stands for its beginning.
        var places = total - frames + 1;
        var parts = new Tensor[1 + Excerpts];
        parts[0] = image.UpsampleBilinear2d([frames, image.Size(3)], alignCorners: false);
        for (var i = 0; i < Excerpts; i++)
        {
            var length = places / Excerpts + (i < places % Excerpts ? 1 : 0);
            var first = i * (places / Excerpts) + Math.Min(i, places % Excerpts);
            parts[i + 1] = image.Narrow(2, length == 0 ? 0 : first + length / 2, frames);
        }
        return scope.Keep(Tensor.Cat(parts, 1));
    }

    /// <summary>Rounds samples towards zero to what 16 bits hold, as the reference does with all sound.</summary>
    internal static float Quantise(float sample) => (int)(Math.Clamp(sample, -1, 1) * Levels) / Levels;

    private protected override Tensor EmbedPieces(float[][] pieces)
    {
        if (!_sizes.Audio.IsFused)
            return base.EmbedPieces(pieces);
        var isLong = new bool[pieces.Length];
        var images = new Tensor[pieces.Length];
        var window = new float[Window];
        for (var i = 0; i < pieces.Length; i++)
        {
            if (pieces[i].Length > Window)
            {
                images[i] = FusedImage(Array.ConvertAll(pieces[i], Quantise), out isLong[i]);
                continue;
            }
            Fill(pieces[i], window);
            images[i] = FusedImage(window, out isLong[i]);
        }
        return EncodeFused(Tensor.Cat(images), isLong);
    }

    private protected override void Fill(ReadOnlySpan<float> piece, Span<float> window)
    {
        var whole = window.Length / piece.Length * piece.Length;
        for (var i = 0; i < whole; i++)
            window[i] = Quantise(piece[i % piece.Length]);
        window[whole..].Clear();
    }

    private static Tensor Project(Linear[] projection, Tensor vectors) =>
        SentencePoolings.Normalise(projection[1].Forward(projection[0].Forward(vectors).Relu()));
}
