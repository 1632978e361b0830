using System.Numerics;

namespace Auricle.Torch.Checkpoints;

/// <summary>
/// A value read from a pickle. Values form a graph: one value may be reached along several paths, and some Python objects
/// refer to themselves, so a reader that walks it must remember where it has been. Nesting is at most
/// <see cref="PickleReader.MaxDepth"/> deep. No class of the pickle is ever looked up or run.
/// </summary>
public abstract class PickleValue
{
    private protected PickleValue() { }

    /// <summary>Where a walk over the whole graph has been; only values with children are marked, since others may be shared.</summary>
    internal bool Visited { get; set; }

    /// <summary>The memory that making this value took, in bytes, about; 0 for shared ones.</summary>
    internal virtual long Room => 64;

    internal virtual int ChildCount => 0;

    internal virtual PickleValue Child(int index) => throw new ArgumentOutOfRangeException(nameof(index));
}

/// <summary>Python's <c>None</c>.</summary>
public sealed class PickleNone : PickleValue
{
    private PickleNone() { }

    internal static PickleNone Instance { get; } = new();

    internal override long Room => 0;

    /// <summary><c>None</c>.</summary>
    public override string ToString() => "None";
}

/// <summary>A Python truth value.</summary>
public sealed class PickleBool : PickleValue
{
    private static readonly PickleBool True = new(true), False = new(false);

    private PickleBool(bool value) => Value = value;

    /// <summary>The value.</summary>
    public bool Value { get; }

    internal override long Room => 0;

    internal static PickleBool Of(bool value) => value ? True : False;

    /// <summary>The value as text.</summary>
    public override string ToString() => Value ? "True" : "False";
}

/// <summary>A Python integer of any size, or a NumPy scalar of an integer type.</summary>
public sealed class PickleInteger : PickleValue
{
    // One byte of a pickle may be one of these, so they are made once.
    private static readonly PickleInteger[] Small = [.. Enumerable.Range(0, 256).Select(value => new PickleInteger(value))];

    private PickleInteger(BigInteger value) => Value = value;

    /// <summary>The value.</summary>
    public BigInteger Value { get; }

    internal override long Room => IsSmall(Value) ? 0 : 48 + (Value.GetBitLength() / 8);

    internal static PickleInteger Of(BigInteger value) => IsSmall(value) ? Small[(int)value] : new(value);

    private static bool IsSmall(BigInteger value) => value.Sign >= 0 && value < 256;

    /// <summary>The value as text.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A Python float, or a NumPy scalar of a floating-point type.</summary>
public sealed class PickleFloat : PickleValue
{
    internal PickleFloat(double value) => Value = value;

    /// <summary>The value.</summary>
    public double Value { get; }

    internal override long Room => 32;

    /// <summary>The value as text.</summary>
    public override string ToString() => Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A Python text.</summary>
public sealed class PickleString : PickleValue
{
    internal PickleString(string value) => Value = value;

    /// <summary>The value.</summary>
    public string Value { get; }

    internal override long Room => 56 + (2L * Value.Length);

    /// <summary>The value as text.</summary>
    public override string ToString() => Value;
}

/// <summary>Python <c>bytes</c> or a <c>bytearray</c>.</summary>
public sealed class PickleBytes : PickleValue
{
    internal PickleBytes(byte[] value) => Value = value;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    internal override long Room => 72 + Value.Length;

    /// <summary>The length as text.</summary>
    public override string ToString() => $"bytes of length {Value.Length}";
}

/// <summary>A Python tuple.</summary>
public sealed class PickleTuple : PickleValue
{
    private readonly PickleValue[] _items;

    private PickleTuple(PickleValue[] items) => _items = items;

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<PickleValue> Items => _items;

    internal static PickleTuple Empty { get; } = new([]);

    internal override long Room => _items.Length == 0 ? 0 : 56 + (8L * _items.Length);

    internal override int ChildCount => _items.Length;

    internal static PickleTuple Of(params PickleValue[] items) => items.Length == 0 ? Empty : new(items);

    internal override PickleValue Child(int index) => _items[index];

    /// <summary>The length as text.</summary>
    public override string ToString() => $"tuple of {_items.Length}";
}

/// <summary>A Python list.</summary>
public sealed class PickleList : PickleValue
{
    private readonly List<PickleValue> _items = [];

    internal PickleList() { }

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<PickleValue> Items => _items;

    internal override int ChildCount => _items.Count;

    internal override PickleValue Child(int index) => _items[index];

    internal void Add(PickleValue value) => _items.Add(value);

    /// <summary>The length as text.</summary>
    public override string ToString() => $"list of {_items.Count}";
}

/// <summary>A Python <c>set</c> or <c>frozenset</c>, in the order of the file.</summary>
public sealed class PickleSet : PickleValue
{
    private readonly List<PickleValue> _items = [];

    internal PickleSet() { }

    /// <summary>The elements as the file lists them.</summary>
    public IReadOnlyList<PickleValue> Items => _items;

    internal override int ChildCount => _items.Count;

    internal override PickleValue Child(int index) => _items[index];

    internal void Add(PickleValue value) => _items.Add(value);

    /// <summary>The size as text.</summary>
    public override string ToString() => $"set of {_items.Count}";
}

/// <summary>The name of a Python class, function or constant, for example <c>torch.float16</c>. It is a name only.</summary>
public sealed class PickleGlobal : PickleValue
{
    internal PickleGlobal(string module, string name)
    {
        Module = module;
        Name = name;
    }

    /// <summary>The module, for example <c>torch</c>.</summary>
    public string Module { get; }

    /// <summary>The name in the module.</summary>
    public string Name { get; }

    internal override long Room => 96 + (2L * (Module.Length + Name.Length));

    internal bool Is(string module, string name) => Name == name && Module == module;

    /// <summary>Module and name.</summary>
    public override string ToString() => $"{Module}.{Name}";
}
