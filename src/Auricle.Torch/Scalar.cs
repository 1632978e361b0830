using Auricle.Torch.Native;

namespace Auricle.Torch;

/// <summary>A number handed to an operator: an integer, a float or a truth value, which libtorch promotes differently.</summary>
public readonly struct Scalar
{
    private readonly ValueKind _kind;
    private readonly long _payload;

    private Scalar(ValueKind kind, long payload) => (_kind, _payload) = (kind, payload);

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(long value) => new(ValueKind.Int, value);
    /// <summary>An integer.</summary>
    public static implicit operator Scalar(int value) => new(ValueKind.Int, value);
    /// <summary>A float.</summary>
    public static implicit operator Scalar(double value) => new(ValueKind.Double, BitConverter.DoubleToInt64Bits(value));
    /// <summary>A truth value.</summary>
    public static implicit operator Scalar(bool value) => new(ValueKind.Bool, value ? 1 : 0);

    internal static Scalar From(Value value) => new(value.Kind, value.Payload);

    internal Value ToValue() => _kind switch
    {
        ValueKind.Int => Value.Of(_payload),
        ValueKind.Bool => Value.Of(_payload != 0),
        _ => Value.Of(BitConverter.Int64BitsToDouble(_payload)),
    };

    /// <summary>The number as a double.</summary>
    public double ToDouble() => _kind == ValueKind.Double ? BitConverter.Int64BitsToDouble(_payload) : _payload;

    /// <summary>The number as an integer; a float is cut.</summary>
    public long ToInt64() => _kind == ValueKind.Double ? (long)BitConverter.Int64BitsToDouble(_payload) : _payload;

    /// <inheritdoc/>
    public override string ToString() => _kind switch
    {
        ValueKind.Int => _payload.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ValueKind.Bool => _payload != 0 ? "true" : "false",
        _ => ToDouble().ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
