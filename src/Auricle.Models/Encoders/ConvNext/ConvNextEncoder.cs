using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.ConvNext;

/// <summary>
/// ConvNeXt for audio tagging (Pellegrini et al. 2023): images of time × frequency lie channels last; layer norms and sums
/// over positions are float32, matrix products of the chosen type. Inference is safe for concurrent use.
/// </summary>
public sealed class ConvNextEncoder : IAudioEncoder, IDisposable
{
    private const double Epsilon = 1e-6;
    private const double InputEpsilon = 1e-5;

    private readonly LogMel _logMel;
    private readonly Tensor _inputWeight, _inputBias, _inputMean, _inputVariance;
    private readonly ConvNextSampling[] _samplings;
    private readonly ConvNextBlock[][] _stages;
    private readonly LayerNorm _norm;
    private readonly Linear _head;

    /// <summary>Loads the network.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="weights">Where its weights are.</param>
    /// <param name="computeType">The element type of matrix products.</param>
    /// <param name="melFilters">The mel matrix of a checkpoint, [bins, bands]; computed where it is absent.</param>
    public ConvNextEncoder(ConvNextConfig config, Weights weights, DType computeType = DType.Float32, Tensor? melFilters = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _logMel = new LogMel(config.LogMel, melFilters, weights.Device);
        weights.OnRelease(_logMel.Dispose);
        var bands = config.LogMel.MelBands;
        _inputWeight = (weights / "bn0").Get("weight", [bands], Initialisers.Ones);
        _inputBias = (weights / "bn0").Get("bias", [bands], Initialisers.Zeros);
        _inputMean = (weights / "bn0").GetBuffer("running_mean", [bands], Initialisers.Zeros);
        _inputVariance = (weights / "bn0").GetBuffer("running_var", [bands], Initialisers.Ones);
        _samplings = new ConvNextSampling[config.Widths.Count];
        _stages = new ConvNextBlock[config.Widths.Count][];
        var blocks = config.Depths.Sum();
        var index = 0;
        for (var stage = 0; stage < _stages.Length; stage++)
        {
            var width = config.Widths[stage];
            _samplings[stage] = stage == 0
                ? ConvNextSampling.Stem(weights / "downsample_layers" / 0, config, computeType)
                : ConvNextSampling.Halving(weights / "downsample_layers" / stage, config.Widths[stage - 1], width, computeType);
            _stages[stage] = new ConvNextBlock[config.Depths[stage]];
            for (var block = 0; block < _stages[stage].Length; block++, index++)
            {
                var dropPath = blocks > 1 ? config.DropPath * index / (blocks - 1) : 0;
                _stages[stage][block] = new ConvNextBlock(weights / "stages" / stage / block, width, dropPath, config.LayerScale, computeType);
            }
        }
        _norm = new LayerNorm(weights / "norm", config.Width, Epsilon);
        _head = new Linear(weights / "head_audioset", config.Width, config.Tags, initialiser: Initialisers.TruncatedNormal(0.02));
    }

    /// <summary>The numbers of the network.</summary>
    public ConvNextConfig Config { get; }

    /// <inheritdoc/>
    public int Width => Config.Width;

    /// <inheritdoc/>
    public int ClipWidth => Config.Width;

    /// <inheritdoc/>
    public int Tags => Config.Tags;

    /// <inheritdoc/>
    public int SampleRate => Config.SampleRate;

    /// <inheritdoc/>
    public int MinimumSamples => Config.MinimumSamples;

    /// <inheritdoc/>
    public Tensor Prepare(Tensor waves) => _logMel.Forward(waves);

    /// <summary>The power spectrum before the mel filters, for inspection.</summary>
    /// <param name="waves">[batch, samples].</param>
    /// <returns>[batch, frames, bins].</returns>
    public Tensor Power(Tensor waves) => _logMel.Power(waves);

    /// <inheritdoc/>
    public EncoderOutput Encode(Tensor input, bool training = false) => Encode(input, training, null);

    /// <summary>Encodes, and shows every intermediate image on the way.</summary>
    /// <param name="logMel">[batch, 1, frames, mels] in dB.</param>
    /// <param name="training">Whether drop path and batch statistics are those of training.</param>
    /// <param name="observe">Called with <c>bn0</c>, <c>down0</c>, <c>stage0_block0</c>, <c>stage0</c> … and the image [batch, channels, frames, bands].</param>
    public EncoderOutput Encode(Tensor logMel, bool training, Action<string, Tensor>? observe)
    {
        ArgumentNullException.ThrowIfNull(logMel);
        using var scope = TensorScope.Begin();
        var image = NormaliseInput(logMel, training);                           // [batch, 1, frames, mels]
        observe?.Invoke("bn0", image);
        for (var stage = 0; stage < _stages.Length; stage++)
        {
            image = _samplings[stage].Forward(image);                            // [batch, width, frames, bands]
            observe?.Invoke($"down{stage}", image);
            for (var block = 0; block < _stages[stage].Length; block++)
            {
                image = _stages[stage][block].Forward(image, training);
                if (block == 0)
                    observe?.Invoke($"stage{stage}_block0", image);
            }
            observe?.Invoke($"stage{stage}", image);
        }
        var frames = image.To(DType.Float32).Mean([3]).Transpose(1, 2);         // [batch, frames, width]
        var clip = _norm.Forward(frames.Amax([1]).Add(frames.Mean([1])));       // [batch, width]
        return new EncoderOutput(frames.Contiguous(), clip, _head.Forward(clip)).KeptBy(scope);
    }

    /// <inheritdoc/>
    public double[] FrameTimes(long samples)
    {
        // A vector stands for the middle of as many stem columns as the halvings took together.
        var columns = 1 << (Config.Widths.Count - 1);
        var hop = (double)Config.LogMel.HopLength / SampleRate;
        var first = (columns - 1) / 2.0 * Config.StemStride - Config.StemPadding + (Config.StemKernel - 1) / 2.0;
        return FrameGrid.Even(Config.OutputFrames(samples), first * hop, columns * Config.StemStride * hop);
    }

    /// <summary>Releases the front end, as the store of the weights does too.</summary>
    public void Dispose() => _logMel.Dispose();

    private Tensor NormaliseInput(Tensor image, bool training) =>
        image.Transpose(1, 3).BatchNorm(_inputWeight, _inputBias, _inputMean, _inputVariance, training, 0.1, InputEpsilon, false).Transpose(1, 3);
}

/// <summary>The stem (convolution, then norm) or a halving of both axes (norm, then convolution).</summary>
internal sealed class ConvNextSampling
{
    private const double Epsilon = 1e-6;

    private readonly LayerNorm _norm;
    private readonly PackedConvolution _convolution;
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly bool _normFirst;
    private readonly DType _computeType;

    private ConvNextSampling(LayerNorm norm, PackedConvolution convolution, long[] stride, long[] padding, bool normFirst, DType computeType) =>
        (_norm, _convolution, _stride, _padding, _normFirst, _computeType) = (norm, convolution, stride, padding, normFirst, computeType);

    public static ConvNextSampling Stem(Weights weights, ConvNextConfig config, DType computeType) => new(
        new LayerNorm(weights / 1, config.Widths[0], Epsilon),
        new PackedConvolution(weights / 0, [config.Widths[0], 1, config.StemKernel, config.StemKernel], computeType),
        [config.StemStride, config.StemStride],
        [config.StemPadding, 0],
        normFirst: false,
        computeType);

    public static ConvNextSampling Halving(Weights weights, int inputs, int outputs, DType computeType) => new(
        new LayerNorm(weights / 0, inputs, Epsilon),
        new PackedConvolution(weights / 1, [outputs, inputs, 2, 2], computeType),
        [2, 2],
        [0, 0],
        normFirst: true,
        computeType);

    /// <param name="image">[batch, inputs, frames, bands].</param>
    public Tensor Forward(Tensor image)
    {
        if (_normFirst)
            return _convolution.Forward(ChannelNorm.Forward(_norm, image), _stride, _padding);
        var input = image.To(_computeType).Contiguous(MemoryFormat.ChannelsLast);
        return ChannelNorm.Forward(_norm, _convolution.Forward(input, _stride, _padding));
    }
}

/// <summary>Depthwise 7×7 → norm → widen fourfold → GELU → back → layer scale → add (Liu et al. 2022, figure 4).</summary>
internal sealed class ConvNextBlock
{
    private const double Epsilon = 1e-6;
    private const int Kernel = 7;
    private const int Expansion = 4;

    private readonly int _width;
    private readonly double _dropPath;
    private readonly PackedConvolution _depthwise, _widen, _narrow;
    private readonly LayerNorm _norm;

    public ConvNextBlock(Weights weights, int width, double dropPath, double layerScale, DType computeType)
    {
        _width = width;
        _dropPath = dropPath;
        var scale = weights.Get("scale_layer", [width], Initialisers.Constant(layerScale));
        _depthwise = new PackedConvolution(weights / "dwconv", [width, 1, Kernel, Kernel], computeType);
        _norm = new LayerNorm(weights / "norm", width, Epsilon);
        // 1×1 convolutions of images that lie channels last run twice as fast as the same matrix product.
        _widen = new PackedConvolution(weights / "pwconv1", [Expansion * width, width], computeType);
        _narrow = new PackedConvolution(weights / "pwconv2", [width, Expansion * width], computeType, scale);
    }

    /// <param name="image">[batch, width, height, bands], channels last.</param>
    /// <param name="training">Whether paths are dropped.</param>
    public Tensor Forward(Tensor image, bool training) => Checkpointing.Run(input => Compute(input, training), image);

    private Tensor Compute(Tensor image, bool training)
    {
        using var scope = TensorScope.Begin();
        var branch = _depthwise.Forward(image, [1], [Kernel / 2], _width);
        branch = _widen.Forward(ChannelNorm.Forward(_norm, branch), [1], [0]).Permute(0, 2, 3, 1); // [batch, height, bands, 4 width]
        if (training)
            branch = branch.Gelu();
        else
            branch.GeluInPlace();
        branch = _narrow.Forward(branch.Permute(0, 3, 1, 2), [1], [0]);
        if (training)
            return scope.Keep(image.Add(DropPath.Apply(branch, _dropPath)));
        branch.AddInPlace(image);
        return scope.Keep(branch);
    }
}

/// <summary>Layer norm over the channels of every position of an image.</summary>
internal static class ChannelNorm
{
    /// <param name="norm">Over the channels.</param>
    /// <param name="image">[batch, channels, height, width], lying channels last, so that the permutation moves nothing.</param>
    public static Tensor Forward(LayerNorm norm, Tensor image) =>
        norm.Forward(image.Permute([0, 2, 3, 1])).Permute([0, 3, 1, 2]);
}

/// <summary>
/// A convolution whose weight lies channels last in the element type of the computation, times a scale for each output. A
/// model that only predicts prepares it once; one in training does so in every step, so that gradients reach the float32
/// originals.
/// </summary>
internal sealed class PackedConvolution
{
    private readonly Tensor _weight, _bias;
    private readonly Tensor? _scale;
    private readonly long[] _kernel;
    private readonly DType _computeType;
    private readonly Tensor? _packedWeight, _packedBias;

    /// <summary>Loads <c>weight</c> of the given shape and <c>bias</c>, one for each of its first dimension.</summary>
    public PackedConvolution(Weights weights, ReadOnlySpan<long> shape, DType computeType, Tensor? scale = null)
    {
        _weight = weights.Get("weight", shape, Initialisers.TruncatedNormal(0.02));
        _bias = weights.Get("bias", [shape[0]], Initialisers.Zeros);
        _scale = scale;
        _computeType = computeType;
        // The pointwise layers are stored as matrices.
        _kernel = shape.Length == 4 ? shape.ToArray() : [shape[0], shape[1], 1, 1];
        if (weights.IsTrainable)
            return;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        _packedWeight = PackWeight().Own();
        _packedBias = PackBias().Own();
        weights.OnRelease(_packedWeight.Dispose);
        weights.OnRelease(_packedBias.Dispose);
    }

    /// <param name="image">[batch, channels, height, width], channels last.</param>
    /// <param name="stride">Steps down and right.</param>
    /// <param name="padding">Zeros above and below, left and right.</param>
    /// <param name="groups">Groups of channels.</param>
    public Tensor Forward(Tensor image, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, long groups = 1) =>
        image.Conv2d(_packedWeight ?? PackWeight(), _packedBias ?? PackBias(), stride, padding, [1], groups);

    private Tensor PackWeight()
    {
        var scaled = _scale is null ? _weight.View(_kernel) : _weight.View(_kernel).Mul(_scale.View(-1, 1, 1, 1));
        // Cloned, since a weight that needs no conversion would be the store's own tensor.
        return scaled.To(_computeType).Clone(MemoryFormat.ChannelsLast);
    }

    private Tensor PackBias() => (_scale is null ? _bias : _bias.Mul(_scale)).To(_computeType, copy: true);
}
