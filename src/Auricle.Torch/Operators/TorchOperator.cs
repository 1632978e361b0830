using System.Text;
using Auricle.Torch.Native;

namespace Auricle.Torch;

/// <summary>
/// An ATen operator, found by name on first use and called through the boxed dispatcher. What lies below this class may be
/// exchanged: the engine's tests say what any other must do.
/// </summary>
internal sealed unsafe class TorchOperator
{
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

    public Tensor CallTensor(Value* arguments, int count)
    {
        var result = Value.None;
        _ = Invoke(arguments, count, &result, 1);
        return Tensor.Take((nint)result.Payload);
    }

    public (Tensor First, Tensor Second) CallPair(Value* arguments, int count)
    {
        var results = stackalloc Value[2];
        _ = Invoke(arguments, count, results, 2);
        return (Tensor.Take((nint)results[0].Payload), Tensor.Take((nint)results[1].Payload));
    }

    public Tensor[] CallList(Value* arguments, int count)
    {
        var result = Value.None;
        _ = Invoke(arguments, count, &result, 1);
        return TakeList(result);
    }

    public Scalar CallScalar(Value* arguments, int count)
    {
        var result = Value.None;
        _ = Invoke(arguments, count, &result, 1);
        return Scalar.From(result);
    }

    /// <summary>Calls an in-place operator: its result is its first argument again, so the extra reference is dropped.</summary>
    public void CallInPlace(Value* arguments, int count)
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

    /// <summary>Calls the operator; fewer arguments than it declares are completed by its defaults.</summary>
    /// <returns>How many results it gave, each to be taken or freed by the caller.</returns>
    /// <exception cref="TorchException">The arguments do not fit the declaration, or the operator failed.</exception>
    public int Invoke(Value* arguments, int count, Value* results, int capacity)
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
