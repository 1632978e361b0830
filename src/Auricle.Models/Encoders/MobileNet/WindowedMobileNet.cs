using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.MobileNet;

/// <summary>
/// A pretrained <see cref="MobileNetEncoder"/> whose last map is also heard in overlapping windows, with tags of its own beside the network's.
/// The network stays as it is; a linear layer over means of its map gives the own tags, of the clip and of every window. A frame vector
/// tells the tags of a window and those of the clip. Inference is safe for concurrent use.
/// </summary>
public sealed class WindowedMobileNet : IAudioEncoder, IDisposable
{
    private readonly Linear _own;
    private readonly Tensor _mean, _scale;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="weights">The place of <c>network</c> and <c>own</c>.</param>
    /// <param name="compute">The element type of the convolutions: float32 or bfloat16.</param>
    public WindowedMobileNet(WindowedMobileNetConfig config, Weights weights, DType compute = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        Network = new MobileNetEncoder(config.Network, weights / "network", compute);
        _own = new Linear(weights / "own", config.Network.Width, config.OwnTags, initialiser: Initialisers.Zeros, biasInitialiser: Initialisers.Zeros);
        _mean = (weights / "own").GetBuffer("mean", [config.Network.Width], Initialisers.Zeros);
        _scale = (weights / "own").GetBuffer("scale", [config.Network.Width], Initialisers.Ones);
    }

    /// <summary>The sizes.</summary>
    public WindowedMobileNetConfig Config { get; }

    /// <summary>The pretrained network.</summary>
    public MobileNetEncoder Network { get; }

    /// <inheritdoc/>
    public int Width => Config.Width;

    /// <inheritdoc/>
    public int ClipWidth => Config.Network.Width;

    /// <inheritdoc/>
    public int Tags => Config.Tags;

    /// <inheritdoc/>
    public int SampleRate => Config.SampleRate;

    /// <inheritdoc/>
    public int MinimumSamples => 2;

    private int Shortest => Math.Max((int)(Config.ShortestSeconds * SampleRate), Network.MinimumSamples);

    /// <inheritdoc/>
    /// <returns>[batch, 1, mels, frames].</returns>
    public Tensor Prepare(Tensor waves)
    {
        ArgumentNullException.ThrowIfNull(waves);
        using var scope = TensorScope.Begin();
        var samples = waves.Size(1);
        var times = (Shortest + samples - 1) / samples;
        return scope.Keep(Network.Prepare(times > 1 ? waves.Repeat([1, times]).Narrow(1, 0, Shortest) : waves));
    }

    /// <inheritdoc/>
    public EncoderOutput Encode(Tensor input, bool training = false)
    {
        using var scope = TensorScope.Begin();
        var heard = Hear(input);
        var ownWindows = Own(heard.Windows);
        var own = OwnOfClips(Own(heard.Clip), ownWindows);
        var windowTags = Network.Classify(heard.Windows)!;
        var tags = Network.Classify(heard.Clip)!;
        return new EncoderOutput(Vectors(windowTags, ownWindows, tags, own), heard.Clip, Tensor.Cat([tags, Shares(own)], 1))
        {
            FrameTagLogits = Tensor.Cat([windowTags, Shares(ownWindows)], 2),
        }.KeptBy(scope);
    }

    // Own tags share out a probability of one; this is what gives those shares behind a sigmoid.
    private static Tensor Shares(Tensor own)
    {
        const double Surest = 1 - 1e-6;
        using var scope = TensorScope.Begin();
        var shares = own.Softmax(-1).Clamp(1e-9, Surest);
        return scope.Keep(shares.Log().Sub(shares.Neg().Add(1).Log()));
    }

    /// <summary>What the frozen network hears.</summary>
    /// <param name="input">From <see cref="Prepare"/>.</param>
    /// <returns>Means of the map: of the windows [batch, windows, map width] and of the clip [batch, map width].</returns>
    public (Tensor Windows, Tensor Clip) Hear(Tensor input)
    {
        using var scope = TensorScope.Begin();
        var output = Network.Encode(input);
        var columns = output.Frames;
        var size = Math.Min(Config.WindowColumns, columns.Size(1));
        return (scope.Keep(columns.Unfold(1, size, Config.StepColumns).Mean([3])), scope.Keep(output.Clip));
    }

    /// <summary>Means of the map at mean 0 and deviation 1 over the training clips.</summary>
    /// <param name="means">[…, map width].</param>
    public Tensor Standardise(Tensor means)
    {
        ArgumentNullException.ThrowIfNull(means);
        return means.Sub(_mean).Mul(_scale);
    }

    /// <summary>The own tags of means of the map.</summary>
    /// <param name="means">[…, map width].</param>
    /// <returns>[…, own tags], before the softmax or the sigmoid.</returns>
    public Tensor Own(Tensor means) => _own.Forward(Standardise(means));

    /// <summary>The own tags of clips: shares of the clip's mean, together with those of its windows, in which a second sound has its moment.</summary>
    /// <param name="own">Of the clips' means, [batch, own tags], before the softmax.</param>
    /// <param name="ownWindows">Of the windows, [batch, windows, own tags].</param>
    /// <param name="counts">How many windows each clip has; all, unless given.</param>
    /// <returns>[batch, own tags], before the softmax.</returns>
    public Tensor OwnOfClips(Tensor own, Tensor ownWindows, IReadOnlyList<long>? counts = null)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(ownWindows);
        if (Config.WindowShare == 0)
            return own;
        using var scope = TensorScope.Begin();
        var ofWindows = ownWindows.Softmax(-1);
        if (counts is null)
        {
            ofWindows = ofWindows.Mean([1]);
        }
        else
        {
            var most = (int)ownWindows.Size(1);
            var weights = Tensor.From<float>([.. counts.SelectMany(count => Enumerable.Range(0, most).Select(window => window < count ? 1f / count : 0))], counts.Count, most, 1);
            ofWindows = ofWindows.Mul(weights).Sum([1]);
        }
        return scope.Keep(own.Softmax(-1).Mul(1 - Config.WindowShare).Add(ofWindows.Mul(Config.WindowShare)).Add(1e-9).Log());
    }

    /// <summary>
    /// The frame vectors: square roots of tag probabilities, so that a second sound is not lost beside the first; and, where the configuration
    /// says so, the peaks of the same, since the roots of hundreds of small probabilities drown the highest.
    /// </summary>
    /// <param name="windowTags">[batch, windows, network's tags].</param>
    /// <param name="ownWindows">[batch, windows, own tags].</param>
    /// <param name="tags">[batch, network's tags].</param>
    /// <param name="own">[batch, own tags].</param>
    /// <returns>[batch, windows, width].</returns>
    public Tensor Vectors(Tensor windowTags, Tensor ownWindows, Tensor tags, Tensor own)
    {
        ArgumentNullException.ThrowIfNull(windowTags);
        using var scope = TensorScope.Begin();
        var clip = FrameVector(tags, own).Unsqueeze(1).Expand([-1, windowTags.Size(1), -1]);
        return scope.Keep(Tensor.Cat([FrameVector(windowTags, ownWindows), clip], 2));
    }

    private Tensor FrameVector(Tensor tags, Tensor own) => Config.FramesHavePeaks
        ? Tensor.Cat([ClipVector(tags, own), tags.Sigmoid().Mul(Math.Sqrt(Config.Network.Tags)), own.Mul(2).Softmax(-1).Mul(Math.Sqrt(Config.OwnTags))], -1)
        : ClipVector(tags, own);

    /// <summary>What tags tell, as numbers of one size.</summary>
    /// <param name="tags">The network's, […, tags].</param>
    /// <param name="own">The own ones, […, own tags].</param>
    /// <returns>[…, all tags].</returns>
    public Tensor ClipVector(Tensor tags, Tensor own)
    {
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentNullException.ThrowIfNull(own);
        using var scope = TensorScope.Begin();
        return scope.Keep(Tensor.Cat([tags.Sigmoid().Sqrt().Mul(Math.Sqrt(Config.Network.Tags)), own.Softmax(-1).Sqrt().Mul(Math.Sqrt(Config.OwnTags))], -1));
    }

    /// <inheritdoc/>
    public double[] FrameTimes(long samples)
    {
        // A clip that was repeated is heard all over in every window.
        var columns = Network.FrameTimes(Math.Max(samples, Shortest));
        var size = Math.Min(Config.WindowColumns, columns.Length);
        var count = (columns.Length - size) / Config.StepColumns + 1;
        var column = Config.Network.Mel.HopLength * 32.0 / SampleRate;
        return samples < Shortest
            ? FrameGrid.Even(count, (double)samples / SampleRate / (count + 1), (double)samples / SampleRate / (count + 1))
            : FrameGrid.Even(count, column * (size - 1) / 2, column * Config.StepColumns);
    }

    /// <summary>Releases the front end; the weights belong to their store.</summary>
    public void Dispose() => Network.Dispose();
}
