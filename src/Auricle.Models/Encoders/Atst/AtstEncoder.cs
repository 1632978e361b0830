using Auricle.Models.Encoders.Transformers;
using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Atst;

/// <summary>
/// ATST-Frame (Li et al. 2024): a vision transformer with a token for every 40 ms of a log-mel image, taught without labels.
/// The mean of its frame vectors is the clip vector. Inference is safe for concurrent use.
/// </summary>
public sealed class AtstEncoder : IAudioEncoder, IDisposable
{
    private const double Epsilon = 1e-6;

    // Decibels: how far below its loudest value an image reaches, and what is kept of that; then the range that becomes ±1.
    private const double DynamicRange = 80;
    private const double Floor = -50;
    private const double Ceiling = 80;
    private const double Lowest = -79.6482;
    private const double Highest = 50.6842;

    private readonly LogMel _frontEnd;
    private readonly Linear _patches;
    private readonly Tensor _places;
    private readonly VisionBlock[] _blocks;
    private readonly LayerNorm _norm;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="weights">The place of <c>patch_embed</c>, <c>blocks</c> and so on.</param>
    /// <param name="compute">The element type of matrix products: float32 or bfloat16.</param>
    public AtstEncoder(AtstConfig config, Weights weights, DType compute = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        using (TensorScope.Begin())
        {
            var bank = config.LogMel;
            _frontEnd = new LogMel(bank, Tensor.From<float>(MelFilterBank.CreateHtk(bank), bank.WindowLength / 2 + 1, bank.MelBands), weights.Device);
        }
        weights.OnRelease(_frontEnd.Dispose);
        long width = config.PatchWidth;
        var initial = Initialisers.TruncatedNormal(0.02);
        // The first place was for a summary that this network does not have.
        _places = weights.Get("pos_embed", [1, 1 + config.Positions, width], initial);
        _patches = new Linear(weights / "patch_embed" / "patch_embed", config.LogMel.MelBands * config.PatchFrames, width);
        _blocks = new VisionBlock[config.Layers];
        for (var i = 0; i < _blocks.Length; i++)
            _blocks[i] = new VisionBlock(weights / "blocks" / i, width, config.Heads, config.Expansion * width, compute, hasMixBias: false);
        _norm = new LayerNorm(weights / "norm_frame", width, Epsilon);
    }

    /// <summary>The sizes.</summary>
    public AtstConfig Config { get; }

    /// <inheritdoc/>
    public int Width => Config.PatchWidth;

    /// <inheritdoc/>
    public int ClipWidth => Config.PatchWidth;

    /// <inheritdoc/>
    public int Tags => 0;

    /// <inheritdoc/>
    public int SampleRate => Config.SampleRate;

    /// <inheritdoc/>
    public int MinimumSamples => Math.Max(_frontEnd.MinimumSamples, (Config.PatchFrames - 1) * Config.LogMel.HopLength);

    /// <inheritdoc/>
    /// <remarks>The dynamic range counts from the loudest value of each clip; the reference takes that of the batch, so that there a clip's
    /// neighbours change it.</remarks>
    public Tensor Prepare(Tensor waves)
    {
        using var scope = TensorScope.Begin();
        var decibels = _frontEnd.Forward(waves);                                                // [batch, 1, frames, bands]
        var image = decibels.Maximum(decibels.Amax([1, 2, 3], keepdim: true).Sub(DynamicRange));
        image.ClampInPlace(Floor, Ceiling);
        return scope.Keep(image.Sub(Lowest).Mul(2 / (Highest - Lowest)).Sub(1));
    }

    /// <inheritdoc/>
    /// <remarks>Longer images than there are places for are cut into windows of <see cref="AtstConfig.WindowFrames"/>, evenly spread, which
    /// share the frames of their overlap.</remarks>
    public EncoderOutput Encode(Tensor input, bool training = false) => Encode(input, training, null);

    /// <summary>Encodes, and shows intermediate values on the way.</summary>
    /// <param name="image">[batch, 1, frames, bands].</param>
    /// <param name="training">Whether gradients are recorded.</param>
    /// <param name="observe">Called with <c>blocks.0</c> … and their output: [batch, frames, width].</param>
    internal EncoderOutput Encode(Tensor image, bool training, Action<string, Tensor>? observe)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = TensorScope.Begin();
        var frames = Tensor.Cat([.. Windows(image.Size(2)).Select(window =>
            EncodeWindow(image.Narrow(2, window.Start, window.Length), training, observe).Narrow(1, window.FirstPatch, window.Patches))], 1);
        return new EncoderOutput(frames, frames.Mean([1]), null).KeptBy(scope);
    }

    /// <inheritdoc/>
    public double[] FrameTimes(long samples)
    {
        var hop = (double)Config.LogMel.HopLength / SampleRate;
        return [.. Windows(Config.LogMel.Frames(samples)).SelectMany(window => FrameGrid.Even(
            window.Patches, (window.Start + window.FirstPatch * Config.PatchFrames + (Config.PatchFrames - 1) / 2.0) * hop, Config.PatchFrames * hop))];
    }

    private EncoderWindow[] Windows(long frames) =>
        EncoderWindows.Cut(frames, Config.WindowFrames + Config.PatchFrames - 1, Config.WindowFrames, Config.PatchFrames, Config.PatchFrames);

    private Tensor EncodeWindow(Tensor image, bool training, Action<string, Tensor>? observe)
    {
        using var scope = TensorScope.Begin();
        var (batch, bands) = (image.Size(0), image.Size(3));
        // What does not fill a patch at the end is left out; within a patch frames are the faster order.
        var tokens = image.Size(2) / Config.PatchFrames;
        var cut = image.Narrow(2, 0, tokens * Config.PatchFrames).Reshape(batch, tokens, Config.PatchFrames, bands).Transpose(2, 3).Flatten(2); // [batch, tokens, bands × frames]
        var x = _patches.Forward(cut).Add(_places.Narrow(1, 1, tokens));                       // [batch, tokens, width]
        for (var i = 0; i < _blocks.Length; i++)
        {
            x = _blocks[i].Forward(x, training);
            observe?.Invoke($"blocks.{i}", x);
        }
        return scope.Keep(_norm.Forward(x));
    }

    /// <summary>Releases the front end; the weights belong to their store.</summary>
    public void Dispose() => _frontEnd.Dispose();
}
