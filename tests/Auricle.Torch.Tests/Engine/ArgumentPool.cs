using System.Runtime.InteropServices;
using Auricle.Torch.Native;
using Auricle.Torch.Operators;

namespace Auricle.Torch.Tests.Engine;

/// <summary>Arguments of the declared kinds but of any shape, type and size, which mostly do not fit together.</summary>
internal sealed unsafe class ArgumentPool : IDisposable
{
    private static readonly long[] Integers = [-7, -1, 0, 1, 2, 3, 9];

    private readonly Random _random;
    private readonly Tensor[] _tensors;
    private readonly List<GCHandle> _pins = [];

    public ArgumentPool(int seed)
    {
        _random = new Random(seed);
        _tensors =
        [
            Tensor.Ones([2, 3]), Tensor.Ones([]), Tensor.Ones([0]), Tensor.Ones([3, 2]), Tensor.Ones([1, 2, 6, 6]), Tensor.Ones([4, 2, 3, 3]),
            Tensor.Ones([3, 5, 7], DType.Float64), Tensor.Ones([2, 3], DType.BFloat16), Tensor.Ones([2, 3], DType.Bool),
            Tensor.From<long>([0, 2, 1, 40], 4), Tensor.From<long>([0, -3, 1, 1, 2, 9], 2, 3), Tensor.Zeros([2, 0, 3]), Tensor.Zeros([2], DType.Complex64),
            Tensor.Ones([2, 3], DType.UInt8), Tensor.Ones([1, 1, 1, 1, 1, 1, 1]), Tensor.Ones([2, 3], DType.Float32, Device.Meta),
        ];
    }

    public Value Any(OperatorGenerator.Parameter parameter)
    {
        var type = parameter.Type;
        if (type.EndsWith('?') && _random.Next(4) == 0)
            return Value.None;
        if (parameter.IsTensorList)
            return Value.Pinned((nint*)Pin(Handles()), 3, optional: type == "Tensor?[]");
        if (parameter.IsList)
            return type.StartsWith("bool", StringComparison.Ordinal) ? Value.Pinned((bool*)Pin(new bool[] { true, false }), 2) : Sizes();
        return type.TrimEnd('?') switch
        {
            "Tensor" => Value.Of(_tensors[_random.Next(_tensors.Length)]),
            "Scalar" => _random.Next(2) == 0 ? Value.Of(Integer()) : Value.Of(_random.Next(-3, 3) * 0.75),
            "int" => Value.Of(Integer()),
            "float" => Value.Of(_random.Next(-3, 4) * 0.5),
            "bool" => Value.Of(_random.Next(2) == 0),
            "str" => Text(_random.Next(2) == 0 ? "none" : "reflect"),
            "ScalarType" => Value.Of((long)(_random.Next(2) == 0 ? DType.Int64 : DType.BFloat16)),
            "MemoryFormat" => Value.Of((long)MemoryFormat.ChannelsLast),
            "Device" => Value.Of((Device?)(_random.Next(2) == 0 ? Device.Meta : Device.Cuda(7))),
            _ => Value.None, // layouts and generators, which no caller can give
        };
    }

    public void Dispose() => _pins.ForEach(pin => pin.Free());

    private long Integer() => Integers[_random.Next(Integers.Length)];

    private nint[] Handles() => [.. Enumerable.Range(0, 3).Select(_ => _tensors[_random.Next(_tensors.Length)].Handle)];

    private Value Sizes()
    {
        long[] sizes = [.. Enumerable.Range(0, _random.Next(5)).Select(_ => Integer())];
        return Value.Pinned((long*)Pin(sizes), sizes.Length);
    }

    private Value Text(string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        return Value.Pinned((byte*)Pin(bytes), bytes.Length);
    }

    private nint Pin(Array array)
    {
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        _pins.Add(pin);
        return pin.AddrOfPinnedObject();
    }
}
