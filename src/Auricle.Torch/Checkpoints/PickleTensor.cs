namespace Auricle.Torch.Checkpoints;

/// <summary>A PyTorch tensor or a NumPy array.</summary>
public sealed class PickleTensor : PickleValue
{
    internal PickleTensor(StoredTensor tensor) => Tensor = tensor;

    /// <summary>The elements.</summary>
    public StoredTensor Tensor { get; }

    /// <summary>Whether gradients were to be computed for it.</summary>
    public bool RequiresGrad { get; internal init; }

    /// <summary>Whether it was a <c>torch.nn.Parameter</c>.</summary>
    public bool IsParameter { get; internal init; }

    /// <summary>Whether it was a NumPy array.</summary>
    public bool IsArray { get; internal init; }

    /// <summary>Element type and shape.</summary>
    public override string ToString() => Tensor.ToString();
}
