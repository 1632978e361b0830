namespace Auricle.Torch.Layers;

/// <summary>Normalises the last dimension to mean 0 and variance 1, then scales and shifts it. Always computed in float32.</summary>
public sealed class LayerNorm
{
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly double _epsilon;
    private readonly long _width;

    /// <summary>Loads <c>weight</c> and <c>bias</c>, both [width].</summary>
    public LayerNorm(Weights weights, long width, double epsilon)
    {
        _width = width;
        _epsilon = epsilon;
        _weight = weights.Get("weight", [width], Initialisers.Ones);
        _bias = weights.Get("bias", [width], Initialisers.Zeros);
    }

    /// <summary>Normalises, in float32 and back: libtorch's bfloat16 layer norm on a CPU is ten times slower and less exact.</summary>
    /// <param name="input">[…, width].</param>
    /// <returns>The same shape and element type.</returns>
    public Tensor Forward(Tensor input)
    {
        if (input.DType == DType.Float32)
            return input.LayerNorm([_width], _weight, _bias, _epsilon);
        return input.To(DType.Float32).LayerNorm([_width], _weight, _bias, _epsilon).To(input.DType);
    }
}
