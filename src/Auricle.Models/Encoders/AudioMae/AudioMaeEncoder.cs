using Auricle.Models.Encoders.Transformers;
using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.AudioMae;

/// <summary>
/// The encoder of an audio masked autoencoder (Huang et al. 2022) as Cacophony has it: a vision transformer over square patches of a log-mel
/// image, whose columns are numbered by sines and whose rows have learned places. A frame vector is the mean over one column, the clip
/// vector the mean over all. Inference is safe for concurrent use.
/// </summary>
public sealed class AudioMaeEncoder : IAudioEncoder, IDisposable
{
    private readonly MagnitudeMel _frontEnd;
    private readonly Linear _patches;
    private readonly Tensor _rowPlaces;
    private readonly VisionBlock[] _blocks;
    private readonly LayerNorm _norm;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="weights">The place of <c>input_proj</c>, <c>layers</c> and so on.</param>
    /// <param name="compute">The element type of matrix products: float32 or bfloat16.</param>
    public AudioMaeEncoder(AudioMaeConfig config, Weights weights, DType compute = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _frontEnd = new MagnitudeMel(config.Mel, weights.Device);
        weights.OnRelease(_frontEnd.Dispose);
        long width = config.PatchWidth;
        _patches = new Linear(weights / "input_proj", config.PatchSize * config.PatchSize, width);
        _rowPlaces = weights.Get("freq_positional_embedding", [config.Rows, width], Initialisers.Normal(0.02));
        _blocks = new VisionBlock[config.Layers];
        for (var i = 0; i < _blocks.Length; i++)
            _blocks[i] = new VisionBlock(weights / "layers" / i, width, config.Heads, config.Expansion * width, compute, epsilon: config.LayerNormEpsilon, usesSilu: true);
        _norm = new LayerNorm(weights / "norm", width, config.LayerNormEpsilon);
    }

    /// <summary>The sizes.</summary>
    public AudioMaeConfig Config { get; }

    /// <inheritdoc/>
    public int Width => Config.PatchWidth;

    /// <inheritdoc/>
    public int ClipWidth => Config.PatchWidth;

    /// <inheritdoc/>
    public int Tags => 0;

    /// <inheritdoc/>
    public int SampleRate => Config.SampleRate;

    /// <inheritdoc/>
    /// <remarks>One column of patches. The references give no numbers, or the mean of nothing, for shorter sound.</remarks>
    public int MinimumSamples => (Config.PatchSize - 1) * Config.Mel.HopLength + 1;

    /// <inheritdoc/>
    public Tensor Prepare(Tensor waves) => _frontEnd.Forward(waves);

    /// <inheritdoc/>
    /// <remarks>Longer images than <see cref="AudioMaeConfig.MaximumColumns"/> are cut into windows, evenly spread, which share the frames of their
    /// overlap and whose clip vectors are averaged.</remarks>
    public EncoderOutput Encode(Tensor input, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = TensorScope.Begin();
        return EncoderWindows.Join(Array.ConvertAll(Windows(input.Size(2)), window =>
        {
            var patches = EncodePatches(input.Narrow(2, window.Start, window.Length), training: training);
            var columns = patches.View(patches.Size(0), -1, Config.Rows, Width).Mean([2]);
            return new EncoderOutput(columns.Narrow(1, window.FirstPatch, window.Patches), patches.Mean([1]), null);
        })).KeptBy(scope);
    }

    /// <summary>A vector for each patch of one window.</summary>
    /// <param name="image">[batch, 1, frames, bands]; frames that fill no patch are left out.</param>
    /// <param name="most">The most patches: those that come later are not heard, as where the authors give a clip a fixed number.</param>
    /// <param name="training">Whether gradients are recorded.</param>
    /// <param name="observe">Called with <c>patches</c> and [batch, patches, values], <c>input</c> and <c>layers.0</c> … and [batch, patches, width].</param>
    /// <returns>[batch, patches, width], column by column from the lowest band up, float32.</returns>
    internal Tensor EncodePatches(Tensor image, int? most = null, bool training = false, Action<string, Tensor>? observe = null)
    {
        using var scope = TensorScope.Begin();
        var (cut, places) = (Cut(image), Places(image, _rowPlaces));
        if (most is { } count && count < cut.Size(1))
            (cut, places) = (cut.Narrow(1, 0, count), places.Narrow(0, 0, count));
        observe?.Invoke("patches", cut);
        return scope.Keep(EncodeTokens(_patches.Forward(cut).Add(places), null, training, observe));
    }

    /// <summary>A vector for each chosen patch, of which the others are not heard.</summary>
    /// <param name="image">[batch, 1, frames, bands].</param>
    /// <param name="chosen">The patches of each image.</param>
    /// <param name="training">Whether gradients are recorded.</param>
    /// <returns>[batch, most chosen, width], float32; what lies behind an image's own patches has no meaning.</returns>
    internal Tensor EncodeChosen(Tensor image, PatchChoice chosen, bool training = false)
    {
        using var scope = TensorScope.Begin();
        var x = _patches.Forward(chosen.OfImages(Cut(image))).Add(chosen.OfTable(Places(image, _rowPlaces)));
        return scope.Keep(EncodeTokens(x, chosen.Bias(image.Device), training, null));
    }

    /// <summary>The patches of images: [batch, patches, values], column by column from the lowest band up.</summary>
    internal Tensor Cut(Tensor image)
    {
        using var scope = TensorScope.Begin();
        var (batch, columns, size) = (image.Size(0), image.Size(2) / Config.PatchSize, Config.PatchSize);
        return scope.Keep(image.Select(1, 0).Narrow(1, 0, columns * size).View(batch, columns, size, Config.Rows, size).Transpose(2, 3)
            .Reshape(batch, columns * Config.Rows, size * size));
    }

    /// <summary>What tells where each patch of an image lies: [patches, width].</summary>
    /// <param name="image">[batch, 1, frames, bands].</param>
    /// <param name="rows">[rows, width], learned.</param>
    internal Tensor Places(Tensor image, Tensor rows)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Columns(image.Size(2) / Config.PatchSize, image.Device).Unsqueeze(1).Add(rows).Reshape(-1, Width));
    }

    /// <inheritdoc/>
    public double[] FrameTimes(long samples)
    {
        var hop = (double)Config.Mel.HopLength / SampleRate;
        // The middle of the first column, whose frames begin at their numbers times the hop.
        var centre = (Config.PatchSize - 1) / 2.0 + Config.Mel.WindowCentre / Config.Mel.HopLength;
        return [.. Windows(Config.Mel.Frames(samples)).SelectMany(window =>
            FrameGrid.Even(window.Patches, (window.Start + window.FirstPatch * Config.PatchSize + centre) * hop, Config.PatchSize * hop))];
    }

    /// <summary>Releases the front end; the weights belong to their store.</summary>
    public void Dispose() => _frontEnd.Dispose();

    private EncoderWindow[] Windows(long frames)
    {
        var longest = Config.MaximumColumns * Config.PatchSize;
        return EncoderWindows.Cut(frames, longest + Config.PatchSize - 1, longest, Config.PatchSize, Config.PatchSize);
    }

    private Tensor EncodeTokens(Tensor x, Tensor? bias, bool training, Action<string, Tensor>? observe)
    {
        observe?.Invoke("input", x);
        for (var i = 0; i < _blocks.Length; i++)
        {
            x = _blocks[i].Forward(x, training, bias);
            observe?.Invoke($"layers.{i}", x);
        }
        return _norm.Forward(x);
    }

    /// <summary>The sines, then the cosines, of each column's number at falling rates: [columns, width].</summary>
    private Tensor Columns(long columns, Device device)
    {
        var rates = Tensor.Arange(0, Width, 2, DType.Float32, device).Mul(-Math.Log(10000) / Width).Exp();
        var angles = Tensor.Arange(0, columns, 1, DType.Float32, device).Unsqueeze(1).Mul(rates);
        return Tensor.Cat([angles.Sin(), angles.Cos()], 1);
    }
}
