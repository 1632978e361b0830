using System.Runtime.InteropServices;
using System.Text;
using Auricle.Torch.Native;

namespace Auricle.Torch;

/// <summary>Keeps the lists of one boxed call in place until the call is over.</summary>
internal unsafe ref struct PinnedArguments(int capacity)
{
    private readonly List<GCHandle> _pins = new(capacity);

    public readonly Value Convert(object? argument) => argument switch
    {
        null => Value.None,
        Tensor tensor => Value.Of(tensor),
        int number => Value.Of((long)number),
        long number => Value.Of(number),
        float number => Value.Of((double)number),
        double number => Value.Of(number),
        bool truth => Value.Of(truth),
        Scalar scalar => Value.Of(scalar),
        DType dtype => Value.Of((DType?)dtype),
        MemoryFormat format => Value.Of((MemoryFormat?)format),
        Device device => Value.Of((Device?)device),
        long[] list => Value.Pinned((long*)Pin(list), list.Length),
        bool[] list => Value.Pinned((bool*)Pin(list), list.Length),
        Tensor?[] list => Value.Pinned((nint*)Pin(Handles(list)), list.Length, optional: list.Contains(null)),
        string text => Text(text),
        _ => throw new ArgumentException($"An operator takes no {argument.GetType().Name}.", nameof(argument)),
    };

    private readonly Value Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Value.Pinned((byte*)Pin(bytes), bytes.Length);
    }

    private static nint[] Handles(Tensor?[] tensors) => Array.ConvertAll(tensors, tensor => tensor?.Handle ?? 0);

    private readonly nint Pin(Array array)
    {
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        _pins.Add(pin);
        return pin.AddrOfPinnedObject();
    }

    public readonly void Dispose()
    {
        foreach (var pin in _pins)
            pin.Free();
    }
}
