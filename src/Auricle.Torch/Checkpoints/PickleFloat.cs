namespace Auricle.Torch.Checkpoints;

/// <summary>A Python float, or a NumPy scalar of a floating-point type.</summary>
public sealed class PickleFloat : PickleValue
{
    internal PickleFloat(double value) => Value = value;

    /// <summary>The value.</summary>
    public double Value { get; }

    /// <summary>The value as text.</summary>
    public override string ToString() => Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
