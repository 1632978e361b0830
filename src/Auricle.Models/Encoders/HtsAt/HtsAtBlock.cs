using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.HtsAt;

/// <summary>Norm → attention within windows → add → norm → widen → GELU → narrow → add.</summary>
internal sealed class HtsAtBlock
{
    private const double Epsilon = 1e-5;

    private readonly LayerNorm attentionNorm, hiddenNorm;
    private readonly WindowAttention attention;
    private readonly Linear widen, narrow;
    private readonly DType compute;
    private readonly double dropPath;
    private readonly int side, window, shift;

    public HtsAtBlock(Weights weights, HtsAtConfig config, int stage, bool isShifted, double dropPath, DType compute)
    {
        this.compute = compute;
        this.dropPath = dropPath;
        long width = config.PatchWidth << stage;
        side = config.ImageSize / config.PatchSize >> stage;
        window = config.WindowSize;
        // An image that is one window has nothing to shift.
        shift = isShifted && side > window ? window / 2 : 0;
        attentionNorm = new LayerNorm(weights / "norm1", width, Epsilon);
        attention = new WindowAttention(weights / "attn", width, config.Heads[stage], side, window, shift, compute);
        hiddenNorm = new LayerNorm(weights / "norm2", width, Epsilon);
        var initial = Initialisers.TruncatedNormal(0.02);
        widen = new Linear(weights / "mlp" / "fc1", width, config.Expansion * width, initialiser: initial, biasInitialiser: Initialisers.Zeros);
        narrow = new Linear(weights / "mlp" / "fc2", config.Expansion * width, width, initialiser: initial, biasInitialiser: Initialisers.Zeros);
    }

    /// <param name="patches">[batch, side², width], float32, row-major.</param>
    /// <param name="training">Whether branches are left out.</param>
    /// <param name="observe">Called with <c>attn</c> and the output of the attention: [batch × windows, window², width].</param>
    /// <returns>The same shape.</returns>
    public Tensor Forward(Tensor patches, bool training, Action<string, Tensor>? observe)
    {
        using var scope = TensorScope.Begin();
        var attended = attention.Forward(Cut(attentionNorm.Forward(patches)).To(compute));
        observe?.Invoke("attn", attended);
        var x = patches.Add(Branch(Join(attended.To(DType.Float32), patches.Size(0)), training));
        var wide = widen.Forward(hiddenNorm.Forward(x).To(compute));                         // [batch, side², expansion × width]
        if (training)
            wide = wide.Gelu();
        else
            wide.GeluInPlace();
        return scope.Keep(x.Add(Branch(narrow.Forward(wide).To(DType.Float32), training)));
    }

    private Tensor Branch(Tensor branch, bool training) => training ? DropPath.Apply(branch, dropPath) : branch;

    private Tensor Cut(Tensor patches)
    {
        var (batch, width) = (patches.Size(0), patches.Size(2));
        var image = patches.View(batch, side, side, width);
        if (shift > 0)
            image = image.Roll([-shift, -shift], [1, 2]);
        var windows = side / window;
        return image.View(batch, windows, window, windows, window, width).Permute(0, 1, 3, 2, 4, 5).Reshape(-1, window * window, width);
    }

    private Tensor Join(Tensor windowed, long batch)
    {
        var windows = side / window;
        var width = windowed.Size(2);
        var image = windowed.View(batch, windows, windows, window, window, width).Permute(0, 1, 3, 2, 4, 5).Reshape(batch, side, side, width);
        if (shift > 0)
            image = image.Roll([shift, shift], [1, 2]);
        return image.View(batch, side * side, width);
    }
}
