using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>y = x Wᵀ + b for inputs of a few rows, as each step of a decoder has them.</summary>
internal sealed class RowLinear
{
    private readonly Tensor weight, bias;

    /// <summary>Wraps parameters of the store that <paramref name="weights"/> points into.</summary>
    /// <param name="weights">Where they were loaded from.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs].</param>
    /// <param name="storage">The element type in which steps read the weights.</param>
    /// <param name="rows">The leading outputs to use; all by default.</param>
    public RowLinear(Weights weights, Tensor weight, Tensor bias, DType storage, long? rows = null)
    {
        this.weight = weight;
        this.bias = bias;
    }

    /// <param name="input">[…, inputs], float32.</param>
    public Tensor Forward(Tensor input) => input.Linear(weight, bias);
}
