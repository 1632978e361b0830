using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.HtsAt;

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
    public Tensor Forward(Tensor patches, bool training, Action<string, Tensor>? observe)
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
