namespace Auricle.Torch.Layers;

/// <summary>
/// A parameter in the element type of a computation. A model that only predicts converts once and keeps the result; a
/// model in training converts in every step, so that gradients reach the float32 original.
/// </summary>
public sealed class ComputeWeight
{
    private readonly Tensor _original;
    private readonly bool _isTrainable;
    private readonly Lock _conversion = new();
    private Tensor? _converted;

    /// <summary>Wraps a parameter of the same store that <paramref name="weights"/> points into.</summary>
    /// <param name="weights">The place it was loaded from.</param>
    /// <param name="parameter">The float32 original, owned by the store.</param>
    public ComputeWeight(Weights weights, Tensor parameter)
    {
        _original = parameter;
        _isTrainable = weights.IsTrainable;
        if (!_isTrainable)
            weights.OnRelease(() => _converted?.Dispose());
    }

    /// <summary>The parameter in this element type.</summary>
    public Tensor As(DType dtype)
    {
        if (dtype == DType.Float32)
            return _original;
        if (_isTrainable)
            return _original.To(dtype);
        lock (_conversion)
        {
            // One model computes in one precision, chosen at load time, so one converted copy is enough.
            if (_converted?.DType != dtype)
            {
                _converted?.Dispose();
                _converted = _original.To(dtype).Own();
            }
            return _converted;
        }
    }
}
