using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Cnn;

/// <summary>
/// The convolutional tagger of PANNs (Kong et al. 2020) in any size: pairs of 3×3 convolutions with batch norm and
/// ReLU, average pooling between them, mean over frequency, maximum plus mean over time, one hidden layer. CoNeTTE's
/// paper uses CNN14 as its second encoder; <c>auricle-small</c> is built on a narrow one.
/// </summary>
public sealed class CnnEncoder : IAudioEncoder, IDisposable
{
    private readonly LogMel _frontEnd;
    private readonly BatchNorm _inputNorm;
    private readonly CnnBlock[] _blocks;
    private readonly Linear _embedding;
    private readonly Linear _head;
    private readonly DType _compute;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="weights">The place of <c>bn0</c>, <c>conv_block1</c> and so on.</param>
    /// <param name="compute">The element type of the convolutions: float32 or bfloat16.</param>
    /// <param name="melFilters">The mel matrix of a checkpoint, [bins, bands]; computed where it is absent.</param>
    public CnnEncoder(CnnConfig config, Weights weights, DType compute = DType.Float32, Tensor? melFilters = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config is { FramesHaveTags: true, PoolFrames: 0 })
            throw new ArgumentException("Frame vectors have tags only where windows are pooled; set pool_frames too.", nameof(config));
        Config = config;
        _compute = compute;
        _frontEnd = new LogMel(config.LogMel, melFilters, weights.Device);
        weights.OnRelease(_frontEnd.Dispose);
        _inputNorm = new BatchNorm(weights / "bn0", config.LogMel.MelBands);
        _blocks = new CnnBlock[config.Widths.Count];
        for (var i = 0; i < _blocks.Length; i++)
        {
            var isLast = i == _blocks.Length - 1;
            _blocks[i] = new CnnBlock(
                weights / $"conv_block{i + 1}", i == 0 ? 1 : config.Widths[i - 1], config.Widths[i], i == 0 ? config.FirstStride : 1, !isLast || config.PoolsLastBlock);
        }
        _embedding = new Linear(weights / "fc1", config.Widths[^1], config.EmbeddingWidth);
        // Training starts where every tag is as likely as one of all: the first steps are not spent on learning that.
        _head = new Linear(
            weights / "fc_audioset", config.EmbeddingWidth, config.Tags,
            initialiser: Initialisers.Normal(0.01), biasInitialiser: Initialisers.Constant(-Math.Log(Math.Max(1, config.Tags - 1))));
    }

    /// <summary>The sizes.</summary>
    public CnnConfig Config { get; }

    /// <inheritdoc/>
    public int Width => Config.Width;

    /// <inheritdoc/>
    public int ClipWidth => Config.EmbeddingWidth;

    /// <inheritdoc/>
    public int Tags => Config.Tags;

    /// <inheritdoc/>
    public int SampleRate => Config.SampleRate;

    /// <inheritdoc/>
    public int MinimumSamples
    {
        get
        {
            // Every pooling halves and rounds down; one frame must be left at the end.
            var halvings = _blocks.Count(block => block.Pools);
            var frames = Config.FirstStride << halvings;
            return Math.Max(_frontEnd.MinimumSamples, (frames - 1) * Config.LogMel.HopLength);
        }
    }

    /// <inheritdoc/>
    public Tensor Prepare(Tensor waves)
    {
        using var scope = TensorScope.Begin();
        var logMel = _frontEnd.Forward(waves);
        return scope.Keep(Config.DynamicRange > 0 ? logMel.Maximum(logMel.Amax([1, 2, 3], keepdim: true).Sub(Config.DynamicRange)) : logMel);
    }

    /// <inheritdoc/>
    public EncoderOutput Encode(Tensor input, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = TensorScope.Begin();
        var x = _inputNorm.Forward(input.Transpose(1, 3), training).Transpose(1, 3);        // [batch, 1, frames, mels]
        x = x.To(_compute).Contiguous(MemoryFormat.ChannelsLast);
        foreach (var block in _blocks)
            x = Drop(block.Forward(x, training), Config.BlockDropout, training);            // [batch, width, frames, mels]
        var frames = x.To(DType.Float32).Mean([3]).Transpose(1, 2);                         // [batch, frames, width]
        if (Config.PoolFrames > 0)
        {
            var size = Math.Min(Config.PoolFrames, frames.Size(1));
            var windows = Embed(frames.Unfold(1, size, 1), 3, training);                    // [batch, windows, embedding]
            var logits = _head.Forward(windows.Dropout(Config.HeadDropout, training));       // [batch, windows, tags]
            var vectors = Config.FramesHaveTags ? Tensor.Cat([windows, logits.Softmax(2).Mul(Math.Sqrt(Config.Tags))], 2) : windows;
            var ofClip = logits.Logsumexp([1]).Sub(Math.Log(logits.Size(1)));
            return new EncoderOutput(vectors, windows.Mean([1]), ofClip) { FrameTagLogits = logits }.KeptBy(scope);
        }
        var clip = Embed(frames, 1, training);                                              // [batch, embedding]
        return new EncoderOutput(frames, clip, _head.Forward(clip.Dropout(Config.HeadDropout, training))).KeptBy(scope);
    }

    /// <inheritdoc/>
    public double[] FrameTimes(long samples)
    {
        // The first convolution steps over frames; then each pooling takes the middle of two.
        var halvings = _blocks.Count(block => block.Pools);
        var frames = ((Config.LogMel.Frames(samples) - 1) / Config.FirstStride + 1) >> halvings;
        var step = (double)(Config.FirstStride << halvings) * Config.LogMel.HopLength / SampleRate;
        var first = (double)Config.FirstStride * ((1 << halvings) - 1) / 2 * Config.LogMel.HopLength / SampleRate;
        if (Config.PoolFrames == 0)
            return FrameGrid.Even(frames, first, step);
        var size = Math.Min(Config.PoolFrames, frames);
        return FrameGrid.Even(frames - size + 1, first + (size - 1) * step / 2, step);
    }

    private Tensor Embed(Tensor frames, long time, bool training) =>
        _embedding.Forward(frames.Amax([time]).Add(frames.Mean([time])).Dropout(Config.HeadDropout, training)).Relu();

    // libtorch draws a mask even for a share of zero, one number after the other, which costs as much as a convolution.
    private static Tensor Drop(Tensor x, double share, bool training) => share > 0 ? x.Dropout(share, training) : x;

    /// <summary>Releases the front end; the weights belong to their store.</summary>
    public void Dispose() => _frontEnd.Dispose();
}

/// <summary>Two 3×3 convolutions, each with batch norm and ReLU, then average pooling by two.</summary>
internal sealed class CnnBlock
{
    private readonly ComputeWeight _first;
    private readonly ComputeWeight _second;
    private readonly BatchNorm _firstNorm;
    private readonly BatchNorm _secondNorm;
    private readonly long _stride;

    public CnnBlock(Weights weights, long inputs, long outputs, long stride, bool pools)
    {
        _first = Kernel(weights / "conv1", inputs, outputs);
        _second = Kernel(weights / "conv2", outputs, outputs);
        _firstNorm = new BatchNorm(weights / "bn1", outputs);
        _secondNorm = new BatchNorm(weights / "bn2", outputs);
        _stride = stride;
        Pools = pools;
    }

    public bool Pools { get; }

    public Tensor Forward(Tensor input, bool training)
    {
        // An image of one channel has no channel order, so libtorch would go on in the slower one.
        var x = input.Conv2d(_first.As(input.DType), null, [_stride, _stride], [1, 1]).Contiguous(MemoryFormat.ChannelsLast);
        x = _firstNorm.Forward(x, training).Relu();
        x = _secondNorm.Forward(x.Conv2d(_second.As(x.DType), null, [1, 1], [1, 1]), training).Relu();
        return Pools ? x.AvgPool2d([2, 2]) : x;
    }

    // He et al. 2015: convolutions that ReLU follows keep their variance with gain √2.
    private static ComputeWeight Kernel(Weights weights, long inputs, long outputs) =>
        new(weights, weights.Get("weight", [outputs, inputs, 3, 3], Initialisers.Uniform(Math.Sqrt(6.0 / (9 * inputs)))));
}
