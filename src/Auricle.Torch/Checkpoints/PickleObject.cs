using System.Diagnostics.CodeAnalysis;

namespace Auricle.Torch.Checkpoints;

/// <summary>
/// An object of a class that the reader does not build: the name of the class or function, what it would have been called
/// with, and the state it would have been given. Nothing was called.
/// </summary>
public sealed class PickleObject : PickleValue
{
    private static readonly List<PickleValue> NoElements = [];

    private List<PickleValue>? _elements;

    internal PickleObject(PickleValue callee, PickleTuple arguments, PickleValue? keywords = null)
    {
        Callee = callee;
        Arguments = arguments;
        Keywords = keywords;
    }

    /// <summary>The class or function: a <see cref="PickleGlobal"/>, or in rare cases the result of another call.</summary>
    public PickleValue Callee { get; }

    /// <summary>The module of the class or function; empty if <see cref="Callee"/> is no plain name.</summary>
    public string Module => (Callee as PickleGlobal)?.Module ?? "";

    /// <summary>The name of the class or function; empty if <see cref="Callee"/> is no plain name.</summary>
    public string Name => (Callee as PickleGlobal)?.Name ?? "";

    /// <summary>The positional arguments.</summary>
    public PickleTuple Arguments { get; }

    /// <summary>The keyword arguments, if the pickle has any.</summary>
    public PickleValue? Keywords { get; }

    /// <summary>The state: mostly a dictionary of attributes.</summary>
    public PickleValue? State { get; internal set; }

    /// <summary>The elements, for a subclass of <c>list</c>.</summary>
    public IReadOnlyList<PickleValue> Elements => _elements ?? NoElements;

    /// <summary>The items, for a subclass of <c>dict</c>; <see langword="null"/> if it has none.</summary>
    public PickleDict? Items { get; private set; }

    /// <summary>The key in the reader's memo, so that an array can take its place when the state arrives; -1 if none.</summary>
    internal long MemoKey { get; set; } = -1;

    internal override long Room => 80;

    internal override int ChildCount =>
        2 + (Keywords is null ? 0 : 1) + (State is null ? 0 : 1) + (Items is null ? 0 : 1) + Elements.Count;

    /// <summary>Looks an attribute up in the state, for example of an <c>argparse.Namespace</c>.</summary>
    public bool TryGetAttribute(string name, [MaybeNullWhen(false)] out PickleValue value)
    {
        value = null;
        if (State is PickleDict attributes)
            return attributes.TryGetValue(name, out value);
        // A class with slots has a pair: attributes (or None) and slots.
        return State is PickleTuple { Items: [var plain, var slots] }
            && ((plain as PickleDict)?.TryGetValue(name, out value) == true
                || (slots as PickleDict)?.TryGetValue(name, out value) == true);
    }

    internal override PickleValue Child(int index)
    {
        if (index < Elements.Count)
            return Elements[index];
        PickleValue?[] rest = [Callee, Arguments, Keywords, State, Items];
        return rest.Where(value => value is not null).ElementAt(index - Elements.Count)!;
    }

    internal void Add(PickleValue value) => (_elements ??= []).Add(value);

    internal void Set(PickleValue key, PickleValue value) => (Items ??= new PickleDict()).Set(key, value);

    /// <summary>The name of the class.</summary>
    public override string ToString() => $"object {Callee as PickleGlobal}";
}
