using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Cnn;

/// <summary>
/// The convolutional tagger of PANNs (Kong et al. 2020, <c>pytorch/models.py</c>) in any size: pairs of 3×3 convolutions with batch
/// norm and ReLU, average pooling between them, mean over frequency, maximum plus mean over time, one hidden layer; or with a decision
/// for every frame. CoNeTTE's paper uses CNN14 as its second encoder. A model that only
/// predicts has its batch norms folded into the convolutions. Inference is safe for concurrent use.
/// </summary>
public sealed class CnnEncoder : IAudioEncoder, IDisposable
{
    private readonly LogMel _frontEnd;
    private readonly BatchNorm _inputNorm;
    private readonly CnnBlock[] _blocks;
    private readonly Linear _embedding;
    private readonly Linear? _head, _projection;
    private readonly AttentionHead? _attention;
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
        if (config.Decision != CnnDecision.Clip && config is not { PoolFrames: 0, ProjectionWidth: 0, Tags: > 0 })
            throw new ArgumentException("Tags decided on for every frame go with neither pool_frames nor projection_width, and there must be tags.", nameof(config));
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
                weights / $"conv_block{i + 1}", i == 0 ? 1 : config.Widths[i - 1], config.Widths[i], config, compute, i == 0 ? config.FirstStride : 1,
                pools: !isLast || config.PoolsLastBlock);
        }
        _embedding = new Linear(weights / "fc1", config.Widths[^1], config.EmbeddingWidth);
        if (config.ProjectionWidth > 0)
            _projection = new Linear(weights / "fc2", config.EmbeddingWidth, config.ProjectionWidth);
        if (config.Decision == CnnDecision.Attention)
            _attention = new AttentionHead(weights / "att_block", config.EmbeddingWidth, config.Tags);
        else if (config.Tags > 0)
        {
            // Training starts where every tag is as likely as one of all: the first steps are not spent on learning that.
            _head = new Linear(
                weights / "fc_audioset", config.EmbeddingWidth, config.Tags,
                initialiser: Initialisers.Normal(0.01), biasInitialiser: Initialisers.Constant(-Math.Log(Math.Max(1, config.Tags - 1))));
        }
    }

    /// <summary>The sizes.</summary>
    public CnnConfig Config { get; }

    /// <inheritdoc/>
    public int Width => Config.Width;

    /// <inheritdoc/>
    public int ClipWidth => Config.ClipWidth;

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
    public EncoderOutput Encode(Tensor input, bool training = false) => Encode(input, training, null);

    /// <summary>Encodes, and shows what comes in between.</summary>
    /// <param name="input">[batch, 1, frames, mels], from <see cref="Prepare"/>.</param>
    /// <param name="training">Whether dropout and batch statistics are those of training. Gradients flow either way.</param>
    /// <param name="observe">
    /// Called with <c>bn0</c> and the image [batch, 1, frames, mels]; <c>block1</c> … and [batch, width, frames, bands]; <c>pooled</c> and
    /// [batch, width]; <c>norm_att</c> and the attention [batch, frames, tags].
    /// </param>
    public EncoderOutput Encode(Tensor input, bool training, Action<string, Tensor>? observe)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = TensorScope.Begin();
        var x = _inputNorm.Forward(input.Transpose(1, 3), training).Transpose(1, 3);        // [batch, 1, frames, mels]
        observe?.Invoke("bn0", x);
        x = x.To(_compute).Contiguous(MemoryFormat.ChannelsLast);
        for (var i = 0; i < _blocks.Length; i++)
        {
            x = Drop(_blocks[i].Forward(x, training), Config.BlockDropout, training);       // [batch, width, frames, mels]
            observe?.Invoke($"block{i + 1}", x);
        }
        var frames = x.To(DType.Float32).Mean([3]).Transpose(1, 2);                         // [batch, frames, width]
        if (Config.Decision != CnnDecision.Clip)
            return Decide(frames, training, observe).KeptBy(scope);
        if (Config.PoolFrames > 0)
        {
            var size = Math.Min(Config.PoolFrames, frames.Size(1));
            var windows = Embed(frames.Unfold(1, size, 1), 3, training);                    // [batch, windows, embedding]
            var logits = _head?.Forward(windows.Dropout(Config.HeadDropout, training));      // [batch, windows, tags]
            var vectors = Config.FramesHaveTags ? Tensor.Cat([windows, logits!.Softmax(2).Mul(Math.Sqrt(Config.Tags))], 2) : windows;
            var ofClip = logits?.Logsumexp([1]).Sub(Math.Log(logits.Size(1)));
            return new EncoderOutput(vectors, windows.Mean([1]), ofClip) { FrameTagLogits = logits }.KeptBy(scope);
        }
        var clip = Embed(frames, 1, training, observe);                                     // [batch, embedding]
        var dropped = clip.Dropout(Config.HeadDropout, training);
        return new EncoderOutput(frames, _projection?.Forward(dropped) ?? clip, _head?.Forward(dropped)).KeptBy(scope);
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

    private Tensor Embed(Tensor frames, long time, bool training, Action<string, Tensor>? observe = null)
    {
        var pooled = frames.Amax([time]).Add(frames.Mean([time]));
        observe?.Invoke("pooled", pooled);
        return _embedding.Forward(pooled.Dropout(Config.HeadDropout, training)).Relu();
    }

    // Every frame with its neighbours has an embedding and tags of its own; the clip's are made of them as probabilities.
    private EncoderOutput Decide(Tensor frames, bool training, Action<string, Tensor>? observe)
    {
        var series = frames.Transpose(1, 2);                                                // [batch, width, frames]
        var smooth = series.MaxPool1d([3], [1], [1]).Add(series.AvgPool1d([3], [1], [1])).Transpose(1, 2);
        var vectors = _embedding.Forward(smooth.Dropout(Config.HeadDropout, training)).Relu();
        var dropped = vectors.Dropout(Config.HeadDropout, training);                        // [batch, frames, embedding]
        var logits = _attention?.Classify(dropped) ?? _head!.Forward(dropped);              // [batch, frames, tags]
        var attention = _attention?.LogWeights(dropped);
        if (attention is not null)
            observe?.Invoke("norm_att", attention.Exp());
        var clip = Config.Decision == CnnDecision.Maximum ? logits.Amax([1]) : LogitOfMean(logits, attention);
        return new EncoderOutput(vectors, vectors.Mean([1]), clip) { FrameTagLogits = logits };
    }

    // The logit of a mean of probabilities, from their logits: ln Σ w p − ln Σ w (1 − p), which no rounding of p to 0 or 1 disturbs.
    private static Tensor LogitOfMean(Tensor logits, Tensor? logWeights)
    {
        var (yes, no) = (logits.LogSigmoid(), logits.Neg().LogSigmoid());
        if (logWeights is not null)
            (yes, no) = (yes.Add(logWeights), no.Add(logWeights));
        return yes.Logsumexp([1]).Sub(no.Logsumexp([1]));
    }

    // libtorch draws a mask even for a share of zero, one number after the other, which costs as much as a convolution.
    private static Tensor Drop(Tensor x, double share, bool training) => share > 0 ? x.Dropout(share, training) : x;

    /// <summary>Releases the front end; the weights belong to their store.</summary>
    public void Dispose() => _frontEnd.Dispose();
}

/// <summary>Convolutions, each with batch norm and ReLU, then average pooling by two (ConvBlock and, with one convolution, ConvBlock5x5).</summary>
internal sealed class CnnBlock
{
    private readonly NormedConvolution[] _convolutions;

    public CnnBlock(Weights weights, long inputs, long outputs, CnnConfig config, DType compute, long stride, bool pools)
    {
        _convolutions = [.. Enumerable.Range(1, config.ConvolutionsPerBlock).Select(i => new NormedConvolution(
            weights / $"conv{i}", weights / $"bn{i}", [outputs, i == 1 ? inputs : outputs, config.Kernel, config.Kernel], Activation.Relu, compute,
            i == 1 ? stride : 1))];
        Pools = pools;
    }

    public bool Pools { get; }

    /// <param name="image">[batch, inputs, frames, bands], channels last.</param>
    /// <param name="training">Whether batch statistics are those of training.</param>
    public Tensor Forward(Tensor image, bool training) => Checkpointing.Run(input => Compute(input, training), image);

    private Tensor Compute(Tensor image, bool training)
    {
        using var scope = TensorScope.Begin();
        foreach (var convolution in _convolutions)
            image = convolution.Forward(image, training);
        return scope.Keep(Pools ? image.AvgPool2d([2, 2]) : image);
    }
}

/// <summary>Tags of every frame, and how much each frame counts for each (AttBlock).</summary>
internal sealed class AttentionHead(Weights weights, long inputs, long tags)
{
    // How far from even the attention may be, before the softmax.
    private const double Limit = 10;

    private readonly Pointwise _attention = new(weights / "att", inputs, tags);
    private readonly Pointwise _classes = new(weights / "cla", inputs, tags);

    /// <param name="frames">[batch, frames, inputs].</param>
    /// <returns>Logits, [batch, frames, tags].</returns>
    public Tensor Classify(Tensor frames) => _classes.Forward(frames);

    /// <param name="frames">[batch, frames, inputs].</param>
    /// <returns>Logarithms of weights that are 1 together over the frames, [batch, frames, tags].</returns>
    public Tensor LogWeights(Tensor frames) => _attention.Forward(frames).Clamp(-Limit, Limit).LogSoftmax(1);

    /// <summary>A linear layer that is stored as a convolution of one step.</summary>
    private sealed class Pointwise(Weights weights, long inputs, long outputs)
    {
        private readonly Tensor _weight = weights.Get("weight", [outputs, inputs, 1], Initialisers.XavierUniform);
        private readonly Tensor _bias = weights.Get("bias", [outputs], Initialisers.Zeros);

        public Tensor Forward(Tensor frames) => frames.Linear(_weight.Squeeze(2), _bias);
    }
}
