using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.HtsAt;

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
