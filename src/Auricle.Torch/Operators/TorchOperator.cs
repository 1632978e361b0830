using System.Text;
using Auricle.Torch.Native;

namespace Auricle.Torch;

/// <summary>An ATen operator, found by name on first use and called through the boxed dispatcher.</summary>
public sealed unsafe class TorchOperator
{
    private const int MaximumResults = 8;

    private readonly string _name;
    private readonly string _overload;
    private nint _handle;

    /// <summary>Names an operator; nothing is looked up yet.</summary>
    /// <param name="name">With its namespace, for example <c>aten::add</c>.</param>
    /// <param name="overload">For example <c>Tensor</c>; empty for the one without a name.</param>
    public TorchOperator(string name, string overload = "") => (_name, _overload) = (name, overload);

    /// <summary>Whether the libtorch at hand has this operator.</summary>
    public bool Exists
    {
        get
        {
            var status = Find();
            if (status is not (NativeMethods.Ok or NativeMethods.NoSuchOperator))
                NativeMethods.Check(status);
            return status == NativeMethods.Ok;
        }
    }

    /// <summary>The operator's declaration, as libtorch prints it.</summary>
    /// <exception cref="OperatorMissingException">The libtorch at hand has no such operator.</exception>
    public string Schema
    {
        get
        {
            NativeMethods.Check(Find());
            const int Capacity = 16384;
            var buffer = stackalloc byte[Capacity];
            var length = NativeMethods.aur_operator_schema(_handle, buffer, Capacity);
            return Encoding.UTF8.GetString(buffer, Math.Min(length, Capacity - 1));
        }
    }

    /// <summary>
    /// Calls any operator with boxed arguments: <see cref="Tensor"/>, <see cref="long"/>, <see cref="double"/>,
    /// <see cref="bool"/>, <see cref="string"/>, <c>long[]</c>, <c>bool[]</c>, <c>Tensor[]</c>, <see cref="DType"/>,
    /// <see cref="Device"/> or <see langword="null"/>. Missing trailing arguments take their defaults.
    /// </summary>
    /// <returns>The tensors returned, in order.</returns>
    /// <exception cref="TorchException">The arguments do not fit the declaration, or the operator failed.</exception>
    public Tensor[] Call(params ReadOnlySpan<object?> arguments)
    {
        using var pins = new PinnedArguments(arguments.Length);
        var values = stackalloc Value[Math.Max(1, arguments.Length)];
        for (var i = 0; i < arguments.Length; i++)
            values[i] = pins.Convert(arguments[i]);
        var results = stackalloc Value[MaximumResults];
        var count = Invoke(values, arguments.Length, results);
        var tensors = new List<Tensor>();
        for (var i = 0; i < count; i++)
        {
            if (results[i].Kind == ValueKind.TensorList)
                tensors.AddRange(TakeList(results[i]));
            else if (results[i].Kind == ValueKind.Tensor)
                tensors.Add(Tensor.Take((nint)results[i].Payload));
        }
        return [.. tensors];
    }

    internal Tensor CallTensor(Value* arguments, int count)
    {
        var result = Value.None;
        _ = Invoke(arguments, count, &result, 1);
        return Tensor.Take((nint)result.Payload);
    }

    internal (Tensor First, Tensor Second) CallPair(Value* arguments, int count)
    {
        var results = stackalloc Value[2];
        _ = Invoke(arguments, count, results, 2);
        return (Tensor.Take((nint)results[0].Payload), Tensor.Take((nint)results[1].Payload));
    }

    internal Tensor[] CallList(Value* arguments, int count)
    {
        var result = Value.None;
        _ = Invoke(arguments, count, &result, 1);
        return TakeList(result);
    }

    internal Scalar CallScalar(Value* arguments, int count)
    {
        var result = Value.None;
        _ = Invoke(arguments, count, &result, 1);
        return Scalar.From(result);
    }

    /// <summary>Calls an in-place operator: its result is its first argument again, so the extra reference is dropped.</summary>
    internal void CallInPlace(Value* arguments, int count)
    {
        var result = Value.None;
        _ = Invoke(arguments, count, &result, 1);
        NativeMethods.aur_tensor_free((nint)result.Payload);
    }

    private static Tensor[] TakeList(Value list)
    {
        var handles = (nint*)list.Payload;
        var tensors = new Tensor[list.Count];
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = Tensor.Take(handles[i]);
        NativeMethods.aur_free(handles);
        return tensors;
    }

    private int Invoke(Value* arguments, int count, Value* results, int capacity = MaximumResults)
    {
        if (_handle == 0)
            NativeMethods.Check(Find());
        var resultCount = 0;
        var flags = ThreadState.Current.NoGrad ? 1u : 0u;
        var status = NativeMethods.aur_call(_handle, arguments, count, flags, results, capacity, &resultCount);
        if (status != NativeMethods.Ok)
            NativeMethods.Check(status);
        return resultCount;
    }

    private int Find()
    {
        if (_handle != 0)
            return NativeMethods.Ok;
        fixed (byte* nameText = Encoding.UTF8.GetBytes(_name + "\0"), overloadText = Encoding.UTF8.GetBytes(_overload + "\0"))
        {
            nint found = 0;
            var status = NativeMethods.aur_operator_find(nameText, overloadText, &found);
            _handle = found;
            return status;
        }
    }
}
