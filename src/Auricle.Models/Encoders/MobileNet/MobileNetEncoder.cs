using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.MobileNet;

/// <summary>
/// MobileNetV3 for audio tagging (EfficientAT, Schmid et al. 2023, <c>models/mn/model.py</c>): a convolution, fifteen inverted
/// residuals, a pointwise convolution, global average, one hidden layer. Images of mel × time lie channels last. A model that only
/// predicts has its batch norms folded into the convolutions. Inference is safe for concurrent use.
/// </summary>
public sealed class MobileNetEncoder : IAudioEncoder, IDisposable
{
    // Howard et al. 2019, table 1: kernel, widened channels, outputs, squeeze-and-excitation, activation, stride.
    private static readonly BlockShape[] Blocks =
    [
        new(3, 16, 16, false, Activation.Relu, 1),
        new(3, 64, 24, false, Activation.Relu, 2),
        new(3, 72, 24, false, Activation.Relu, 1),
        new(5, 72, 40, true, Activation.Relu, 2),
        new(5, 120, 40, true, Activation.Relu, 1),
        new(5, 120, 40, true, Activation.Relu, 1),
        new(3, 240, 80, false, Activation.Hardswish, 2),
        new(3, 200, 80, false, Activation.Hardswish, 1),
        new(3, 184, 80, false, Activation.Hardswish, 1),
        new(3, 184, 80, false, Activation.Hardswish, 1),
        new(3, 480, 112, true, Activation.Hardswish, 1),
        new(3, 672, 112, true, Activation.Hardswish, 1),
        new(5, 672, 160, true, Activation.Hardswish, 2),
        new(5, 960, 160, true, Activation.Hardswish, 1),
        new(5, 960, 160, true, Activation.Hardswish, 1),
    ];

    private const int StemChannels = 16;
    private const int HiddenChannels = 1280;

    private readonly KaldiMel _frontEnd;
    private readonly NormedConvolution _stem, _last;
    private readonly InvertedResidual[] _blocks;
    private readonly Linear? _hidden, _head;
    private readonly DType _compute;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="weights">The place of <c>features</c> and <c>classifier</c>.</param>
    /// <param name="compute">The element type of the convolutions: float32 or bfloat16.</param>
    public MobileNetEncoder(MobileNetConfig config, Weights weights, DType compute = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _compute = compute;
        _frontEnd = new KaldiMel(config.Mel, weights.Device);
        weights.OnRelease(_frontEnd.Dispose);
        var features = weights / "features";
        var channels = config.Channels(StemChannels);
        _stem = ConvolutionUnit.Create(features / 0, 1, channels, 3, 2, false, Activation.Hardswish, compute);
        _blocks = new InvertedResidual[Blocks.Length];
        for (var i = 0; i < Blocks.Length; i++)
        {
            _blocks[i] = new InvertedResidual(features / (i + 1) / "block", channels, Blocks[i], config, compute);
            channels = config.Channels(Blocks[i].Outputs);
        }
        _last = ConvolutionUnit.Create(features / (Blocks.Length + 1), channels, config.Width, 1, 1, false, Activation.Hardswish, compute);
        if (config.Tags == 0)
            return;
        _hidden = Dense(weights / "classifier" / 2, config.Width, config.Channels(HiddenChannels));
        _head = Dense(weights / "classifier" / 5, config.Channels(HiddenChannels), config.Tags);

        static Linear Dense(Weights place, int inputs, int outputs) =>
            new(place, inputs, outputs, initialiser: Initialisers.Normal(0.01), biasInitialiser: Initialisers.Zeros);
    }

    /// <summary>The sizes.</summary>
    public MobileNetConfig Config { get; }

    /// <inheritdoc/>
    public int Width => Config.Width;

    /// <inheritdoc/>
    public int ClipWidth => Config.Width;

    /// <inheritdoc/>
    public int Tags => Config.Tags;

    /// <inheritdoc/>
    public int SampleRate => Config.SampleRate;

    /// <inheritdoc/>
    public int MinimumSamples => _frontEnd.MinimumSamples;

    /// <inheritdoc/>
    /// <returns>[batch, 1, mels, frames].</returns>
    public Tensor Prepare(Tensor waves) => _frontEnd.Forward(waves);

    /// <inheritdoc/>
    public EncoderOutput Encode(Tensor input, bool training = false) => Encode(input, training, null);

    /// <summary>Encodes, and shows every intermediate image on the way.</summary>
    /// <param name="input">[batch, 1, mels, frames], from <see cref="Prepare"/>.</param>
    /// <param name="training">Whether dropout and batch statistics are those of training. Gradients flow either way, so that a network can be
    /// fine-tuned with its statistics kept.</param>
    /// <param name="observe">Called with <c>features.0</c> … <c>features.16</c> and the image [batch, channels, bands, frames].</param>
    public EncoderOutput Encode(Tensor input, bool training, Action<string, Tensor>? observe)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = TensorScope.Begin();
        var x = input.To(_compute).Contiguous(MemoryFormat.ChannelsLast);
        x = _stem.Forward(x, training);                                             // [batch, 16 w, mels / 2, frames / 2]
        observe?.Invoke("features.0", x);
        for (var i = 0; i < _blocks.Length; i++)
        {
            x = _blocks[i].Forward(x, training);
            observe?.Invoke($"features.{i + 1}", x);
        }
        x = _last.Forward(x, training);                                             // [batch, 960 w, mels / 32, frames / 32]
        observe?.Invoke($"features.{_blocks.Length + 1}", x);
        var frames = x.Mean([2], keepdim: false, DType.Float32).Transpose(1, 2);      // [batch, frames / 32, 960 w]
        var clip = frames.Mean([1]);                                                // [batch, 960 w]
        return new EncoderOutput(frames, clip, Classify(clip, training)).KeptBy(scope);
    }

    /// <summary>The tags of means of frame vectors, over a clip or over any stretch of it.</summary>
    /// <param name="means">[…, 960 w].</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <returns>[…, tags], before the sigmoid; <see langword="null"/> without a head for tags.</returns>
    public Tensor? Classify(Tensor means, bool training = false) =>
        _head?.Forward(_hidden!.Forward(means).Hardswish().Dropout(Config.HeadDropout, training));

    /// <inheritdoc/>
    public double[] FrameTimes(long samples)
    {
        // Five times every second position is kept, beginning with the first, so vectors stay centred on the frame they come from.
        const int Halvings = 5;
        var count = Config.Mel.Frames(samples);
        for (var i = 0; i < Halvings; i++)
            count = (count + 1) / 2;
        return FrameGrid.Even(count, 0, (double)(Config.Mel.HopLength << Halvings) / SampleRate);
    }

    /// <summary>Releases the front end; the weights belong to their store.</summary>
    public void Dispose() => _frontEnd.Dispose();
}

/// <summary>The numbers of an <see cref="InvertedResidual"/> in the plain network.</summary>
internal readonly record struct BlockShape(int Kernel, int Widened, int Outputs, bool Squeezes, Activation Activation, int Stride);

/// <summary>
/// Widen by a pointwise convolution, mix neighbours in every channel by itself, weigh the channels, narrow; added to the input where
/// the shapes agree (<c>models/mn/block_types.py</c>, InvertedResidual).
/// </summary>
internal sealed class InvertedResidual
{
    private readonly NormedConvolution? _widen;
    private readonly NormedConvolution _depthwise, _narrow;
    private readonly SqueezeExcitation? _squeeze;
    private readonly bool _adds, _isTrainable;

    public InvertedResidual(Weights weights, int inputs, BlockShape shape, MobileNetConfig config, DType compute)
    {
        var widened = config.Channels(shape.Widened);
        var outputs = config.Channels(shape.Outputs);
        var index = 0;
        if (widened != inputs)
            _widen = ConvolutionUnit.Create(weights / index++, inputs, widened, 1, 1, false, shape.Activation, compute);
        _depthwise = ConvolutionUnit.Create(weights / index++, widened, widened, shape.Kernel, shape.Stride, true, shape.Activation, compute);
        if (shape.Squeezes)
            _squeeze = new SqueezeExcitation(weights / index++ / "conc_se_layers" / 0, widened);
        _narrow = ConvolutionUnit.Create(weights / index, widened, outputs, 1, 1, false, Activation.None, compute);
        _adds = shape.Stride == 1 && inputs == outputs;
        _isTrainable = weights.IsTrainable;
    }

    /// <param name="image">[batch, inputs, bands, frames], channels last.</param>
    /// <param name="training">Whether batch statistics are those of training.</param>
    /// <returns>[batch, outputs, bands / stride, frames / stride], rounded up.</returns>
    public Tensor Forward(Tensor image, bool training) => Checkpointing.Run(input => Compute(input, training), image);

    private Tensor Compute(Tensor image, bool training)
    {
        using var scope = TensorScope.Begin();
        var x = _widen?.Forward(image, training) ?? image;
        x = _depthwise.Forward(x, training);
        if (_squeeze?.Weigh(x) is { } weight)
        {
            if (_isTrainable)
                x = x.Mul(weight);
            else
                x.MulInPlace(weight);
        }
        x = _narrow.Forward(x, training);
        if (!_adds)
            return scope.Keep(x);
        if (_isTrainable)
            return scope.Keep(x.Add(image));
        x.AddInPlace(image);
        return scope.Keep(x);
    }
}

/// <summary>Weighs every channel by what a small network makes of the means of all (<c>block_types.py</c>, ConcurrentSEBlock over channels).</summary>
internal sealed class SqueezeExcitation(Weights weights, int channels)
{
    private readonly Linear _squeeze = new(weights / "fc1", channels, Squeezed(channels));
    private readonly Linear _excite = new(weights / "fc2", Squeezed(channels), channels);

    /// <param name="image">[batch, channels, bands, frames].</param>
    /// <returns>[batch, channels, 1, 1], each between 0 and 1, in the element type of the image.</returns>
    public Tensor Weigh(Tensor image)
    {
        using var scope = TensorScope.Begin();
        var means = image.Mean([2, 3], keepdim: false, DType.Float32);
        var weight = _excite.Forward(_squeeze.Forward(means).Relu()).Sigmoid();
        return scope.Keep(weight.To(image.DType).Unsqueeze(2).Unsqueeze(3));
    }

    private static int Squeezed(int channels) => MobileNetConfig.Divisible(channels / 4);
}

/// <summary>Makes the convolution units of the network: <c>0</c> is the convolution, <c>1</c> its norm.</summary>
internal static class ConvolutionUnit
{
    private const double Epsilon = 1e-3;
    private const double Momentum = 0.01;

    public static NormedConvolution Create(
        Weights place, int inputs, int outputs, int kernel, int stride, bool isDepthwise, Activation activation, DType compute) => new(
            place / 0, place / 1, [outputs, isDepthwise ? 1 : inputs, kernel, kernel], activation, compute, stride, isDepthwise ? outputs : 1,
            (weights, channels) => new BatchNorm(weights, channels, Epsilon, Momentum));
}
