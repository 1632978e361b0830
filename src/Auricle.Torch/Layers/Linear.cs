namespace Auricle.Torch.Layers;

/// <summary>y = x Wᵀ + b over the last dimension.</summary>
public sealed class Linear
{
    private readonly ComputeWeight weight;
    private readonly ComputeWeight? bias;

    /// <summary>Loads <c>weight</c> [outputs, inputs] and <c>bias</c> [outputs].</summary>
    public Linear(Weights weights, long inputs, long outputs, bool hasBias = true, Initialiser? initialiser = null, Initialiser? biasInitialiser = null)
    {
        weight = new ComputeWeight(weights, weights.Get("weight", [outputs, inputs], initialiser ?? Initialisers.FanIn(inputs)));
        bias = hasBias ? new ComputeWeight(weights, weights.Get("bias", [outputs], biasInitialiser ?? Initialisers.FanIn(inputs))) : null;
    }

    /// <summary>Applies the layer in the element type of its input.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public Tensor Forward(Tensor input) => input.Linear(weight.As(input.DType), bias?.As(input.DType));
}
