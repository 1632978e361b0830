namespace Auricle.Torch.Checkpoints;

/// <summary>
/// A value read from a pickle. Values form a graph: one value may be reached along several paths, and some Python objects
/// refer to themselves, so a reader that walks it must remember where it has been. Nesting is at most
/// <see cref="PickleReader.MaxDepth"/> deep. No class of the pickle is ever looked up or run.
/// </summary>
public abstract class PickleValue
{
    private protected PickleValue() { }

    /// <summary>Where a walk over the whole graph has been.</summary>
    internal bool Visited { get; set; }

    /// <summary>The key in the reader's memo, so that a value can be replaced when its state arrives; -1 if none.</summary>
    internal long MemoKey { get; set; } = -1;

    internal virtual int ChildCount => 0;

    internal virtual PickleValue Child(int index) => throw new ArgumentOutOfRangeException(nameof(index));
}
