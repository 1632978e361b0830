using System.Diagnostics.CodeAnalysis;

namespace Auricle.Torch.Checkpoints;

/// <summary>A Python <c>dict</c>, <c>OrderedDict</c> or <c>defaultdict</c>: pairs in order of insertion, with keys of any kind.</summary>
public sealed class PickleDict : PickleValue
{
    private static readonly List<KeyValuePair<PickleValue, PickleValue>> NoItems = [];

    // Many dictionaries of a pickle stay empty, and each of these takes a hundred bytes.
    private List<KeyValuePair<PickleValue, PickleValue>>? _items;
    private Dictionary<object, int>? _index;

    internal PickleDict(bool isOrdered = false) => IsOrdered = isOrdered;

    /// <summary>The pairs in order.</summary>
    public IReadOnlyList<KeyValuePair<PickleValue, PickleValue>> Items => _items ?? NoItems;

    /// <summary>Whether the class was <c>collections.OrderedDict</c>.</summary>
    public bool IsOrdered { get; }

    /// <summary>The attributes of the dictionary object, such as a state dict's <c>_metadata</c>; <see langword="null"/> if none.</summary>
    public PickleValue? State { get; internal set; }

    internal override int ChildCount => (Items.Count * 2) + (State is null ? 0 : 1);

    /// <summary>Looks a text key up.</summary>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out PickleValue value) => TryFind(key, out value);

    /// <summary>Looks an integer key up.</summary>
    public bool TryGetValue(long key, [MaybeNullWhen(false)] out PickleValue value) =>
        TryFind(new System.Numerics.BigInteger(key), out value);

    internal override PickleValue Child(int index) =>
        index == Items.Count * 2 ? State! : index % 2 == 0 ? Items[index / 2].Key : Items[index / 2].Value;

    /// <summary>Sets an item as Python does: an existing key keeps its place.</summary>
    internal void Set(PickleValue key, PickleValue value)
    {
        object? plain = key switch
        {
            PickleString text => text.Value,
            PickleInteger integer => integer.Value,
            _ => null, // Other kinds are rare as keys; they are kept in order without being compared.
        };
        _items ??= [];
        if (plain is not null && !(_index ??= []).TryAdd(plain, _items.Count))
            _items[_index[plain]] = new(_items[_index[plain]].Key, value);
        else
            _items.Add(new(key, value));
    }

    private bool TryFind(object key, [MaybeNullWhen(false)] out PickleValue value)
    {
        value = _index is not null && _index.TryGetValue(key, out var position) ? _items![position].Value : null;
        return value is not null;
    }

    /// <summary>The size as text.</summary>
    public override string ToString() => $"dict of {Items.Count}";
}
