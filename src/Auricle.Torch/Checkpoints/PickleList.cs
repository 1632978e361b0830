namespace Auricle.Torch.Checkpoints;

/// <summary>A Python list.</summary>
public sealed class PickleList : PickleValue
{
    private readonly List<PickleValue> _items = [];

    internal PickleList() { }

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<PickleValue> Items => _items;

    internal override int ChildCount => _items.Count;

    internal override PickleValue Child(int index) => _items[index];

    internal void Add(PickleValue value) => _items.Add(value);

    /// <summary>The length as text.</summary>
    public override string ToString() => $"list of {_items.Count}";
}
