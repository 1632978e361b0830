namespace Auricle.Torch.Checkpoints;

/// <summary>A PyTorch storage that the pickle refers to by its key; tensors are views of it.</summary>
public sealed class PickleStorage : PickleValue
{
    internal PickleStorage(ElementType type, TensorStorage storage, long firstElement, long elementCount)
    {
        Type = type;
        Storage = storage;
        FirstElement = firstElement;
        ElementCount = elementCount;
    }

    /// <summary>The bytes.</summary>
    public TensorStorage Storage { get; }

    /// <summary>PyTorch's name of the element type.</summary>
    public string TypeName => Type.Name;

    /// <summary>The first element of this storage in <see cref="Storage"/>; not 0 only for the views of old legacy files.</summary>
    public long FirstElement { get; }

    /// <summary>The number of elements.</summary>
    public long ElementCount { get; }

    internal ElementType Type { get; }

    /// <summary>Element type and count.</summary>
    public override string ToString() => $"storage {Type.Name}[{ElementCount}]";
}
