namespace Auricle.Torch.Checkpoints;

/// <summary>A Python truth value.</summary>
public sealed class PickleBool : PickleValue
{
    internal PickleBool(bool value) => Value = value;

    /// <summary>The value.</summary>
    public bool Value { get; }

    /// <summary>The value as text.</summary>
    public override string ToString() => Value ? "True" : "False";
}
