namespace Auricle.Torch.Layers;

/// <summary>
/// A parameter in the element type of a computation. A model that only predicts converts once and keeps the result; a
/// model in training converts in every step, so that gradients reach the float32 original.
/// </summary>
public sealed class ComputeWeight
{
    private readonly Tensor original;
    private readonly bool isTrainable;
    private readonly Lock conversion = new();
    private Tensor? converted;

    /// <summary>Wraps a parameter of the same store that <paramref name="weights"/> points into.</summary>
    /// <param name="weights">The place it was loaded from.</param>
    /// <param name="parameter">The float32 original, owned by the store.</param>
    public ComputeWeight(Weights weights, Tensor parameter)
    {
        original = parameter;
        isTrainable = weights.IsTrainable;
        if (!isTrainable)
            weights.OnRelease(() => converted?.Dispose());
    }

    /// <summary>The parameter in this element type.</summary>
    public Tensor As(DType dtype)
    {
        if (dtype == DType.Float32)
            return original;
        if (isTrainable)
            return original.To(dtype);
        lock (conversion)
        {
            // One model computes in one precision, chosen at load time, so one converted copy is enough.
            if (converted?.DType != dtype)
            {
                converted?.Dispose();
                converted = original.To(dtype).Own();
            }
            return converted;
        }
    }
}
