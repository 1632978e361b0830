namespace Auricle.Torch.Checkpoints;

/// <summary>A Python <c>set</c> or <c>frozenset</c>, in the order of the file.</summary>
public sealed class PickleSet : PickleValue
{
    private readonly List<PickleValue> items = [];

    internal PickleSet() { }

    /// <summary>The elements as the file lists them.</summary>
    public IReadOnlyList<PickleValue> Items => items;

    internal override int ChildCount => items.Count;

    internal override PickleValue Child(int index) => items[index];

    internal void Add(PickleValue value) => items.Add(value);

    /// <summary>The size as text.</summary>
    public override string ToString() => $"set of {items.Count}";
}
