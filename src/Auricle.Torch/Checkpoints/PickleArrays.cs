using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Auricle.Torch.Checkpoints;

/// <summary>Reads NumPy scalars and arrays; those of texts, records and objects stay inert.</summary>
internal sealed class PickleArrays(PickleContext context)
{
    /// <summary>The array that a freshly given state completes, or <see langword="null"/>.</summary>
    public PickleTensor? TryFinish(PickleObject value) =>
        value is { Name: "_reconstruct", Module: "numpy.core.multiarray" or "numpy._core.multiarray" }
            && value.State is PickleTuple { Items: [_, var shape, var dtype, PickleBool columnMajor, var data] }
            && TypeOf(dtype) is { } type && BytesOf(data) is { } bytes
                ? Make(type, context.ToLongs(shape, "an array's shape"), columnMajor.Value, bytes)
                : null;

    /// <summary>The array of protocol 5, or <see langword="null"/>.</summary>
    public PickleTensor? TryFromBuffer(IReadOnlyList<PickleValue> arguments) =>
        arguments is [PickleBytes data, var dtype, var shape, PickleString order] && TypeOf(dtype) is { } type
            ? Make(type, context.ToLongs(shape, "an array's shape"), order.Value == "F", data.Value)
            : null;

    /// <summary>The number that a NumPy scalar stands for, or <see langword="null"/>.</summary>
    public PickleValue? TryScalar(IReadOnlyList<PickleValue> arguments)
    {
        if (arguments is not [var dtype, var data] || TypeOf(dtype) is not { } type || BytesOf(data) is not { } memory)
            return null;
        if (memory.Length != type.Size)
            throw context.Error($"a NumPy {type.Name} has {memory.Length} bytes; the file is damaged.");
        var bytes = memory.Span;
        return type.Name switch
        {
            "bool" => PickleBool.Of(bytes[0] != 0),
            "float16" => new PickleFloat((double)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
            "float32" => new PickleFloat(BinaryPrimitives.ReadSingleLittleEndian(bytes)),
            "float64" => new PickleFloat(BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
            _ when type.Name.StartsWith("int", StringComparison.Ordinal) => PickleInteger.Of(new BigInteger(bytes)),
            _ when type.Name.StartsWith("uint", StringComparison.Ordinal) => PickleInteger.Of(new BigInteger(bytes, isUnsigned: true)),
            _ => null,
        };
    }

    private PickleTensor Make(ElementType type, long[] shape, bool columnMajor, ReadOnlyMemory<byte> data)
    {
        var count = StoredTensor.CountElements(context.File, shape);
        if ((Int128)count * type.Size != data.Length)
            throw context.Error($"a NumPy array of shape [{string.Join(", ", shape)}] and type {type.Name} has {data.Length} bytes; the file is damaged.");
        context.Charge(data.Length);
        var storage = TensorStorage.Allocate(data.Length);
        unsafe
        {
            data.Span.CopyTo(new Span<byte>((void*)storage.Address, data.Length));
        }
        long[]? strides = null;
        if (columnMajor)
        {
            strides = new long[shape.Length];
            long stride = 1;
            for (var i = 0; i < shape.Length; i++)
            {
                strides[i] = stride;
                stride *= Math.Max(shape[i], 1);
            }
        }
        return new PickleTensor(StoredTensor.Create(context.File, type, shape, strides, 0, storage)) { IsArray = true };
    }

    private static ElementType? TypeOf(PickleValue dtype)
    {
        if (dtype is not PickleObject { Module: "numpy", Name: "dtype", Arguments.Items: [PickleString code, ..] } value)
            return null;
        // State: version, byte order, sub-array, field names, fields, sizes …
        if (value.State is PickleTuple { Items: [_, PickleString { Value: ">" }, ..] })
            return null;
        return value.State is PickleTuple { Items: [_, _, not PickleNone, ..] or [_, _, _, not PickleNone, ..] }
            ? null
            : ElementType.FromNumPy(code.Value);
    }

    private ReadOnlyMemory<byte>? BytesOf(PickleValue value)
    {
        if (value is PickleBytes bytes)
            return bytes.Value;
        if (value is not PickleString text)
            return null;
        // Only Python 2 writes bytes as a text here: one that happened to be valid UTF-8.
        context.Charge(text.Value.Length);
        return Encoding.UTF8.GetBytes(text.Value);
    }
}
