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
    public int SampleRate => Config.LogMel.SampleRate;

    /// <inheritdoc/>
    public int MinimumSamples => Config.MinimumSamples;

    /// <inheritdoc/>
    public Tensor LogMel(Tensor waves) => _logMel.Forward(waves);

    /// <summary>The power spectrum before the mel filters, for inspection.</summary>
    /// <param name="waves">[batch, samples].</param>
    /// <returns>[batch, frames, bins].</returns>
    public Tensor Power(Tensor waves) => _logMel.Power(waves);

    /// <inheritdoc/>
    public EncoderOutput Encode(Tensor logMel, bool training = false) => Encode(logMel, training, null);

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
        var clip = frames.Amax([1]).Add(frames.Mean([1]));                      // [batch, width]
        return new EncoderOutput(scope.Keep(frames.Contiguous()), scope.Keep(_head.Forward(_norm.Forward(clip))));
    }

    /// <summary>Releases the front end, as the store of the weights does too.</summary>
    public void Dispose() => _logMel.Dispose();

    private Tensor NormaliseInput(Tensor image, bool training) =>
        image.Transpose(1, 3).BatchNorm(_inputWeight, _inputBias, _inputMean, _inputVariance, training, 0.1, InputEpsilon, false).Transpose(1, 3);
}
