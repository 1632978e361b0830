using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Auricle.Torch.Native;

internal enum ValueKind
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    IntList = 5,
    DoubleList = 6,
    TensorList = 7,
    OptionalTensorList = 8,
    String = 9,
    Device = 10,
    BoolList = 11,
}

/// <summary>One argument or result of an operator, laid out as <c>AurValue</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Value
{
    public ValueKind Kind;
    public int Count;
    public long Payload;

    private Value(ValueKind kind, int count, long payload) => (Kind, Count, Payload) = (kind, count, payload);

    public static Value None => default;
    public static Value Of(Tensor? tensor) => tensor is null ? default : new(ValueKind.Tensor, 0, tensor.Handle);
    public static Value Of(long value) => new(ValueKind.Int, 0, value);
    public static Value Of(long? value) => value is { } number ? Of(number) : default;
    public static Value Of(double value) => new(ValueKind.Double, 0, BitConverter.DoubleToInt64Bits(value));
    public static Value Of(double? value) => value is { } number ? Of(number) : default;
    public static Value Of(bool value) => new(ValueKind.Bool, 0, value ? 1 : 0);
    public static Value Of(Scalar value) => value.ToValue();
    public static Value Of(Scalar? value) => value is { } scalar ? scalar.ToValue() : default;
    public static Value Of(DType? value) => value is { } dtype ? Of((long)dtype) : default;
    public static Value Of(MemoryFormat? value) => value is { } format ? Of((long)format) : default;
    public static Value Of(Device? value) => value is { } device ? new(ValueKind.Device, device.Index, (long)device.Type) : default;

    /// <summary>A list of integers; the caller keeps it pinned until the call is over.</summary>
    public static Value Pinned(long* items, int count) => new(ValueKind.IntList, count, (long)items);
    /// <summary>A list of truth values, one byte each; pinned likewise.</summary>
    public static Value Pinned(bool* items, int count) => new(ValueKind.BoolList, count, (long)items);
    /// <summary>A list of handles, where null stands for an absent tensor; pinned likewise.</summary>
    public static Value Pinned(nint* handles, int count, bool optional) => new(optional ? ValueKind.OptionalTensorList : ValueKind.TensorList, count, (long)handles);
    /// <summary>UTF-8 text; pinned likewise.</summary>
    public static Value Pinned(byte* text, int count) => new(ValueKind.String, count, (long)text);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Handles(ReadOnlySpan<Tensor?> tensors, nint* handles)
    {
        for (var i = 0; i < tensors.Length; i++)
            handles[i] = tensors[i]?.Handle ?? 0;
    }
}
