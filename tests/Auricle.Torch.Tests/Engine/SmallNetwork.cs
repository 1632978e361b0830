using Auricle.Torch.Layers;

namespace Auricle.Torch.Tests.Engine;

/// <summary>Convolution, batch norm, attention, layer norm and linear layers in small: what the models are made of.</summary>
internal sealed class SmallNetwork : IDisposable
{
    private const int Channels = 8, Bands = 12, Width = Channels * Bands;

    private readonly WeightStore _store;
    private readonly Tensor _kernel;
    private readonly BatchNorm _batchNorm;
    private readonly Linear _packed, _narrow;
    private readonly LayerNorm _norm;

    public SmallNetwork()
    {
        TorchRuntime.Seed(3);
        _store = WeightStore.Initialise();
        _kernel = _store.Root.Get("kernel", [Channels, 1, 3, 3], Initialisers.FanIn(9));
        _batchNorm = new BatchNorm(_store.Root / "bn", Channels);
        _packed = new Linear(_store.Root / "packed", Width, 3 * Width);
        _norm = new LayerNorm(_store.Root / "norm", Width, 1e-5);
        _narrow = new Linear(_store.Root / "narrow", Width, 10);
    }

    public Tensor Weight => _kernel;

    /// <param name="image">[batch, 1, frames, 12].</param>
    /// <returns>[batch, frames, 10].</returns>
    public Tensor Forward(Tensor image)
    {
        using var scope = TensorScope.Begin();
        var hidden = _batchNorm.Forward(image.Contiguous(MemoryFormat.ChannelsLast).Conv2d(_kernel, null, [1], [1]), training: false).Gelu();
        var rows = hidden.Permute(0, 2, 1, 3).Flatten(2);                              // [batch, frames, width]
        var parts = _packed.Forward(rows).Chunk(3, -1);
        var weights = parts[0].Matmul(parts[1].Transpose(1, 2)).Div(Math.Sqrt(Width)).Softmax(-1);
        return scope.Keep(_narrow.Forward(_norm.Forward(rows.Add(weights.Matmul(parts[2])))));
    }

    /// <summary>What <see cref="Forward"/> gives for a fixed image, as numbers.</summary>
    public float[] Run()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return Forward(Image()).ToArray<float>();
    }

    /// <summary>A fixed image: [2, 1, 40, 12].</summary>
    public static Tensor Image() => Tensor.Arange(0, 2 * 40 * Bands).Mul(0.37).Sin().View(2, 1, 40, Bands);

    public void Dispose() => _store.Dispose();
}
