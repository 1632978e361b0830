namespace Auricle.Torch.Layers;

/// <summary>Normalises the last dimension to mean 0 and variance 1, then scales and shifts it. Always computed in float32.</summary>
public sealed class LayerNorm
{
    private readonly Tensor weight;
    private readonly Tensor bias;
    private readonly double epsilon;
    private readonly long width;

    /// <summary>Loads <c>weight</c> and <c>bias</c>, both [width].</summary>
    public LayerNorm(Weights weights, long width, double epsilon)
    {
        this.width = width;
        this.epsilon = epsilon;
        weight = weights.Get("weight", [width], Initialisers.Ones);
        bias = weights.Get("bias", [width], Initialisers.Zeros);
    }

    /// <summary>Normalises, in float32 and back: libtorch's bfloat16 layer norm on a CPU is ten times slower and less exact.</summary>
    /// <param name="input">[…, width].</param>
    /// <returns>The same shape and element type.</returns>
    public Tensor Forward(Tensor input)
    {
        if (input.DType == DType.Float32)
            return input.LayerNorm([width], weight, bias, epsilon);
        return input.To(DType.Float32).LayerNorm([width], weight, bias, epsilon).To(input.DType);
    }
}
