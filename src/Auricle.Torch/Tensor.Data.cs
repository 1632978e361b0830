using Auricle.Torch.Checkpoints;
using Auricle.Torch.Native;

namespace Auricle.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>A tensor with a copy of the given values.</summary>
    /// <typeparam name="T">float, double, long, int, short, sbyte, byte, bool or <see cref="Half"/>.</typeparam>
    /// <exception cref="ArgumentException">The number of values is not the product of the sizes.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        var result = Empty(shape, DTypeOf<T>());
        if (result.ElementCount != values.Length)
        {
            result.Dispose();
            throw new ArgumentException($"{values.Length} values do not fill the shape [{string.Join(", ", shape.ToArray())}].", nameof(values));
        }
        values.CopyTo(new Span<T>(result.DataPointer, values.Length));
        return result;
    }

    /// <summary>A tensor with the values of a checkpoint entry, of the same type and shape.</summary>
    public static Tensor From(StoredTensor stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        var result = Empty([.. stored.Shape], stored.DType);
        stored.CopyTo((nint)result.DataPointer, stored.ByteLength);
        return result;
    }

    /// <summary>The values in row-major order, copied to managed memory (from any device, in any layout).</summary>
    /// <typeparam name="T">The element type; must be the tensor's own.</typeparam>
    /// <exception cref="TorchException">The element type differs, or there are more elements than an array holds.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        CheckType<T>();
        var result = new T[CountUpTo(Array.MaxLength)];
        CopyTo(result.AsSpan());
        return result;
    }

    /// <summary>As <see cref="ToArray{T}"/>, into memory the caller gives.</summary>
    /// <exception cref="ArgumentException">The destination is too small.</exception>
    /// <exception cref="TorchException">The element type differs, or there are more elements than a span reaches.</exception>
    public void CopyTo<T>(Span<T> destination) where T : unmanaged
    {
        CheckType<T>();
        var count = CountUpTo(int.MaxValue);
        using var scope = TensorScope.Begin();
        new ReadOnlySpan<T>(InMemory().DataPointer, count).CopyTo(destination);
    }

    /// <summary>The values in place. Valid while the tensor is; it must lie contiguous in the processor's memory.</summary>
    /// <exception cref="TorchException">It does not, the element type differs, or there are more elements than a span reaches.</exception>
    public Span<T> Span<T>() where T : unmanaged
    {
        CheckType<T>();
        if (Device.Type != DeviceType.Cpu || !IsContiguous)
            throw new TorchException($"Only a contiguous tensor in the processor's memory has a span; this is {this}.");
        return new Span<T>(DataPointer, CountUpTo(int.MaxValue));
    }

    /// <summary>This tensor where it already lies on the device, else a copy there.</summary>
    public Tensor On(Device device) => Device.Type == device.Type ? this : To(device, DType);

    /// <summary>The only element, as a double.</summary>
    /// <exception cref="TorchException">There is more than one element.</exception>
    public double ToDouble() => Item().ToDouble();

    /// <summary>Writes the bytes of the elements in row-major order, from any device and layout and of any length.</summary>
    internal void WriteTo(Stream stream)
    {
        const int Piece = 1 << 30; // a span reaches no further than 2 GiB
        using var scope = TensorScope.Begin();
        var next = (byte*)InMemory().DataPointer;
        for (var left = ElementCount * DType.Size(); left > 0; left -= Piece, next += Piece)
            stream.Write(new ReadOnlySpan<byte>(next, (int)Math.Min(left, Piece)));
    }

    /// <summary>This tensor where it lies contiguous in the processor's memory, else a copy that does.</summary>
    private Tensor InMemory() => Device.Type == DeviceType.Cpu ? Contiguous() : To(Device.Cpu, DType).Contiguous();

    private int CountUpTo(int most) => ElementCount <= most
        ? (int)ElementCount
        : throw new TorchException($"{this} has {ElementCount} elements, more than the {most} that fit one piece of managed memory; take it in parts with Narrow.");

    private void* DataPointer
    {
        get
        {
            void* data;
            NativeMethods.Check(NativeMethods.aur_tensor_data(Handle, &data));
            return data;
        }
    }

    internal static DType DTypeOf<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.Float32
        : typeof(T) == typeof(long) ? DType.Int64
        : typeof(T) == typeof(double) ? DType.Float64
        : typeof(T) == typeof(int) ? DType.Int32
        : typeof(T) == typeof(bool) ? DType.Bool
        : typeof(T) == typeof(byte) ? DType.UInt8
        : typeof(T) == typeof(sbyte) ? DType.Int8
        : typeof(T) == typeof(short) ? DType.Int16
        : typeof(T) == typeof(Half) ? DType.Float16
        : throw new ArgumentException($"{typeof(T).Name} is not the element type of any tensor.");

    private void CheckType<T>() where T : unmanaged
    {
        // bfloat16 has no managed type: its bits are read as shorts.
        if (DType != DTypeOf<T>() && !(DType == DType.BFloat16 && typeof(T) == typeof(short)))
            throw new TorchException($"The tensor holds {DType}, not {typeof(T).Name}; convert it with To first.");
    }
}
