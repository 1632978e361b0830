namespace Auricle.Torch.Layers;

/// <summary>y = x Wᵀ + b over the last dimension.</summary>
public sealed class Linear
{
    private readonly ComputeWeight _weight;
    private readonly ComputeWeight? _bias;
    private readonly bool _inputsFirst;

    /// <summary>Loads <c>weight</c> [outputs, inputs] and <c>bias</c> [outputs].</summary>
    /// <param name="weights">Where they are.</param>
    /// <param name="inputs">Width of the input.</param>
    /// <param name="outputs">Width of the output.</param>
    /// <param name="hasBias">Whether there is a bias.</param>
    /// <param name="initialiser">Fills a new weight; PyTorch's default where it is absent.</param>
    /// <param name="biasInitialiser">Fills a new bias; PyTorch's default where it is absent.</param>
    /// <param name="inputsFirst">Whether the weight is stored as [inputs, outputs], as GPT-2's are.</param>
    public Linear(
        Weights weights, long inputs, long outputs, bool hasBias = true, Initialiser? initialiser = null, Initialiser? biasInitialiser = null,
        bool inputsFirst = false)
    {
        _inputsFirst = inputsFirst;
        ReadOnlySpan<long> shape = inputsFirst ? [inputs, outputs] : [outputs, inputs];
        _weight = new ComputeWeight(weights, weights.Get("weight", shape, initialiser ?? Initialisers.FanIn(inputs)));
        _bias = hasBias ? new ComputeWeight(weights, weights.Get("bias", [outputs], biasInitialiser ?? Initialisers.FanIn(inputs))) : null;
    }

    /// <summary>Applies the layer in the element type of its input.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public Tensor Forward(Tensor input)
    {
        if (!_inputsFirst)
            return MatrixProduct.Linear(input, _weight.As(input.DType), _bias?.As(input.DType));
        using var scope = TensorScope.Begin();
        return scope.Keep(MatrixProduct.Linear(input, _weight.As(input.DType).T(), _bias?.As(input.DType)));
    }
}
