using System.Text;

namespace Auricle.Torch.Checkpoints;

/// <summary>
/// The few calls of a pickle whose meaning is data: containers, bytes, tensors and arrays. Any other call stays an inert
/// <see cref="PickleObject"/>.
/// </summary>
internal sealed class PickleReductions(PickleContext context)
{
    private readonly PickleArrays _arrays = new(context);

    public PickleValue Call(PickleValue callee, PickleTuple arguments) =>
        (callee is PickleGlobal global ? CallKnown(global, arguments.Items) : null) ?? new PickleObject(callee, arguments);

    public static PickleValue New(PickleValue type, PickleTuple arguments, PickleValue? keywords) =>
        type is PickleGlobal global && global.Is("collections", "OrderedDict") && arguments.Items.Count == 0
            ? new PickleDict(isOrdered: true)
            : new PickleObject(type, arguments, keywords);

    public PickleValue Build(PickleValue target, PickleValue state)
    {
        switch (target)
        {
            case PickleDict dictionary:
                dictionary.State = state;
                return dictionary;
            case PickleObject value:
                value.State = state;
                return _arrays.TryFinish(value) ?? (PickleValue)value;
            case PickleTensor tensor:
                return tensor; // Python attributes of a tensor carry nothing that this library uses.
            default:
                throw context.Error($"a state is given to a {target.GetType().Name}, which has none; the file is damaged.");
        }
    }

    private PickleValue? CallKnown(PickleGlobal callee, IReadOnlyList<PickleValue> arguments)
    {
        switch (callee.Module)
        {
            case "collections":
                return CallCollections(callee.Name, arguments);
            case "builtins" or "__builtin__":
                return CallBuiltin(callee.Name, arguments);
            case "_codecs" when callee.Name == "encode" && arguments is [PickleString text, PickleString { Value: "latin1" or "latin-1" }]:
                return Encode(text.Value);
            case "torch._utils" or "torch._tensor":
                return CallTorch(callee.Name, arguments);
            case "numpy.core.multiarray" or "numpy._core.multiarray" when callee.Name == "scalar":
                return _arrays.TryScalar(arguments);
            case "numpy.core.numeric" or "numpy._core.numeric" when callee.Name == "_frombuffer":
                return _arrays.TryFromBuffer(arguments);
            default:
                return null;
        }
    }

    private PickleDict? CallCollections(string name, IReadOnlyList<PickleValue> arguments)
    {
        switch (name, arguments)
        {
            case ("OrderedDict", []):
                return new PickleDict(isOrdered: true);
            case ("defaultdict", [] or [_]):
                return new PickleDict();
            case ("OrderedDict", [PickleList pairs]):
                context.Charge(pairs.Items.Count);
                var dictionary = new PickleDict(isOrdered: true);
                foreach (var pair in pairs.Items)
                {
                    if (pair is PickleList { Items: [var listKey, var listValue] })
                        dictionary.Set(listKey, listValue);
                    else if (pair is PickleTuple { Items: [var key, var value] })
                        dictionary.Set(key, value);
                    else
                        throw context.Error("an OrderedDict is made of something else than pairs; the file is damaged.");
                }
                return dictionary;
            default:
                return null;
        }
    }

    private PickleValue? CallBuiltin(string name, IReadOnlyList<PickleValue> arguments)
    {
        switch (name, arguments)
        {
            case ("set" or "frozenset", [] or [PickleList]):
                var set = new PickleSet();
                foreach (var item in arguments is [PickleList list] ? list.Items : [])
                    set.Add(item);
                context.Charge(set.Items.Count);
                return set;
            case ("bytes" or "bytearray", []):
                return new PickleBytes([]);
            case ("bytearray", [PickleBytes bytes]):
                return bytes;
            case ("bytearray", [PickleString text, PickleString { Value: "latin1" or "latin-1" }]):
                return Encode(text.Value);
            default:
                return null;
        }
    }

    private PickleBytes Encode(string text)
    {
        context.Charge(text.Length);
        foreach (var character in text)
        {
            if (character > 0xFF)
                throw context.Error("bytes written as text hold a character beyond 255; the file is damaged.");
        }
        return new PickleBytes(Encoding.Latin1.GetBytes(text));
    }

    private PickleTensor? CallTorch(string name, IReadOnlyList<PickleValue> arguments, int depth = 0)
    {
        switch (name, arguments)
        {
            case ("_rebuild_tensor", [PickleStorage storage, var offset, var shape, var strides]):
                return Rebuild(storage, storage.Type, offset, shape, strides, requiresGrad: false);
            case ("_rebuild_tensor_v2", [PickleStorage storage, var offset, var shape, var strides, PickleBool grad, ..]):
                return Rebuild(storage, storage.Type, offset, shape, strides, grad.Value);
            case ("_rebuild_tensor_v3", [PickleStorage storage, var offset, var shape, var strides, PickleBool grad, _, PickleGlobal dtype, ..]):
                return Rebuild(storage, ElementType.FromTorch(dtype.Name) ?? new ElementType(dtype.Name, 0, null), offset, shape, strides, grad.Value);
            case ("_rebuild_parameter" or "_rebuild_parameter_with_state", [PickleTensor data, PickleBool grad, ..]):
                return new PickleTensor(data.Tensor) { RequiresGrad = grad.Value, IsParameter = true };
            case ("_rebuild_from_type_v2", [PickleGlobal function, _, PickleTuple inner, ..]):
                // The depth of values is known only when the whole pickle is read, and this call comes before.
                return depth < PickleReader.MaxDepth
                    ? CallTorch(function.Name, inner.Items, depth + 1)
                    : throw context.Error($"calls are nested more than {PickleReader.MaxDepth} deep; the file is hostile.");
            default:
                return null;
        }
    }

    private PickleTensor Rebuild(
        PickleStorage storage, ElementType type, PickleValue offset, PickleValue shape, PickleValue strides, bool requiresGrad)
    {
        var first = context.ToLong(offset, "a tensor's offset");
        // The view of an old legacy file begins inside its storage.
        var start = type.Size == storage.Type.Size ? storage.FirstElement : 0;
        if (first < 0 || first > long.MaxValue / 32)
            throw context.Error($"a tensor's offset is {first}; the file is damaged.");
        var tensor = StoredTensor.Create(context.File, type, context.ToLongs(shape, "a tensor's shape"),
            context.ToLongs(strides, "a tensor's strides"), first + start, storage.Storage);
        return new PickleTensor(tensor) { RequiresGrad = requiresGrad };
    }
}
