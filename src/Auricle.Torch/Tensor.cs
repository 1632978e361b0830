using System.Runtime.CompilerServices;
using Auricle.Torch.Native;

namespace Auricle.Torch;

/// <summary>
/// A libtorch tensor. It belongs to the <see cref="TensorScope"/> open on the thread that made it; one made outside
/// every scope belongs to the caller, who disposes it. There is no finalizer: a forgotten tensor is a leak, which
/// <see cref="LiveCount"/> shows.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    private const int MaximumDimensions = 16;

    private nint _handle;
    private long[]? _shape;
    private long[]? _strides;
    private DType _dtype;
    private Device _device;

    private Tensor(nint handle) => _handle = handle;

    /// <summary>How many tensors this process holds and has not released.</summary>
    public static long LiveCount => NativeMethods.aur_live_tensors();

    internal ScopeFrame? Frame { get; set; }

    internal int Slot { get; set; }

    internal nint Handle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_handle == 0)
                ThrowReleased();
            return _handle;
        }
    }

    /// <summary>The sizes of the dimensions.</summary>
    public ReadOnlySpan<long> Shape
    {
        get
        {
            Describe();
            return _shape;
        }
    }

    /// <summary>The distance in elements between neighbours along each dimension.</summary>
    public ReadOnlySpan<long> Strides
    {
        get
        {
            Describe();
            return _strides;
        }
    }

    /// <summary>The element type.</summary>
    public DType DType
    {
        get
        {
            Describe();
            return _dtype;
        }
    }

    /// <summary>Where the values lie.</summary>
    public Device Device
    {
        get
        {
            Describe();
            return _device;
        }
    }

    /// <summary>The number of dimensions.</summary>
    public int Dimensions => Shape.Length;

    /// <summary>The number of elements.</summary>
    public long ElementCount
    {
        get
        {
            long count = 1;
            foreach (var size in Shape)
                count *= size;
            return count;
        }
    }

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            Describe();
            long expected = 1;
            for (var i = _shape!.Length - 1; i >= 0; i--)
            {
                if (_shape[i] != 1 && _strides![i] != expected)
                    return false;
                expected *= _shape[i];
            }
            return true;
        }
    }

    /// <summary>The size of one dimension; a negative one counts from the end.</summary>
    /// <exception cref="TorchException">There is no such dimension.</exception>
    public long Size(int dimension)
    {
        var shape = Shape;
        var place = dimension < 0 ? dimension + shape.Length : dimension;
        return (uint)place < (uint)shape.Length ? shape[place] : throw new TorchException($"{this} has no dimension {dimension}.");
    }

    /// <summary>Takes a tensor out of every scope: from now on the caller owns it and disposes it.</summary>
    /// <returns>This tensor.</returns>
    public Tensor Own()
    {
        Frame?.Remove(this);
        return this;
    }

    /// <summary>Releases the tensor now. Using it afterwards is an error; releasing it again is not.</summary>
    public void Dispose()
    {
        Frame?.Remove(this);
        Release();
    }

    /// <inheritdoc/>
    public override string ToString() => _handle == 0 ? "released tensor" : $"{DType} [{string.Join(", ", Shape.ToArray())}] on {Device}";

    internal static Tensor Take(nint handle)
    {
        if (handle == 0)
            throw new TorchException("The operator returned no tensor.");
        var tensor = new Tensor(handle);
        ThreadState.Current.Frame?.Add(tensor);
        return tensor;
    }

    /// <summary>The handle without the tensor: whoever takes it releases it.</summary>
    internal nint HandOver()
    {
        Frame?.Remove(this);
        var handle = Handle;
        _handle = 0;
        return handle;
    }

    internal void Release()
    {
        if (_handle == 0)
            return;
        NativeMethods.aur_tensor_free(_handle);
        _handle = 0;
    }

    private static void ThrowReleased() => throw new ObjectDisposedException(nameof(Tensor), "The tensor was already released, probably by the end of its TensorScope; keep it with scope.Keep.");

    private void Describe()
    {
        if (_shape is not null && _handle != 0)
            return;
        int scalarType, deviceType, deviceIndex, dimensions, requiresGrad;
        var sizes = stackalloc long[MaximumDimensions];
        var steps = stackalloc long[MaximumDimensions];
        NativeMethods.Check(NativeMethods.aur_tensor_describe(
            Handle, &scalarType, &deviceType, &deviceIndex, &dimensions, sizes, steps, MaximumDimensions, &requiresGrad));
        if (dimensions > MaximumDimensions)
            throw new TorchException($"A tensor has {dimensions} dimensions; this library describes at most {MaximumDimensions}.");
        _dtype = (DType)scalarType;
        _device = new Device((DeviceType)deviceType, deviceIndex);
        _strides = new ReadOnlySpan<long>(steps, dimensions).ToArray();
        _shape = new ReadOnlySpan<long>(sizes, dimensions).ToArray();
    }
}
