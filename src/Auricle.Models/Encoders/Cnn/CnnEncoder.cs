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
    public int SampleRate => Config.LogMel.SampleRate;

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
    public Tensor LogMel(Tensor waves)
    {
        using var scope = TensorScope.Begin();
        var logMel = _frontEnd.Forward(waves);
        return scope.Keep(Config.DynamicRange > 0 ? logMel.Maximum(logMel.Amax([1, 2, 3], keepdim: true).Sub(Config.DynamicRange)) : logMel);
    }

    /// <inheritdoc/>
    public EncoderOutput Encode(Tensor logMel, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(logMel);
        using var scope = TensorScope.Begin();
        var x = _inputNorm.Forward(logMel.Transpose(1, 3), training).Transpose(1, 3);        // [batch, 1, frames, mels]
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
            return new EncoderOutput(scope.Keep(vectors), scope.Keep(logits.Logsumexp([1]).Sub(Math.Log(logits.Size(1)))));
        }
        var clip = Embed(frames, 1, training).Dropout(Config.HeadDropout, training);        // [batch, embedding]
        return new EncoderOutput(scope.Keep(frames), scope.Keep(_head.Forward(clip)));
    }

    /// <summary>The embedding of whole clips that PANNs are used for, behind the hidden layer.</summary>
    /// <param name="frames">[batch, frames, width], from <see cref="Encode"/> of an encoder without windows.</param>
    /// <returns>[batch, embedding width].</returns>
    public Tensor EmbedClip(Tensor frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        using var scope = TensorScope.Begin();
        return scope.Keep(Embed(frames, 1, training: false));
    }

    private Tensor Embed(Tensor frames, long time, bool training) =>
        _embedding.Forward(frames.Amax([time]).Add(frames.Mean([time])).Dropout(Config.HeadDropout, training)).Relu();

    // libtorch draws a mask even for a share of zero, one number after the other, which costs as much as a convolution.
    private static Tensor Drop(Tensor x, double share, bool training) => share > 0 ? x.Dropout(share, training) : x;

    /// <summary>Releases the front end; the weights belong to their store.</summary>
    public void Dispose() => _frontEnd.Dispose();
}
