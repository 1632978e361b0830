namespace Auricle.Torch.Checkpoints;

/// <summary>
/// The bytes that one or more tensors of a checkpoint look at; tied weights share one. While a storage is referred to, its
/// bytes stay at their address: they lie in the mapped file, or in a pinned array.
/// </summary>
public sealed class TensorStorage
{
    private MappedFile? _file;
    private Array? _array;
    private nint _address;

    /// <summary>A storage whose place in the file becomes known later, as the legacy format has it.</summary>
    internal TensorStorage(long byteLength) => ByteLength = byteLength;

    internal TensorStorage(MappedFile file, long offset, long byteLength) : this(byteLength) => Attach(file, offset);

    private unsafe TensorStorage(Array pinned, long byteLength) : this(byteLength)
    {
        _array = pinned;
        _address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(
            ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(pinned));
    }

    /// <summary>A storage of its own, of any length; its bytes are whatever the memory held.</summary>
    internal static TensorStorage Allocate(long byteLength) =>
        // An array of bytes would end at 2 GiB.
        new(GC.AllocateUninitializedArray<long>(checked((int)((byteLength + 7) / 8)), pinned: true), byteLength);

    /// <summary>Length in bytes.</summary>
    public long ByteLength { get; }

    internal bool IsAttached => _file is not null || _array is not null;

    internal nint Address => IsAttached ? _address : throw new InvalidOperationException("The storage has no bytes yet.");

    internal void Attach(MappedFile mapped, long offset)
    {
        if (offset < 0 || ByteLength > mapped.Length - offset)
        {
            throw CheckpointError.Create(mapped.Path,
                $"a storage of {ByteLength} bytes at byte {offset} runs past the file's end at {mapped.Length}; fetch the file again.");
        }
        _file = mapped;
        _address = mapped.Address(offset);
    }
}
