using Auricle.Models.Encoders.Transformers;
using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Passt;

/// <summary>
/// PaSST (Koutini et al. 2022): a vision transformer over patches of a log-mel image, with embeddings of place for time and for
/// frequency apart, of which training leaves out whole columns and rows. The mean of its two summary tokens is the clip vector.
/// Inference is safe for concurrent use.
/// </summary>
public sealed class PasstEncoder : IAudioEncoder, IDisposable
{
    private const double Epsilon = 1e-6;
    private const double HeadEpsilon = 1e-5;
    private const int Summaries = 2;

    private readonly KaldiMel _frontEnd;
    private readonly PatchProjection _patches;
    private readonly Tensor _clsToken, _distToken, _summaryPlaces, _bandPlaces, _timePlaces;
    private readonly VisionBlock[] _blocks;
    private readonly LayerNorm _norm;
    private readonly LayerNorm? _headNorm;
    private readonly Linear? _head;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="weights">The place of <c>patch_embed</c>, <c>blocks</c> and so on.</param>
    /// <param name="compute">The element type of matrix products: float32 or bfloat16.</param>
    public PasstEncoder(PasstConfig config, Weights weights, DType compute = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _frontEnd = new KaldiMel(config.Mel, weights.Device);
        weights.OnRelease(_frontEnd.Dispose);
        long width = config.PatchWidth;
        var initial = Initialisers.TruncatedNormal(0.02);
        _clsToken = weights.Get("cls_token", [1, 1, width], initial);
        _distToken = weights.Get("dist_token", [1, 1, width], initial);
        _summaryPlaces = weights.Get("new_pos_embed", [1, Summaries, width], initial);
        _bandPlaces = weights.Get("freq_new_pos_embed", [1, width, config.BandPositions, 1], initial);
        _timePlaces = weights.Get("time_new_pos_embed", [1, width, 1, config.TimePositions], initial);
        _patches = new PatchProjection(weights / "patch_embed" / "proj", config);
        _blocks = new VisionBlock[config.Layers];
        for (var i = 0; i < _blocks.Length; i++)
            _blocks[i] = new VisionBlock(weights / "blocks" / i, width, config.Heads, config.Expansion * width, compute);
        _norm = new LayerNorm(weights / "norm", width, Epsilon);
        if (config.Tags == 0)
            return;
        _headNorm = new LayerNorm(weights / "head" / 0, width, HeadEpsilon);
        _head = new Linear(weights / "head" / 1, width, config.Tags, initialiser: initial, biasInitialiser: Initialisers.Zeros);
    }

    /// <summary>The sizes.</summary>
    public PasstConfig Config { get; }

    /// <inheritdoc/>
    public int Width => Config.PatchWidth;

    /// <inheritdoc/>
    public int ClipWidth => Config.PatchWidth;

    /// <inheritdoc/>
    public int Tags => Config.Tags;

    /// <inheritdoc/>
    public int SampleRate => Config.SampleRate;

    /// <inheritdoc/>
    public int MinimumSamples => Math.Max(_frontEnd.MinimumSamples, (Config.PatchSize - 1) * Config.Mel.HopLength + 1);

    /// <inheritdoc/>
    /// <remarks>The image is [batch, 1, bands, frames], as the patches' weights have it.</remarks>
    public Tensor Prepare(Tensor waves) => _frontEnd.Forward(waves);

    /// <inheritdoc/>
    /// <remarks>Longer images than there are places for are cut into windows of <see cref="PasstConfig.WindowFrames"/>, evenly spread, which
    /// share the frames of their overlap and whose clip vectors and tag scores are averaged.</remarks>
    public EncoderOutput Encode(Tensor input, bool training = false) => Encode(input, training, null, null);

    /// <summary>Encodes, and shows intermediate values on the way.</summary>
    /// <param name="image">[batch, 1, bands, frames].</param>
    /// <param name="training">Whether patches are left out, drawn at random unless <paramref name="kept"/> names those that stay.</param>
    /// <param name="kept">The rows and columns of patches that stay.</param>
    /// <param name="observe">Called with <c>patch_embed</c> and [batch, rows, columns, width], <c>tokens</c>, <c>blocks.0</c> … and <c>norm</c> and
    /// [batch, tokens, width], <c>sequence</c> and [batch, rows, columns, width].</param>
    internal EncoderOutput Encode(Tensor image, bool training, PasstPatches? kept, Action<string, Tensor>? observe)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = TensorScope.Begin();
        var windows = Windows(image.Size(3));
        if (windows is [_])
            return EncodeWindow(image, training, kept, observe).KeptBy(scope);
        return EncoderWindows.Join(Array.ConvertAll(windows, window =>
        {
            var output = EncodeWindow(image.Narrow(3, window.Start, window.Length), training, kept, observe);
            // Patchout leaves windows without a grid to share.
            return training ? output : output with { Frames = output.Frames.Narrow(1, window.FirstPatch, window.Patches) };
        })).KeptBy(scope);
    }

    /// <inheritdoc/>
    public double[] FrameTimes(long samples)
    {
        var hop = (double)Config.Mel.HopLength / SampleRate;
        return [.. Windows(Config.Mel.Frames(samples)).SelectMany(window => FrameGrid.Even(
            window.Patches, (window.Start + window.FirstPatch * Config.Stride + (Config.PatchSize - 1) / 2.0) * hop, Config.Stride * hop))];
    }

    private EncoderWindow[] Windows(long frames) => EncoderWindows.Cut(frames, Config.MaximumFrames, Config.WindowFrames, Config.PatchSize, Config.Stride);

    private EncoderOutput EncodeWindow(Tensor image, bool training, PasstPatches? kept, Action<string, Tensor>? observe)
    {
        using var scope = TensorScope.Begin();
        var batch = image.Size(0);
        var patches = _patches.Forward(image);                                                  // [batch, rows, columns, width]
        observe?.Invoke("patch_embed", patches);
        patches = patches.Add(_timePlaces.Narrow(3, 0, patches.Size(2)).Permute(0, 2, 3, 1)).Add(_bandPlaces.Permute(0, 2, 3, 1));
        if (training)
            patches = (kept ?? PasstPatches.Draw(patches.Size(1), patches.Size(2), Config)).Choose(patches);
        var (rows, columns) = (patches.Size(1), patches.Size(2));
        var summaries = Tensor.Cat([_clsToken, _distToken], 1).Add(_summaryPlaces).Expand([batch, Summaries, Width]);
        var x = Tensor.Cat([summaries, patches.Reshape(batch, rows * columns, Width)], 1);     // [batch, 2 + rows × columns, width]
        observe?.Invoke("tokens", x);
        for (var i = 0; i < _blocks.Length; i++)
        {
            x = _blocks[i].Forward(x, training);
            observe?.Invoke($"blocks.{i}", x);
        }
        x = _norm.Forward(x);
        observe?.Invoke("norm", x);
        var clip = x.Narrow(1, 0, Summaries).Mean([1]);                                        // [batch, width]
        var sequence = x.Narrow(1, Summaries, rows * columns).View(batch, rows, columns, Width);
        observe?.Invoke("sequence", sequence);
        return new EncoderOutput(sequence.Mean([1]), clip, _head?.Forward(_headNorm!.Forward(clip))).KeptBy(scope);
    }

    /// <summary>Releases the front end; the weights belong to their store.</summary>
    public void Dispose() => _frontEnd.Dispose();

    /// <summary>Cuts an image into patches, which may overlap, and gives each a vector: the reference's convolution as one matrix product.</summary>
    private sealed class PatchProjection
    {
        private readonly Tensor _weight, _bias;
        private readonly PasstConfig _config;

        public PatchProjection(Weights weights, PasstConfig config)
        {
            _config = config;
            var size = config.PatchSize;
            _weight = weights.Get("weight", [config.PatchWidth, 1, size, size], Initialisers.FanIn(size * size));
            _bias = weights.Get("bias", [config.PatchWidth], Initialisers.FanIn(size * size));
        }

        /// <param name="image">[batch, 1, bands, frames].</param>
        /// <returns>[batch, rows, columns, width].</returns>
        public Tensor Forward(Tensor image)
        {
            using var scope = TensorScope.Begin();
            var size = _config.PatchSize;
            var cut = image.Squeeze(1).Unfold(1, size, _config.Stride).Unfold(2, size, _config.Stride); // [batch, rows, columns, size, size]
            return scope.Keep(cut.Flatten(3).Linear(_weight.Flatten(1), _bias));
        }
    }
}

/// <summary>The rows and columns of patches that training keeps.</summary>
/// <param name="Rows">Places over frequency, ascending.</param>
/// <param name="Columns">Places over time, ascending.</param>
internal sealed record PasstPatches(long[] Rows, long[] Columns)
{
    /// <summary>Draws them for a batch, from the random numbers of the process.</summary>
    /// <exception cref="ArgumentException">Nothing would be left.</exception>
    public static PasstPatches Draw(long rows, long columns, PasstConfig config) => new(
        Draw(rows, config.BandPatchout, "rows"), Draw(columns, config.TimePatchout, "columns"));

    /// <param name="patches">[batch, rows, columns, width].</param>
    /// <returns>Those that are kept: [batch, rows, columns, width].</returns>
    public Tensor Choose(Tensor patches)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Along(2, Columns, Along(1, Rows, patches)));
    }

    private static Tensor Along(int dimension, long[] kept, Tensor patches) => kept.Length == patches.Size(dimension)
        ? patches
        : patches.IndexSelect(dimension, Tensor.From<long>(kept, kept.Length).On(patches.Device));

    private static long[] Draw(long count, int without, string what)
    {
        if (without >= count)
            throw new ArgumentException($"Patchout of {without} {what} leaves nothing of an image with {count}; train on longer clips, or leave out fewer.");
        if (without == 0)
            return [.. Enumerable.Range(0, (int)count).Select(place => (long)place)];
        using var draws = Tensor.Rand([count]);
        var keys = draws.ToArray<float>();
        return [.. Enumerable.Range(0, keys.Length).OrderBy(place => keys[place]).Take(keys.Length - without).Order().Select(place => (long)place)];
    }
}
