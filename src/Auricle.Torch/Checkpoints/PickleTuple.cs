namespace Auricle.Torch.Checkpoints;

/// <summary>A Python tuple.</summary>
public sealed class PickleTuple : PickleValue
{
    private readonly PickleValue[] items;

    internal PickleTuple(params PickleValue[] items) => this.items = items;

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<PickleValue> Items => items;

    internal override int ChildCount => items.Length;

    internal override PickleValue Child(int index) => items[index];

    /// <summary>The length as text.</summary>
    public override string ToString() => $"tuple of {items.Length}";
}
