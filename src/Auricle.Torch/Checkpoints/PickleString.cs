namespace Auricle.Torch.Checkpoints;

/// <summary>A Python text.</summary>
public sealed class PickleString : PickleValue
{
    internal PickleString(string value) => Value = value;

    /// <summary>The value.</summary>
    public string Value { get; }

    /// <summary>The value as text.</summary>
    public override string ToString() => Value;
}
