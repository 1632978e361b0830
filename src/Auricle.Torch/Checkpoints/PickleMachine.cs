using System.Buffers.Binary;
using System.Numerics;

namespace Auricle.Torch.Checkpoints;

/// <summary>
/// The stack machine that a pickle is a program for (opcodes as documented in Python's <c>pickletools</c>). It needs no
/// recursion, and each opcode allocates in proportion to the bytes it takes.
/// </summary>
internal ref partial struct PickleMachine
{
    private readonly ReadOnlySpan<byte> data;
    private readonly PickleContext context;
    private readonly PickleReductions reductions;
    private readonly List<PickleValue> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<long, PickleValue> memo = [];
    private int position;

    public PickleMachine(ReadOnlySpan<byte> data, PickleContext context)
    {
        this.data = data;
        this.context = context;
        reductions = new PickleReductions(context);
    }

    public PickleValue Run(out int length)
    {
        while (true)
        {
            var at = position;
            var opcode = ReadByte();
            if (opcode == (byte)'.')
            {
                length = position;
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
                marks.Add(stack.Count);
                break;
            case (byte)'0':
                if (marks.Count > 0 && marks[^1] == stack.Count)
                    marks.RemoveAt(marks.Count - 1);
                else
                    Pop();
                break;
            case (byte)'1':
                PopMark();
                break;
            case (byte)'2':
                stack.Add(Peek());
                break;
            case (byte)')':
                stack.Add(new PickleTuple());
                break;
            case (byte)'t':
                stack.Add(new PickleTuple(PopMark()));
                break;
            case 0x85 or 0x86 or 0x87:
                stack.Add(new PickleTuple(PopMany(opcode - 0x84)));
                break;
            case (byte)']':
                stack.Add(new PickleList());
                break;
            case (byte)'l':
                var elements = PopMark();
                stack.Add(new PickleList());
                Append(elements);
                break;
            case (byte)'a':
                Append(PopMany(1));
                break;
            case (byte)'e':
                Append(PopMark());
                break;
            case (byte)'}':
                stack.Add(new PickleDict());
                break;
            case (byte)'d':
                var pairs = PopMark();
                stack.Add(new PickleDict());
                SetItems(pairs);
                break;
            case (byte)'s':
                SetItems(PopMany(2));
                break;
            case (byte)'u':
                SetItems(PopMark());
                break;
            case 0x8f:
                stack.Add(new PickleSet());
                break;
            case 0x90:
                AddItems(PopMark());
                break;
            case 0x91:
                var members = PopMark();
                stack.Add(new PickleSet());
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
                if (ReadLength(8) > data.Length - position)
                    throw Truncated();
                break;
            case (byte)'c':
                stack.Add(new PickleGlobal(ReadText(ReadLine()), ReadText(ReadLine())));
                break;
            case 0x93:
                stack.Add(Pop() is PickleString name && Pop() is PickleString module
                    ? new PickleGlobal(module.Value, name.Value)
                    : throw Error("a class name is no text; the file is damaged."));
                break;
            case (byte)'R':
                var arguments = PopTuple();
                stack.Add(reductions.Call(Pop(), arguments));
                break;
            case 0x81:
                arguments = PopTuple();
                stack.Add(PickleReductions.New(Pop(), arguments, null));
                break;
            case 0x92:
                var keywords = Pop();
                arguments = PopTuple();
                stack.Add(PickleReductions.New(Pop(), arguments, keywords));
                break;
            case (byte)'i':
                var instance = new PickleGlobal(ReadText(ReadLine()), ReadText(ReadLine()));
                stack.Add(PickleReductions.New(instance, new PickleTuple(PopMark()), null));
                break;
            case (byte)'o':
                var values = PopMark();
                if (values.Length == 0)
                    throw Error("an object has no class; the file is damaged.");
                stack.Add(PickleReductions.New(values[0], new PickleTuple(values[1..]), null));
                break;
            case (byte)'b':
                Build();
                break;
            case (byte)'Q':
                stack.Add(LoadStorage(Pop()));
                break;
            case (byte)'P':
                stack.Add(LoadStorage(new PickleString(ReadText(ReadLine()))));
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
                Memoize(memo.Count);
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
        var built = reductions.Build(target, state);
        // An array takes the place of the empty object that stood for it until its state came.
        if (!ReferenceEquals(built, target) && target.MemoKey >= 0)
            memo[target.MemoKey] = built;
        stack.Add(built);
    }

    private readonly PickleStorage LoadStorage(PickleValue id) => context.Storages is null
        ? throw Error("it refers to data outside the pickle; read the whole checkpoint file instead.")
        : context.Storages.Load(id);

    private readonly void Memoize(long key)
    {
        var value = Peek();
        value.MemoKey = key;
        memo[key] = value;
    }

    private readonly void Recall(long key) => stack.Add(memo.TryGetValue(key, out var value)
        ? value
        : throw Error($"memo entry {key} was never stored; the file is damaged."));

    private readonly void Append(PickleValue[] values)
    {
        var target = Peek();
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
        foreach (var value in values)
            set.Add(value);
    }

    private readonly PickleValue Peek() => stack.Count > Floor ? stack[^1] : throw Underflow();

    private readonly PickleValue Pop()
    {
        var value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private readonly PickleTuple PopTuple() =>
        Pop() as PickleTuple ?? throw Error("the arguments of a call are no tuple; the file is damaged.");

    private readonly PickleValue[] PopMany(int count)
    {
        if (stack.Count - count < Floor)
            throw Underflow();
        var values = stack.GetRange(stack.Count - count, count).ToArray();
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private readonly PickleValue[] PopMark()
    {
        if (marks.Count == 0)
            throw Error("a group ends that never began; the file is damaged.");
        var values = PopMany(stack.Count - marks[^1]);
        marks.RemoveAt(marks.Count - 1);
        return values;
    }

    /// <summary>Values below the newest mark belong to an outer group.</summary>
    private readonly int Floor => marks.Count > 0 ? marks[^1] : 0;

    private readonly WeightsException Underflow() => Error($"a value is missing before byte {position}; the file is damaged.");

    private readonly WeightsException Truncated() => Error($"the pickle ends early, at byte {data.Length}; fetch the file again.");

    private readonly WeightsException Error(string sentence) => context.Error(sentence);

    private static string Describe(PickleValue value) => CheckpointError.Shorten(value.GetType().Name);
}
