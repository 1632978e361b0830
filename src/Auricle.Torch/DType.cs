namespace Auricle.Torch;

/// <summary>The element type of a tensor. The numbers are libtorch's own codes (<c>c10::ScalarType</c>).</summary>
#pragma warning disable CA1720 // The names are those every tensor library uses.
public enum DType
{
    /// <summary>8-bit unsigned integer.</summary>
    UInt8 = 0,
    /// <summary>8-bit signed integer.</summary>
    Int8 = 1,
    /// <summary>16-bit signed integer.</summary>
    Int16 = 2,
    /// <summary>32-bit signed integer.</summary>
    Int32 = 3,
    /// <summary>64-bit signed integer.</summary>
    Int64 = 4,
    /// <summary>16-bit IEEE float.</summary>
    Float16 = 5,
    /// <summary>32-bit IEEE float.</summary>
    Float32 = 6,
    /// <summary>64-bit IEEE float.</summary>
    Float64 = 7,
    /// <summary>Pair of 32-bit floats.</summary>
    Complex64 = 9,
    /// <summary>Truth value, one byte.</summary>
    Bool = 11,
    /// <summary>16-bit float with the exponent range of float32.</summary>
    BFloat16 = 15,
}
#pragma warning restore CA1720

/// <summary>What follows from an element type.</summary>
public static class DTypes
{
    /// <summary>Bytes per element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no element type of this library.</exception>
    public static int Size(this DType dtype) => dtype switch
    {
        DType.UInt8 or DType.Int8 or DType.Bool => 1,
        DType.Int16 or DType.Float16 or DType.BFloat16 => 2,
        DType.Int32 or DType.Float32 => 4,
        DType.Int64 or DType.Float64 or DType.Complex64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Unknown element type."),
    };

    /// <summary>Whether the type is a real floating-point type.</summary>
    public static bool IsFloatingPoint(this DType dtype) =>
        dtype is DType.Float16 or DType.Float32 or DType.Float64 or DType.BFloat16;
}
