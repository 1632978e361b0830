namespace Auricle.Torch.Checkpoints;

/// <summary>Python's <c>None</c>.</summary>
public sealed class PickleNone : PickleValue
{
    private PickleNone() { }

    // A new object each time: the reader marks values while it walks them, and two readers may run at once.
    internal static PickleNone Create() => new();

    /// <summary><c>None</c>.</summary>
    public override string ToString() => "None";
}
