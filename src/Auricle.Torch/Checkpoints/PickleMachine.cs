using System.Buffers.Binary;
using System.Numerics;

namespace Auricle.Torch.Checkpoints;

/// <summary>
/// The stack machine that a pickle is a program for (opcodes as documented in Python's <c>pickletools</c>). It needs no
/// recursion, and each opcode allocates in proportion to the bytes it takes.
/// </summary>
internal ref partial struct PickleMachine
{
    // What a place in a list, in the memo and in a dictionary takes, with the room that such tables grow ahead.
    private const long ReferenceRoom = 12, MemoRoom = 48, ItemRoom = 96;

    private readonly ReadOnlySpan<byte> _data;
    private readonly PickleContext _context;
    private readonly PickleReductions _reductions;
    private readonly List<PickleValue> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, PickleValue> _memo = [];
    private int _position;

    public PickleMachine(ReadOnlySpan<byte> data, PickleContext context)
    {
        _data = data;
        _context = context;
        _reductions = new PickleReductions(context);
    }

    public PickleValue Run(out int length)
    {
        while (true)
        {
            var at = _position;
            var opcode = ReadByte();
            if (opcode == (byte)'.')
            {
                length = _position;
                return Pop();
            }
            if (!RunValue(opcode) && !RunContainer(opcode) && !RunObject(opcode))
                throw Error($"byte {at} has the unknown opcode 0x{opcode:X2}; the file is damaged.");
        }
    }

    private bool RunContainer(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(':
                _context.Hold(ReferenceRoom);
                _marks.Add(_stack.Count);
                break;
            case (byte)'0':
                if (_marks.Count > 0 && _marks[^1] == _stack.Count)
                    _marks.RemoveAt(_marks.Count - 1);
                else
                    Pop();
                break;
            case (byte)'1':
                PopMark();
                break;
            case (byte)'2':
                PushAgain(Peek());
                break;
            case (byte)')':
                Push(PickleTuple.Empty);
                break;
            case (byte)'t':
                Push(PickleTuple.Of(PopMark()));
                break;
            case 0x85 or 0x86 or 0x87:
                Push(PickleTuple.Of(PopMany(opcode - 0x84)));
                break;
            case (byte)']':
                Push(new PickleList());
                break;
            case (byte)'l':
                var elements = PopMark();
                Push(new PickleList());
                Append(elements);
                break;
            case (byte)'a':
                Append(PopMany(1));
                break;
            case (byte)'e':
                Append(PopMark());
                break;
            case (byte)'}':
                Push(new PickleDict());
                break;
            case (byte)'d':
                var pairs = PopMark();
                Push(new PickleDict());
                SetItems(pairs);
                break;
            case (byte)'s':
                SetItems(PopMany(2));
                break;
            case (byte)'u':
                SetItems(PopMark());
                break;
            case 0x8f:
                Push(new PickleSet());
                break;
            case 0x90:
                AddItems(PopMark());
                break;
            case 0x91:
                var members = PopMark();
                Push(new PickleSet());
                AddItems(members);
                break;
            default:
                return false;
        }
        return true;
    }

    private bool RunObject(byte opcode)
    {
        switch (opcode)
        {
            case 0x80:
                if (ReadByte() is var protocol and > 5)
                    throw Error($"pickle protocol {protocol} is newer than 5; save with an older protocol.");
                break;
            case 0x95:
                // A frame only helps buffered reading; its length still tells a truncated file at once.
                if (ReadLength(8) > _data.Length - _position)
                    throw Truncated();
                break;
            case (byte)'c':
                Push(new PickleGlobal(ReadText(ReadLine()), ReadText(ReadLine())));
                break;
            case 0x93:
                Push(Pop() is PickleString name && Pop() is PickleString module
                    ? new PickleGlobal(module.Value, name.Value)
                    : throw Error("a class name is no text; the file is damaged."));
                break;
            case (byte)'R':
                var arguments = PopTuple();
                Push(_reductions.Call(Pop(), arguments));
                break;
            case 0x81:
                arguments = PopTuple();
                Push(PickleReductions.New(Pop(), arguments, null));
                break;
            case 0x92:
                var keywords = Pop();
                arguments = PopTuple();
                Push(PickleReductions.New(Pop(), arguments, keywords));
                break;
            case (byte)'i':
                var instance = new PickleGlobal(ReadText(ReadLine()), ReadText(ReadLine()));
                Push(PickleReductions.New(instance, PickleTuple.Of(PopMark()), null));
                break;
            case (byte)'o':
                var values = PopMark();
                if (values.Length == 0)
                    throw Error("an object has no class; the file is damaged.");
                Push(PickleReductions.New(values[0], PickleTuple.Of(values[1..]), null));
                break;
            case (byte)'b':
                Build();
                break;
            case (byte)'Q':
                Push(LoadStorage(Pop()));
                break;
            case (byte)'P':
                Push(LoadStorage(new PickleString(ReadText(ReadLine()))));
                break;
            case (byte)'p':
                Memoize(ReadIndex());
                break;
            case (byte)'q':
                Memoize(ReadByte());
                break;
            case (byte)'r':
                Memoize(BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4)));
                break;
            case 0x94:
                Memoize(_memo.Count);
                break;
            case (byte)'g':
                Recall(ReadIndex());
                break;
            case (byte)'h':
                Recall(ReadByte());
                break;
            case (byte)'j':
                Recall(BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4)));
                break;
            case 0x82 or 0x83 or 0x84:
                throw Error("the pickle uses the extension registry, which has no meaning outside the program that wrote it.");
            case 0x97 or 0x98:
                throw Error("the pickle keeps its data in buffers outside the file; save it without a buffer callback.");
            default:
                return false;
        }
        return true;
    }

    private void Build()
    {
        var state = Pop();
        var target = Pop();
        var built = _reductions.Build(target, state);
        // An array takes the place of the empty object that stood for it until its state came.
        if (!ReferenceEquals(built, target) && target is PickleObject { MemoKey: >= 0 and var key })
            _memo[key] = built;
        PushAgain(built);
    }

    private readonly PickleStorage LoadStorage(PickleValue id) => _context.Storages is null
        ? throw Error("it refers to data outside the pickle; read the whole checkpoint file instead.")
        : _context.Storages.Load(id);

    private readonly void Memoize(long key)
    {
        var value = Peek();
        if (value is PickleObject target)
            target.MemoKey = key;
        _context.Hold(MemoRoom);
        _memo[key] = value;
    }

    private readonly void Recall(long key) => PushAgain(_memo.TryGetValue(key, out var value)
        ? value
        : throw Error($"memo entry {key} was never stored; the file is damaged."));

    private readonly void Append(PickleValue[] values)
    {
        var target = Peek();
        _context.Hold(ReferenceRoom * values.Length);
        foreach (var value in values)
        {
            switch (target)
            {
                case PickleList list:
                    list.Add(value);
                    break;
                case PickleObject item:
                    item.Add(value);
                    break;
                default:
                    throw Error($"elements are appended to {Describe(target)}; the file is damaged.");
            }
        }
    }

    private readonly void SetItems(PickleValue[] values)
    {
        var target = Peek();
        if (values.Length % 2 != 0)
            throw Error("a dictionary has a key without a value; the file is damaged.");
        _context.Hold(ItemRoom * values.Length / 2);
        for (var i = 0; i < values.Length; i += 2)
        {
            switch (target)
            {
                case PickleDict dictionary:
                    dictionary.Set(values[i], values[i + 1]);
                    break;
                case PickleObject item:
                    item.Set(values[i], values[i + 1]);
                    break;
                default:
                    throw Error($"items are set in {Describe(target)}; the file is damaged.");
            }
        }
    }

    private readonly void AddItems(PickleValue[] values)
    {
        if (Peek() is not PickleSet set)
            throw Error($"members are added to {Describe(Peek())}; the file is damaged.");
        _context.Hold(ReferenceRoom * values.Length);
        foreach (var value in values)
            set.Add(value);
    }

    private readonly void Push(PickleValue value)
    {
        _context.Hold(value.Room);
        PushAgain(value);
    }

    /// <summary>Pushes a value that was made before.</summary>
    private readonly void PushAgain(PickleValue value)
    {
        _context.Hold(ReferenceRoom);
        _stack.Add(value);
    }

    private readonly PickleValue Peek() => _stack.Count > Floor ? _stack[^1] : throw Underflow();

    private readonly PickleValue Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly PickleTuple PopTuple() =>
        Pop() as PickleTuple ?? throw Error("the arguments of a call are no tuple; the file is damaged.");

    private readonly PickleValue[] PopMany(int count)
    {
        if (_stack.Count - count < Floor)
            throw Underflow();
        var values = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private readonly PickleValue[] PopMark()
    {
        if (_marks.Count == 0)
            throw Error("a group ends that never began; the file is damaged.");
        var values = PopMany(_stack.Count - _marks[^1]);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    /// <summary>Values below the newest mark belong to an outer group.</summary>
    private readonly int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private readonly WeightsException Underflow() => Error($"a value is missing before byte {_position}; the file is damaged.");

    private readonly WeightsException Truncated() => Error($"the pickle ends early, at byte {_data.Length}; fetch the file again.");

    private readonly WeightsException Error(string sentence) => _context.Error(sentence);

    private static string Describe(PickleValue value) => CheckpointError.Shorten(value.GetType().Name);
}
