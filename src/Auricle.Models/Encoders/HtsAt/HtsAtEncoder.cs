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
    public int ClipWidth => Config.Width;

    /// <inheritdoc/>
    public int Tags => Config.Tags;

    /// <inheritdoc/>
    public int SampleRate => Config.SampleRate;

    /// <inheritdoc/>
    public int MinimumSamples => _frontEnd.MinimumSamples;

    /// <inheritdoc/>
    public Tensor Prepare(Tensor waves) => _frontEnd.Forward(waves);

    /// <inheritdoc/>
    /// <remarks>Up to <see cref="HtsAtConfig.Frames"/> frames are stretched to one image; longer images are cut into windows of so many
    /// frames, evenly spread, whose frame vectors follow each other and whose tag scores are averaged.</remarks>
    public EncoderOutput Encode(Tensor input, bool training = false) => Encode(input, training, null);

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
            return EncodeImage(normalised, training, observe, null).KeptBy(scope);
        return EncoderWindows.Join(Array.ConvertAll(Windows(frames), window =>
        {
            var part = EncodeImage(normalised.Narrow(2, window.Start, window.Length), training, observe, null);
            Tensor Own(Tensor values) => values.Narrow(1, window.FirstPatch, window.Patches);
            return new EncoderOutput(Own(part.Frames), part.Clip, part.TagLogits) { FrameTagLogits = part.FrameTagLogits is { } tags ? Own(tags) : null };
        })).KeptBy(scope);
    }

    // A step is a patch of so many columns of the image.
    private EncoderWindow[] Windows(long frames) => EncoderWindows.Cut(frames, Config.Frames, Config.Frames, Config.Frames / Config.Steps, Config.Frames / Config.Steps);

    /// <inheritdoc/>
    public double[] FrameTimes(long samples)
    {
        var frames = Config.LogMel.Frames(samples);
        var hop = (double)Config.LogMel.HopLength / SampleRate;
        // A step is the middle of so many columns of the image, whose ends are those of the sound however much it was stretched.
        var columns = (double)Config.Frames / Config.Steps;
        if (frames > Config.Frames)
        {
            return [.. Windows(frames).SelectMany(window =>
                FrameGrid.Even(window.Patches, (window.Start + window.FirstPatch * columns + (columns - 1) / 2) * hop, columns * hop))];
        }
        var stretch = (double)(frames - 1) / (Config.Frames - 1);
        return FrameGrid.Even(Config.Steps, (columns - 1) / 2 * stretch * hop, columns * stretch * hop);
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
        return EncodeImage(_inputNorm.Forward(logMel.Transpose(1, 3), training: false).Transpose(1, 3), training: false, observe, isLong).KeptBy(scope);
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
        var clip = frames.Mean([1]);                                                         // [batch, width]
        if (_tagWeight is null)
            return new EncoderOutput(frames, clip, null).KeptBy(scope);
        var scores = plane.Conv2d(_tagWeight, _tagBias, [1], [0, 1]).Squeeze(2);               // [batch, tags, steps]
        observe?.Invoke("tscam_conv", scores);
        return new EncoderOutput(frames, clip, scores.Mean([2])) { FrameTagLogits = scores.Transpose(1, 2) }.KeptBy(scope);
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

/// <summary>Cuts an image into patches and gives each a vector. Fusion models mix in excerpts of a clip that was shrunk to fit.</summary>
internal sealed class PatchEmbedding
{
    private const double Epsilon = 1e-5;
    // Time is shrunk, so patches of the excerpts are longer.
    private const int Stretch = 3;

    private readonly Tensor _weight, _bias;
    private readonly Tensor? _excerptWeight, _excerptBias;
    private readonly FeatureFusion? _fusion;
    private readonly LayerNorm _norm;
    private readonly HtsAtConfig _config;

    public PatchEmbedding(Weights weights, HtsAtConfig config)
    {
        _config = config;
        var size = config.PatchSize;
        _weight = (weights / "proj").Get("weight", [config.PatchWidth, 1, size, size], Initialisers.FanIn(size * size));
        _bias = (weights / "proj").Get("bias", [config.PatchWidth], Initialisers.FanIn(size * size));
        _norm = new LayerNorm(weights / "norm", config.PatchWidth, Epsilon);
        if (!config.IsFused)
            return;
        var place = weights / "mel_conv2d";
        _excerptWeight = place.Get("weight", [config.PatchWidth, 1, size, Stretch * size], Initialisers.FanIn(Stretch * size * size));
        _excerptBias = place.Get("bias", [config.PatchWidth], Initialisers.FanIn(Stretch * size * size));
        _fusion = new FeatureFusion(weights / "fusion_model", config.PatchWidth);
    }

    /// <param name="image">[batch, 1 or 4, side, side]: the whole, then excerpts.</param>
    /// <param name="isLong">For each clip whether its excerpts are mixed in; none are where it is absent.</param>
    /// <param name="observe">Called with <c>patch_embed.proj</c>, <c>patch_embed.mel_conv2d</c>, <c>patch_embed.fusion_model</c> and their output.</param>
    /// <returns>[batch, patches, width].</returns>
    public Tensor Forward(Tensor image, IReadOnlyList<bool>? isLong, Action<string, Tensor>? observe)
    {
        using var scope = TensorScope.Begin();
        var x = image.Narrow(1, 0, 1).Conv2d(_weight, _bias, [_config.PatchSize]);              // [batch, width, side, side]
        observe?.Invoke("patch_embed.proj", x);
        if (isLong?.Contains(true) == true)
            x = Tensor.Cat([.. isLong.Select((mixes, i) => mixes ? Mix(x.Narrow(0, i, 1), image.Narrow(0, i, 1), observe) : x.Narrow(0, i, 1))]);
        return scope.Keep(_norm.Forward(x.Flatten(2).Transpose(1, 2)));
    }

    private Tensor Mix(Tensor whole, Tensor image, Action<string, Tensor>? observe)
    {
        var excerpts = image.Narrow(1, 1, image.Size(1) - 1).Transpose(0, 1);                // [excerpts, 1, side, side]
        var parts = excerpts.Conv2d(_excerptWeight!, _excerptBias, [_config.PatchSize, Stretch * _config.PatchSize]);
        observe?.Invoke("patch_embed.mel_conv2d", parts);
        var (count, width, rows, columns) = (parts.Size(0), parts.Size(1), parts.Size(2), parts.Size(3));
        var joined = parts.Permute(1, 2, 0, 3).Reshape(1, width, rows, count * columns).Pad([0, whole.Size(3) - count * columns]);
        var mixed = _fusion!.Forward(whole, joined);
        observe?.Invoke("patch_embed.fusion_model", mixed);
        return mixed;
    }
}

/// <summary>Attentional feature fusion (Dai et al. 2021): mixes two images by weights that both decide, at each place and as a whole.</summary>
internal sealed class FeatureFusion
{
    private const int Reduction = 4;

    private readonly Branch _local, _whole;

    public FeatureFusion(Weights weights, int width)
    {
        _local = new Branch(weights / "local_att", width, 0);
        _whole = new Branch(weights / "global_att", width, 1); // its place 0 is the mean over the image
    }

    /// <param name="first">[batch, width, rows, columns].</param>
    /// <param name="second">The same shape.</param>
    /// <returns>The same shape.</returns>
    public Tensor Forward(Tensor first, Tensor second)
    {
        using var scope = TensorScope.Begin();
        var sum = first.Add(second);
        var share = _local.Forward(sum).Add(_whole.Forward(sum.Mean([2, 3], keepdim: true))).Sigmoid();
        return scope.Keep(first.Sub(second).Mul(share).Add(second).Mul(2));
    }

    /// <summary>1×1 convolution → norm → ReLU → 1×1 convolution → norm.</summary>
    private sealed class Branch
    {
        private readonly Tensor _narrowWeight, _narrowBias, _widenWeight, _widenBias;
        private readonly BatchNorm _narrowNorm, _widenNorm;

        public Branch(Weights weights, int width, int first)
        {
            long hidden = width / Reduction;
            _narrowWeight = (weights / first).Get("weight", [hidden, width, 1, 1], Initialisers.FanIn(width));
            _narrowBias = (weights / first).Get("bias", [hidden], Initialisers.FanIn(width));
            _narrowNorm = new BatchNorm(weights / (first + 1), hidden);
            _widenWeight = (weights / (first + 3)).Get("weight", [width, hidden, 1, 1], Initialisers.FanIn(hidden));
            _widenBias = (weights / (first + 3)).Get("bias", [width], Initialisers.FanIn(hidden));
            _widenNorm = new BatchNorm(weights / (first + 4), width);
        }

        public Tensor Forward(Tensor image)
        {
            var hidden = _narrowNorm.Forward(image.Conv2d(_narrowWeight, _narrowBias), training: false).Relu();
            return _widenNorm.Forward(hidden.Conv2d(_widenWeight, _widenBias), training: false);
        }
    }
}

/// <summary>Norm → attention within windows → add → norm → widen → GELU → narrow → add.</summary>
internal sealed class HtsAtBlock
{
    private const double Epsilon = 1e-5;

    private readonly LayerNorm _attentionNorm, _hiddenNorm;
    private readonly WindowAttention _attention;
    private readonly Linear _widen, _narrow;
    private readonly DType _compute;
    private readonly double _dropPath;
    private readonly int _side, _window, _shift;

    public HtsAtBlock(Weights weights, HtsAtConfig config, int stage, bool isShifted, double dropPath, DType compute)
    {
        _compute = compute;
        _dropPath = dropPath;
        long width = config.PatchWidth << stage;
        _side = config.ImageSize / config.PatchSize >> stage;
        _window = config.WindowSize;
        // An image that is one window has nothing to shift.
        _shift = isShifted && _side > _window ? _window / 2 : 0;
        _attentionNorm = new LayerNorm(weights / "norm1", width, Epsilon);
        _attention = new WindowAttention(weights / "attn", width, config.Heads[stage], _side, _window, _shift, compute);
        _hiddenNorm = new LayerNorm(weights / "norm2", width, Epsilon);
        var initial = Initialisers.TruncatedNormal(0.02);
        _widen = new Linear(weights / "mlp" / "fc1", width, config.Expansion * width, initialiser: initial, biasInitialiser: Initialisers.Zeros);
        _narrow = new Linear(weights / "mlp" / "fc2", config.Expansion * width, width, initialiser: initial, biasInitialiser: Initialisers.Zeros);
    }

    /// <param name="patches">[batch, side², width], float32, row-major.</param>
    /// <param name="training">Whether branches are left out.</param>
    /// <param name="observe">Called with <c>attn</c> and the output of the attention: [batch × windows, window², width].</param>
    /// <returns>The same shape.</returns>
    public Tensor Forward(Tensor patches, bool training, Action<string, Tensor>? observe) =>
        // What is observed has to outlive the block.
        observe is null ? Checkpointing.Run(input => Compute(input, training, null), patches) : Compute(patches, training, observe);

    private Tensor Compute(Tensor patches, bool training, Action<string, Tensor>? observe)
    {
        using var scope = TensorScope.Begin();
        var attended = _attention.Forward(Cut(_attentionNorm.Forward(patches)).To(_compute));
        observe?.Invoke("attn", attended);
        var x = patches.Add(Branch(Join(attended.To(DType.Float32), patches.Size(0)), training));
        var wide = _widen.Forward(_hiddenNorm.Forward(x).To(_compute));                         // [batch, side², expansion × width]
        if (training)
            wide = wide.Gelu();
        else
            wide.GeluInPlace();
        return scope.Keep(x.Add(Branch(_narrow.Forward(wide).To(DType.Float32), training)));
    }

    private Tensor Branch(Tensor branch, bool training) => training ? DropPath.Apply(branch, _dropPath) : branch;

    private Tensor Cut(Tensor patches)
    {
        var (batch, width) = (patches.Size(0), patches.Size(2));
        var image = patches.View(batch, _side, _side, width);
        if (_shift > 0)
            image = image.Roll([-_shift, -_shift], [1, 2]);
        var windows = _side / _window;
        return image.View(batch, windows, _window, windows, _window, width).Permute(0, 1, 3, 2, 4, 5).Reshape(-1, _window * _window, width);
    }

    private Tensor Join(Tensor windowed, long batch)
    {
        var windows = _side / _window;
        var width = windowed.Size(2);
        var image = windowed.View(batch, windows, windows, _window, _window, width).Permute(0, 1, 3, 2, 4, 5).Reshape(batch, _side, _side, width);
        if (_shift > 0)
            image = image.Roll([_shift, _shift], [1, 2]);
        return image.View(batch, _side * _side, width);
    }
}

/// <summary>
/// Attention among the patches of a window, with a learned bias for how two of them lie to each other (Liu et al. 2021,
/// Swin Transformer, section 3.2).
/// </summary>
internal sealed class WindowAttention
{
    // What keeps patches apart that the roll of a shifted image brought together; the published value.
    private const float Apart = -100;

    private readonly Linear _mix, _output;
    private readonly Tensor _table;
    private readonly DType _compute;
    private readonly bool _isTrainable;
    private readonly int _heads, _side, _window, _shift;
    private readonly long _headWidth;
    private readonly Lock _preparation = new();
    private Tensor? _prepared;

    /// <param name="weights">Where <c>qkv</c>, <c>proj</c> and <c>relative_position_bias_table</c> are.</param>
    /// <param name="width">Width of a patch.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="side">Side of the image in patches.</param>
    /// <param name="window">Side of a window in patches.</param>
    /// <param name="shift">By how many patches the image was rolled before it was cut.</param>
    /// <param name="compute">The element type of matrix products.</param>
    public WindowAttention(Weights weights, long width, int heads, int side, int window, int shift, DType compute)
    {
        _heads = heads;
        _side = side;
        _window = window;
        _shift = shift;
        _compute = compute;
        _isTrainable = weights.IsTrainable;
        _headWidth = width / heads;
        var initial = Initialisers.TruncatedNormal(0.02);
        _mix = new Linear(weights / "qkv", width, 3 * width, initialiser: initial, biasInitialiser: Initialisers.Zeros);
        _output = new Linear(weights / "proj", width, width, initialiser: initial, biasInitialiser: Initialisers.Zeros);
        _table = weights.Get("relative_position_bias_table", [(2 * window - 1) * (2 * window - 1), heads], initial);
        weights.OnRelease(() => _prepared?.Dispose());
    }

    /// <param name="patches">[batch × windows, window², width], in the element type of the computation.</param>
    /// <returns>The same shape.</returns>
    public Tensor Forward(Tensor patches)
    {
        using var scope = TensorScope.Begin();
        var (count, length) = (patches.Size(0), patches.Size(1));
        var parts = _mix.Forward(patches).View(count, length, 3, _heads, _headWidth).Permute(2, 0, 3, 1, 4).Unbind();
        var bias = Bias();                                                                   // [windows or 1, heads, window², window²]
        var scores = parts[0].Mul(1 / Math.Sqrt(_headWidth)).Matmul(parts[1].Transpose(-2, -1)).To(DType.Float32);
        scores = scores.View(count / bias.Size(0), bias.Size(0), _heads, length, length).Add(bias).Softmax(-1).To(_compute);
        var mixed = scores.View(count, _heads, length, length).Matmul(parts[2]);              // [batch × windows, heads, window², head width]
        return scope.Keep(_output.Forward(mixed.Transpose(1, 2).Reshape(count, length, _heads * _headWidth)));
    }

    /// <summary>For each query and key of a window, both row-major, the row of the table of biases.</summary>
    public static long[] RelativePositions(int window)
    {
        var patches = window * window;
        var result = new long[patches * patches];
        for (var query = 0; query < patches; query++)
        {
            for (var key = 0; key < patches; key++)
            {
                var rows = query / window - key / window + window - 1;
                result[query * patches + key] = rows * (2 * window - 1) + query % window - key % window + window - 1;
            }
        }
        return result;
    }

    /// <summary>What is added to the scores of each window of a shifted image, row-major [windows, window², window²].</summary>
    public static float[] ShiftMask(int side, int window, int shift)
    {
        var patches = window * window;
        var windows = side / window;
        var result = new float[windows * windows * patches * patches];
        var region = new int[patches];
        for (var index = 0; index < windows * windows; index++)
        {
            for (var patch = 0; patch < patches; patch++)
                region[patch] = 3 * Part(index / windows * window + patch / window) + Part(index % windows * window + patch % window);
            for (var pair = 0; pair < patches * patches; pair++)
                result[index * patches * patches + pair] = region[pair / patches] == region[pair % patches] ? 0 : Apart;
        }
        return result;

        // Before the last window, the part of it that was there before the roll, and what the roll brought.
        int Part(int place) => place < side - window ? 0 : place < side - shift ? 1 : 2;
    }

    private Tensor Bias()
    {
        if (_isTrainable)
            return Prepare();
        lock (_preparation)
            return _prepared ??= Prepare().Own();
    }

    private Tensor Prepare()
    {
        using var scope = TensorScope.Begin();
        var patches = (long)_window * _window;
        var positions = Tensor.From<long>(RelativePositions(_window), patches * patches).On(_table.Device);
        var bias = _table.IndexSelect(0, positions).View(1, patches, patches, _heads).Permute(0, 3, 1, 2).Contiguous();
        if (_shift == 0)
            return scope.Keep(bias);
        var windows = (long)(_side / _window) * (_side / _window);
        var mask = Tensor.From<float>(ShiftMask(_side, _window, _shift), windows, 1, patches, patches).On(_table.Device);
        return scope.Keep(bias.Add(mask));
    }
}

/// <summary>Joins each square of four patches into one of twice the width.</summary>
internal sealed class PatchMerging
{
    private const double Epsilon = 1e-5;

    private readonly LayerNorm _norm;
    private readonly Linear _reduction;
    private readonly DType _compute;
    private readonly int _side;

    public PatchMerging(Weights weights, int width, int side, DType compute)
    {
        _side = side;
        _compute = compute;
        _norm = new LayerNorm(weights / "norm", 4 * width, Epsilon);
        _reduction = new Linear(weights / "reduction", 4 * width, 2 * width, hasBias: false, initialiser: Initialisers.TruncatedNormal(0.02));
    }

    /// <param name="patches">[batch, side², width].</param>
    /// <returns>[batch, side² / 4, 2 width].</returns>
    public Tensor Forward(Tensor patches)
    {
        using var scope = TensorScope.Begin();
        var (batch, width) = (patches.Size(0), patches.Size(2));
        // Of a square the columns are the slower order: (0, 0), (1, 0), (0, 1), (1, 1).
        var squares = patches.View(batch, _side / 2, 2, _side / 2, 2, width).Permute(0, 1, 3, 4, 2, 5).Reshape(batch, _side * _side / 4, 4 * width);
        return scope.Keep(_reduction.Forward(_norm.Forward(squares).To(_compute)).To(DType.Float32));
    }
}
