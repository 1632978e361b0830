using System.Runtime.CompilerServices;

namespace Auricle.Torch.Checkpoints;

/// <summary>
/// A tensor as it lies in a checkpoint: a strided view of a <see cref="TensorStorage"/>. Nothing is copied until asked for,
/// and holding the tensor (or its storage) keeps the bytes in place.
/// </summary>
public sealed unsafe class StoredTensor
{
    /// <summary>PyTorch's own bound of the number of dimensions.</summary>
    internal const int MaxRank = 64;

    // A view may repeat elements (stride 0), so its size is not bounded by the file; this bounds what a reader is led to allocate.
    private const long MaxRepeatedBytes = 64 << 20;

    private readonly ElementType _type;
    private readonly string? _file;
    private readonly long[] _shape;
    private readonly long[] _strides;

    private StoredTensor(string? file, ElementType type, long[] shape, long[] strides, long offset, long count, TensorStorage storage)
    {
        _file = file;
        _type = type;
        _shape = shape;
        _strides = strides;
        StorageOffset = offset;
        ElementCount = count;
        Storage = storage;
        IsContiguous = count == 0 || strides.AsSpan().SequenceEqual(ContiguousStrides(shape)) || IsContiguousButForUnitSizes();
    }

    /// <summary>The element type.</summary>
    /// <exception cref="WeightsException">The file uses a type that this library does not compute with.</exception>
    public DType DType => _type.DType ?? throw CheckpointError.Create(_file,
        $"a tensor has elements of type '{CheckpointError.Shorten(_type.Name)}', which is not supported; convert it before saving.");

    /// <summary>PyTorch's name of the element type, also where <see cref="DType"/> does not know it.</summary>
    public string TypeName => _type.Name;

    /// <summary>Bytes per element; 0 for an unknown type.</summary>
    public int ElementSize => _type.Size;

    /// <summary>The size of each dimension; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>The distance, in elements, between neighbours in each dimension.</summary>
    public IReadOnlyList<long> Strides => _strides;

    /// <summary>Position of the first element in the storage, in elements.</summary>
    public long StorageOffset { get; }

    /// <summary>The number of elements.</summary>
    public long ElementCount { get; }

    /// <summary>Length in bytes of the elements in logical order.</summary>
    public long ByteLength => ElementCount * _type.Size;

    /// <summary>Whether the elements lie in logical order without gaps.</summary>
    public bool IsContiguous { get; }

    /// <summary>The bytes that the tensor looks at; the same object for tied tensors.</summary>
    public TensorStorage Storage { get; }

    /// <summary>Copies the elements in logical (row-major) order.</summary>
    /// <param name="destination">At least <see cref="ByteLength"/> bytes.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="WeightsException">The element type is unknown.</exception>
    public void CopyTo(Span<byte> destination)
    {
        fixed (byte* start = destination)
            CopyTo((nint)start, destination.Length);
    }

    /// <summary>Copies the elements in logical (row-major) order to unmanaged memory, also beyond 2 GiB.</summary>
    /// <param name="destination">The address to write to.</param>
    /// <param name="byteLength">The bytes there, at least <see cref="ByteLength"/>.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="WeightsException">The element type is unknown.</exception>
    public void CopyTo(nint destination, long byteLength)
    {
        if (_type.Size == 0)
            _ = DType;
        if (byteLength < ByteLength)
            throw new ArgumentException($"The destination has {byteLength} bytes, but the tensor has {ByteLength}.", nameof(byteLength));
        if (ElementCount == 0)
            return;
        if (IsContiguous)
            Buffer.MemoryCopy((void*)First, (void*)destination, byteLength, ByteLength);
        else
            CopyStrided((byte*)First, (byte*)destination);
        GC.KeepAlive(this);
    }

    /// <summary>A short description.</summary>
    public override string ToString() => $"{_type.Name}[{string.Join(", ", _shape)}]";

    /// <summary>The same elements with rows and columns exchanged; nothing is copied.</summary>
    /// <exception cref="WeightsException">The tensor is no matrix.</exception>
    public StoredTensor Transpose() => _shape.Length == 2
        ? new StoredTensor(_file, _type, [_shape[1], _shape[0]], [_strides[1], _strides[0]], StorageOffset, ElementCount, Storage)
        : throw CheckpointError.Create(_file, $"a tensor of shape [{string.Join(", ", _shape)}] stands where a matrix belongs; it is another model's file.");

    /// <summary>One item along the first dimension; nothing is copied.</summary>
    /// <param name="index">Which one.</param>
    /// <exception cref="WeightsException">There is no such item.</exception>
    public StoredTensor Select(long index) => _shape.Length > 0 && index >= 0 && index < _shape[0]
        ? new StoredTensor(_file, _type, _shape[1..], _strides[1..], StorageOffset + index * _strides[0], ElementCount / _shape[0], Storage)
        : throw CheckpointError.Create(_file, $"a tensor of shape [{string.Join(", ", _shape)}] has no item {index}; it is another model's file.");

    /// <summary>The same elements in another shape; nothing is copied.</summary>
    /// <param name="shape">The sizes; as many elements in all.</param>
    /// <exception cref="WeightsException">There are more or fewer elements, or they lie apart.</exception>
    public StoredTensor Reshape(params ReadOnlySpan<long> shape) => IsContiguous && CountElements(_file, shape) == ElementCount
        ? new StoredTensor(_file, _type, shape.ToArray(), ContiguousStrides(shape.ToArray()), StorageOffset, ElementCount, Storage)
        : throw CheckpointError.Create(_file, $"a tensor of shape [{string.Join(", ", _shape)}] stands where one of shape [{string.Join(", ", shape.ToArray())}] belongs; it is another model's file.");

    /// <summary>One tensor from several of equal type and row shape, one behind the other along the first dimension; copied into memory.</summary>
    /// <param name="parts">The tensors.</param>
    /// <exception cref="WeightsException">They differ in type or in the shape of a row, or are of an unknown type.</exception>
    public static StoredTensor Join(IReadOnlyList<StoredTensor> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentOutOfRangeException.ThrowIfZero(parts.Count);
        if (parts.Any(part => part._shape.Length == 0 || part._type != parts[0]._type || !part._shape.AsSpan(1).SequenceEqual(parts[0]._shape.AsSpan(1))))
            throw CheckpointError.Create(parts[0]._file, $"tensors that belong together differ in type or rows ({string.Join(", ", parts)}); the file is damaged.");
        var storage = TensorStorage.Allocate(parts.Sum(part => part.ByteLength));
        var start = storage.Address;
        foreach (var part in parts)
        {
            part.CopyTo(start, part.ByteLength);
            start += (nint)part.ByteLength;
        }
        long[] shape = [parts.Sum(part => part._shape[0]), .. parts[0]._shape.AsSpan(1)];
        return Create(parts[0]._file, parts[0]._type, shape, null, 0, storage);
    }

    /// <summary>Makes a tensor after checking that all its elements lie in the storage.</summary>
    /// <param name="file">The file, for errors.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The size of each dimension.</param>
    /// <param name="strides">Element strides, or <see langword="null"/> for contiguous.</param>
    /// <param name="offset">First element.</param>
    /// <param name="storage">The storage.</param>
    internal static StoredTensor Create(
        string? file, ElementType type, long[] shape, long[]? strides, long offset, TensorStorage storage)
    {
        if (shape.Length > MaxRank)
            throw CheckpointError.Create(file, $"a tensor has {shape.Length} dimensions, more than {MaxRank}; the file is damaged.");
        if (strides is not null && strides.Length != shape.Length)
            throw CheckpointError.Create(file, $"a tensor has {shape.Length} dimensions but {strides.Length} strides; the file is damaged.");
        var count = CountElements(file, shape);
        strides ??= ContiguousStrides(shape);
        if (type.Size > 0)
            CheckExtent(file, type, shape, strides, offset, count, storage);
        return new StoredTensor(file, type, shape, strides, offset, count, storage);
    }

    /// <summary>The product of the sizes.</summary>
    internal static long CountElements(string? file, ReadOnlySpan<long> shape)
    {
        // Sizes beside a zero still must not overflow, as PyTorch multiplies them one by one.
        Int128 count = 1, positive = 1;
        foreach (var size in shape)
        {
            count *= size;
            positive *= Math.Max(size, 1);
            if (size < 0 || positive > long.MaxValue / 16)
                throw CheckpointError.Create(file, $"a tensor has the impossible shape [{string.Join(", ", shape.ToArray())}]; the file is damaged.");
        }
        return (long)count;
    }

    private static void CheckExtent(
        string? file, ElementType type, long[] shape, long[] strides, long offset, long count, TensorStorage storage)
    {
        Int128 end = count == 0 ? offset : (Int128)offset + 1;
        var valid = offset >= 0;
        for (var i = 0; i < shape.Length; i++)
        {
            valid &= strides[i] >= 0;
            if (count > 0)
                end += (Int128)(shape[i] - 1) * strides[i];
        }
        if (!valid || end * type.Size > storage.ByteLength)
        {
            throw CheckpointError.Create(file,
                $"a tensor of shape [{string.Join(", ", shape)}], strides [{string.Join(", ", strides)}] and offset {offset} "
                + $"does not fit its storage of {storage.ByteLength} bytes; the file is damaged.");
        }
        if ((Int128)count * type.Size > Math.Max(storage.ByteLength, MaxRepeatedBytes))
        {
            throw CheckpointError.Create(file,
                $"a tensor of shape [{string.Join(", ", shape)}] repeats a storage of {storage.ByteLength} bytes beyond "
                + $"{MaxRepeatedBytes} bytes; save the tensor without 'expand'.");
        }
    }

    private nint First => Storage.Address + (nint)(StorageOffset * _type.Size);

    private static long[] ContiguousStrides(long[] shape)
    {
        var strides = new long[shape.Length];
        long stride = 1;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(shape[i], 1);
        }
        return strides;
    }

    private bool IsContiguousButForUnitSizes()
    {
        long expected = 1;
        for (var i = _shape.Length - 1; i >= 0; i--)
        {
            if (_shape[i] == 1)
                continue;
            if (_strides[i] != expected)
                return false;
            expected *= _shape[i];
        }
        return true;
    }

    // Only called with at least one dimension: a scalar is contiguous.
    private void CopyStrided(byte* source, byte* destination)
    {
        var index = new long[_shape.Length];
        var last = _shape.Length - 1;
        var rowStep = _strides[last] * _type.Size;
        long first = 0;
        while (true)
        {
            CopyRow(source + first * _type.Size, rowStep, destination, _shape[last]);
            destination += _shape[last] * _type.Size;
            var axis = last - 1;
            while (axis >= 0 && index[axis] == _shape[axis] - 1)
            {
                first -= index[axis] * _strides[axis];
                index[axis--] = 0;
            }
            if (axis < 0)
                return;
            index[axis]++;
            first += _strides[axis];
        }
    }

    private void CopyRow(byte* source, long step, byte* destination, long count)
    {
        switch (_type.Size)
        {
            case 1:
                CopyRow<byte>(source, step, destination, count);
                break;
            case 2:
                CopyRow<short>(source, step, destination, count);
                break;
            case 4:
                CopyRow<int>(source, step, destination, count);
                break;
            case 8:
                CopyRow<long>(source, step, destination, count);
                break;
            default:
                CopyRow<Int128>(source, step, destination, count);
                break;
        }
    }

    private static void CopyRow<T>(byte* source, long step, byte* destination, long count) where T : unmanaged
    {
        for (long i = 0; i < count; i++, source += step, destination += sizeof(T))
            Unsafe.WriteUnaligned(destination, Unsafe.ReadUnaligned<T>(source));
    }
}
