namespace Auricle.Torch.Checkpoints;

/// <summary>A Python <c>set</c> or <c>frozenset</c>, in the order of the file.</summary>
public sealed class PickleSet : PickleValue
{
    private readonly List<PickleValue> _items = [];

    internal PickleSet() { }

    /// <summary>The elements as the file lists them.</summary>
    public IReadOnlyList<PickleValue> Items => _items;

    internal override int ChildCount => _items.Count;

    internal override PickleValue Child(int index) => _items[index];

    internal void Add(PickleValue value) => _items.Add(value);

    /// <summary>The size as text.</summary>
    public override string ToString() => $"set of {_items.Count}";
}
