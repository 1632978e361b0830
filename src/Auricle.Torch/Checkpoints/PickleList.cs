namespace Auricle.Torch.Checkpoints;

/// <summary>A Python list.</summary>
public sealed class PickleList : PickleValue
{
    private readonly List<PickleValue> items = [];

    internal PickleList() { }

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<PickleValue> Items => items;

    internal override int ChildCount => items.Count;

    internal override PickleValue Child(int index) => items[index];

    internal void Add(PickleValue value) => items.Add(value);

    /// <summary>The length as text.</summary>
    public override string ToString() => $"list of {items.Count}";
}
