using System.Numerics;

namespace Auricle.Torch.Checkpoints;

/// <summary>A Python integer of any size, or a NumPy scalar of an integer type.</summary>
public sealed class PickleInteger : PickleValue
{
    internal PickleInteger(BigInteger value) => Value = value;

    /// <summary>The value.</summary>
    public BigInteger Value { get; }

    /// <summary>The value as text.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
