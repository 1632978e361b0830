namespace Auricle.Torch.Checkpoints;

/// <summary>A Python tuple.</summary>
public sealed class PickleTuple : PickleValue
{
    private readonly PickleValue[] _items;

    internal PickleTuple(params PickleValue[] items) => _items = items;

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<PickleValue> Items => _items;

    internal override int ChildCount => _items.Length;

    internal override PickleValue Child(int index) => _items[index];

    /// <summary>The length as text.</summary>
    public override string ToString() => $"tuple of {_items.Length}";
}
