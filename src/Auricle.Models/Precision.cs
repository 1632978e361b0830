namespace Auricle.Models;

/// <summary>The element type of a model's matrix products, chosen when it is loaded.</summary>
public enum Precision
{
    /// <summary>bfloat16 where the hardware multiplies it, else float32.</summary>
    Auto,
#pragma warning disable CA1720 // The names are those every tensor library uses.
    /// <summary>32-bit floats, as checkpoints are published with.</summary>
    Float32,
#pragma warning restore CA1720
    /// <summary>16-bit floats with 8 bits of mantissa: twice as fast where the hardware has them. Sums and norms stay float32.</summary>
    BFloat16,
}
