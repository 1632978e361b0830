using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.HtsAt;

/// <summary>
/// HTS-AT (Chen et al. 2022): a Swin transformer over a log-mel image folded into a square, with a convolution that scores
/// every tag at every step. The mean of its frame vectors is the clip vector that CLAP models project. Inference is safe for
/// concurrent use.
/// </summary>
public sealed class HtsAtEncoder : IAudioEncoder, IDisposable
{
    private const double Epsilon = 1e-5;

    private readonly LogMel _frontEnd;
    private readonly BatchNorm _inputNorm;
    private readonly PatchEmbedding _patches;
    private readonly LayerNorm _norm;
    private readonly HtsAtBlock[][] _stages;
    private readonly PatchMerging[] _mergings;
    private readonly Tensor? _tagWeight, _tagBias;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="weights">The place of <c>bn0</c>, <c>patch_embed</c>, <c>layers</c> and so on.</param>
    /// <param name="compute">The element type of matrix products: float32 or bfloat16.</param>
    /// <param name="melFilters">The mel matrix of a checkpoint, [bins, bands]; computed where it is absent.</param>
    public HtsAtEncoder(HtsAtConfig config, Weights weights, DType compute = DType.Float32, Tensor? melFilters = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _frontEnd = new LogMel(config.LogMel, melFilters, weights.Device);
        weights.OnRelease(_frontEnd.Dispose);
        _inputNorm = new BatchNorm(weights / "bn0", config.LogMel.MelBands);
        _patches = new PatchEmbedding(weights / "patch_embed", config);
        _stages = new HtsAtBlock[config.Depths.Count][];
        _mergings = new PatchMerging[_stages.Length - 1];
        var blocks = config.Depths.Sum();
        var index = 0;
        for (var stage = 0; stage < _stages.Length; stage++)
        {
            var place = weights / "layers" / stage;
            _stages[stage] = new HtsAtBlock[config.Depths[stage]];
            for (var block = 0; block < _stages[stage].Length; block++, index++)
            {
                var dropPath = blocks > 1 ? config.DropPath * index / (blocks - 1) : 0;
                _stages[stage][block] = new HtsAtBlock(place / "blocks" / block, config, stage, isShifted: block % 2 == 1, dropPath, compute);
            }
            if (stage < _mergings.Length)
                _mergings[stage] = new PatchMerging(place / "downsample", config.PatchWidth << stage, config.ImageSize / config.PatchSize >> stage, compute);
        }
        _norm = new LayerNorm(weights / "norm", config.Width, Epsilon);
        if (config.Tags == 0)
            return;
        long[] kernel = [config.Tags, config.Width, config.Side / config.Groups, 3];
        var inputs = kernel[1] * kernel[2] * kernel[3];
        _tagWeight = (weights / "tscam_conv").Get("weight", kernel, Initialisers.FanIn(inputs));
        _tagBias = (weights / "tscam_conv").Get("bias", [config.Tags], Initialisers.FanIn(inputs));
    }

    /// <summary>The sizes.</summary>
    public HtsAtConfig Config { get; }

    /// <inheritdoc/>
    public int Width => Config.Width;

    /// <inheritdoc/>
    public int SampleRate => Config.LogMel.SampleRate;

    /// <inheritdoc/>
    public int MinimumSamples => _frontEnd.MinimumSamples;

    /// <inheritdoc/>
    public Tensor LogMel(Tensor waves) => _frontEnd.Forward(waves);

    /// <inheritdoc/>
    /// <remarks>Up to <see cref="HtsAtConfig.Frames"/> frames are stretched to one image; longer images are cut into windows of so many
    /// frames, evenly spread, whose frame vectors follow each other and whose tag scores are averaged.</remarks>
    public EncoderOutput Encode(Tensor logMel, bool training = false) => Encode(logMel, training, null);

    /// <summary>Encodes, and shows intermediate values on the way.</summary>
    /// <param name="logMel">[batch, 1, frames, mels] in dB.</param>
    /// <param name="training">Whether drop path and batch statistics are those of training.</param>
    /// <param name="observe">Called with the reference's module names (<c>patch_embed</c>, <c>layers.0.blocks.0</c>, <c>norm</c> …) and their
    /// output, <c>image</c> and [batch, channels, side, side], <c>tscam_conv</c> and [batch, tags, steps].</param>
    public EncoderOutput Encode(Tensor logMel, bool training, Action<string, Tensor>? observe)
    {
        ArgumentNullException.ThrowIfNull(logMel);
        using var scope = TensorScope.Begin();
        var frames = logMel.Size(2);
        var normalised = _inputNorm.Forward(logMel.Transpose(1, 3), training).Transpose(1, 3); // [batch, 1, frames, mels]
        if (frames <= Config.Frames)
        {
            var whole = EncodeImage(normalised, training, observe, null);
            return new EncoderOutput(scope.Keep(whole.Frames), scope.Keep(whole.TagLogits));
        }
        var windows = (frames + Config.Frames - 1) / Config.Frames;
        var parts = new EncoderOutput[windows];
        for (var i = 0; i < windows; i++)
            parts[i] = EncodeImage(normalised.Narrow(2, i * (frames - Config.Frames) / (windows - 1), Config.Frames), training, observe, null);
        return new EncoderOutput(
            scope.Keep(Tensor.Cat([.. parts.Select(part => part.Frames)], 1)),
            scope.Keep(Tensor.Stack([.. parts.Select(part => part.TagLogits)]).Mean([0])));
    }

    /// <summary>Encodes clips of which a shrunk image of the whole and three excerpts are given, as LAION-CLAP's fusion models take them.</summary>
    /// <param name="logMel">[batch, 4, frames, mels] in dB: the whole, then excerpts from the front, the middle and the back.</param>
    /// <param name="isLong">For each clip whether it was shrunk; the excerpts of others are not looked at.</param>
    /// <param name="observe">As in <see cref="Encode(Tensor, bool, Action{string, Tensor}?)"/>.</param>
    /// <exception cref="InvalidOperationException">The encoder has no weights for excerpts.</exception>
    public EncoderOutput EncodeFused(Tensor logMel, IReadOnlyList<bool> isLong, Action<string, Tensor>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(logMel);
        ArgumentNullException.ThrowIfNull(isLong);
        if (!Config.IsFused)
            throw new InvalidOperationException("This encoder has no weights for excerpts of long clips; load a fusion model, or cut clips into windows.");
        using var scope = TensorScope.Begin();
        var output = EncodeImage(_inputNorm.Forward(logMel.Transpose(1, 3), training: false).Transpose(1, 3), training: false, observe, isLong);
        return new EncoderOutput(scope.Keep(output.Frames), scope.Keep(output.TagLogits));
    }

    private EncoderOutput EncodeImage(Tensor logMel, bool training, Action<string, Tensor>? observe, IReadOnlyList<bool>? isLong)
    {
        using var scope = TensorScope.Begin();
        var batch = logMel.Size(0);
        var image = Fold(logMel);
        observe?.Invoke("image", image);
        var x = _patches.Forward(image, isLong, observe);                                     // [batch, patches, width]
        observe?.Invoke("patch_embed", x);
        for (var stage = 0; stage < _stages.Length; stage++)
        {
            for (var block = 0; block < _stages[stage].Length; block++)
            {
                var place = $"layers.{stage}.blocks.{block}";
                x = _stages[stage][block].Forward(x, training, observe is null ? null : (name, value) => observe($"{place}.{name}", value));
                observe?.Invoke(place, x);
            }
            if (stage < _mergings.Length)
            {
                x = _mergings[stage].Forward(x);
                observe?.Invoke($"layers.{stage}.downsample", x);
            }
            observe?.Invoke($"layers.{stage}", x);
        }
        x = _norm.Forward(x);                                                                 // [batch, side², width]
        observe?.Invoke("norm", x);
        // Groups of rows are pieces of time: they go behind each other again, and a few rows of frequency remain.
        var rows = Config.Side / Config.Groups;
        var plane = x.View(batch, Config.Groups, rows, Config.Side, Width).Permute(0, 4, 2, 1, 3).Reshape(batch, Width, rows, Config.Steps);
        var frames = plane.Mean([2]).Transpose(1, 2).Contiguous();                           // [batch, steps, width]
        if (_tagWeight is null)
            return new EncoderOutput(scope.Keep(frames), scope.Keep(Tensor.Zeros([batch, 0], device: frames.Device)));
        var scores = plane.Conv2d(_tagWeight, _tagBias, [1], [0, 1]).Squeeze(2);               // [batch, tags, steps]
        observe?.Invoke("tscam_conv", scores);
        return new EncoderOutput(scope.Keep(frames), scope.Keep(scores.Mean([2])));
    }

    /// <summary>Stretches the image to its full length and stands the quarters of its time above each other, low bands first.</summary>
    private Tensor Fold(Tensor logMel)
    {
        var (batch, channels, bands) = (logMel.Size(0), logMel.Size(1), logMel.Size(3));
        if (logMel.Size(2) < Config.Frames)
            logMel = logMel.Contiguous().UpsampleBicubic2d([Config.Frames, bands], alignCorners: true);
        return logMel.Transpose(2, 3).Reshape(batch * channels, bands, Config.Groups, Config.ImageSize).Transpose(1, 2)
            .Reshape(batch, channels, Config.ImageSize, Config.ImageSize);
    }

    /// <summary>Releases the front end; the weights belong to their store.</summary>
    public void Dispose() => _frontEnd.Dispose();
}
