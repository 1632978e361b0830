using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Auricle.Torch.Native;

/// <summary>The C interface of <c>native/include/auricle.h</c>, one declaration each.</summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "auricle_native";

    public const int Ok = 0;
    public const int OutOfMemory = 2;
    public const int NoSuchOperator = 3;
    public const int CallbackFailed = 4;

    [LibraryImport(Library)] public static partial int aur_last_error(byte* buffer, int capacity);
    [LibraryImport(Library)] public static partial int aur_describe(byte* buffer, int capacity);
    [LibraryImport(Library)] public static partial int aur_operator_find(byte* name, byte* overload, nint* result);
    [LibraryImport(Library)]
    public static partial int aur_call(nint op, Value* arguments, int count, uint flags, Value* results, int capacity, int* resultCount);
    [LibraryImport(Library)] public static partial void aur_free(void* memory);
    [LibraryImport(Library)] public static partial void aur_tensor_free(nint tensor);
    [LibraryImport(Library)]
    public static partial int aur_tensor_describe(
        nint tensor, int* scalarType, int* deviceType, int* deviceIndex, int* dimensions, long* sizes, long* strides, int capacity, int* requiresGrad);
    [LibraryImport(Library)] public static partial int aur_tensor_data(nint tensor, void** data);
    [LibraryImport(Library)] public static partial int aur_tensor_set_requires_grad(nint tensor, int value);
    [LibraryImport(Library)] public static partial int aur_tensor_grad(nint tensor, nint* result);
    [LibraryImport(Library)] public static partial int aur_tensor_set_grad(nint tensor, nint grad);
    [LibraryImport(Library)] public static partial int aur_backward(nint tensor, nint gradient, int retainGraph);
    [LibraryImport(Library)]
    public static partial int aur_checkpoint(
        delegate* unmanaged[Cdecl]<nint, nint*, int, int, nint*, nint> block, delegate* unmanaged[Cdecl]<nint, void> release, nint state, nint* inputs, int count, nint* output);
    [LibraryImport(Library)] public static partial nint aur_take_failure();
    [LibraryImport(Library)] public static partial long aur_live_tensors();
    [LibraryImport(Library)] public static partial int aur_set_threads(int count);
    [LibraryImport(Library)] public static partial int aur_get_threads();
    [LibraryImport(Library)] public static partial int aur_manual_seed(ulong seed);
    [LibraryImport(Library)] public static partial int aur_get_random_state(nint* result);
    [LibraryImport(Library)] public static partial int aur_set_random_state(nint state);

    /// <summary>Throws what a status other than success stands for.</summary>
    public static void Check(int status)
    {
        if (status != Ok)
            Throw(status);
    }

    private static void Throw(int status)
    {
        if (status == CallbackFailed)
        {
            var handle = GCHandle.FromIntPtr(aur_take_failure());
            var error = (Exception)handle.Target!;
            handle.Free();
            ExceptionDispatchInfo.Throw(error);
        }
        var message = ReadText(&aur_last_error);
        throw status switch
        {
            OutOfMemory => new TorchOutOfMemoryException(message),
            NoSuchOperator => new OperatorMissingException(message),
            _ => new TorchException(message),
        };
    }

    /// <summary>Reads a text result, coming back with more room where the first buffer was too small.</summary>
    public static string ReadText(delegate*<byte*, int, int> read)
    {
        const int FirstCapacity = 2048;
        var first = stackalloc byte[FirstCapacity];
        var length = read(first, FirstCapacity);
        if (length < FirstCapacity)
            return Encoding(first, length);
        var buffer = new byte[length + 1];
        fixed (byte* whole = buffer)
        {
            _ = read(whole, buffer.Length);
            return Encoding(whole, length);
        }
        static string Encoding(byte* text, int length) => System.Text.Encoding.UTF8.GetString(text, length);
    }
}
