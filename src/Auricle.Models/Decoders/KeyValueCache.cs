using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>
/// The keys and values that a generation attends to, of the tokens fed so far or of an encoder's memory. Each pair has a slot, and
/// each row lists the slots it descends from: a beam is rearranged without copying anything, and rows of one clip share its beginning.
/// </summary>
internal sealed class KeyValueCache : IDisposable
{
    private const int FirstCapacity = 64;

    private readonly int _layers, _width;
    private Tensor _pairs;
    private int[][] _rows;
    private int _used, _first;
    private Selection? _selection;

    /// <summary>An empty cache, to be filled step by step.</summary>
    /// <param name="layers">Layers of the decoder.</param>
    /// <param name="width">The width of a key.</param>
    /// <param name="rows">The rows it starts with.</param>
    /// <param name="device">Where it lies.</param>
    public KeyValueCache(int layers, int width, int rows, Device device)
    {
        (_layers, _width, Device) = (layers, width, device);
        _rows = [.. Enumerable.Repeat<int[]>([], rows)];
        _pairs = Tensor.Empty([FirstCapacity, layers, 2, width], DType.Float32, device).Own();
    }

    /// <summary>A memory that all steps attend to; <see cref="Write"/> fills its layers.</summary>
    /// <param name="layers">Layers of the decoder.</param>
    /// <param name="width">The width of a key.</param>
    /// <param name="memory">[clips, frames, …].</param>
    /// <param name="padding">[clips, frames], true where a frame is to be ignored; or none.</param>
    public KeyValueCache(int layers, int width, Tensor memory, Tensor? padding)
    {
        (_layers, _width, Device) = (layers, width, memory.Device);
        var (clips, frames) = ((int)memory.Size(0), (int)memory.Size(1));
        var ignored = padding?.ToArray<bool>();
        _rows = [.. Enumerable.Range(0, clips).Select(clip =>
            Enumerable.Range(clip * frames, frames).Where(slot => ignored is null || !ignored[slot]).ToArray())];
        _used = clips * frames;
        _pairs = Tensor.Empty([_used, layers, 2, width], DType.Float32, Device).Own();
    }

    /// <summary>Where it lies.</summary>
    public Device Device { get; }

    /// <summary>The texts that are written at present.</summary>
    public int Rows => _rows.Length;

    /// <summary>How many tokens each row was given last; 0 for a memory.</summary>
    public int Fresh { get; private set; }

    /// <summary>Makes room for the next tokens of each row.</summary>
    public void Append(int count)
    {
        Fresh = count;
        _first = _used;
        _used += count * _rows.Length;
        Reserve();
        for (var row = 0; row < _rows.Length; row++)
            _rows[row] = [.. _rows[row], .. Enumerable.Range(_first + row * count, count)];
        Forget();
    }

    /// <summary>Replaces the rows: each new one continues an old one.</summary>
    public void Rearrange(ReadOnlySpan<int> parents)
    {
        var before = _rows;
        _rows = new int[parents.Length][];
        for (var row = 0; row < _rows.Length; row++)
            _rows[row] = before[parents[row]];
        Forget();
    }

    /// <summary>What a token may attend to: what came before it in its row, and itself; all of a memory.</summary>
    /// <param name="token">Its place among the tokens of this step, row by row.</param>
    /// <param name="perRow">The tokens of each row in this step.</param>
    public ReadOnlySpan<int> Visible(int token, int perRow)
    {
        var row = _rows[token / perRow];
        return Fresh == 0 ? row : row.AsSpan(0, row.Length - perRow + token % perRow + 1);
    }

    /// <summary>The place of a token of this step in its text.</summary>
    public int Position(int token) => Visible(token, Fresh).Length - 1;

    /// <summary>Takes in the keys and values of one layer: those of this step's tokens, or of the whole memory.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="pairs">[…, 2 width], keys before values.</param>
    public void Write(int layer, Tensor pairs)
    {
        using var scope = TensorScope.Begin();
        _pairs.Narrow(0, _first, _used - _first).Select(1, layer).CopyInPlace(pairs.Reshape(-1, 2, _width));
    }

    /// <summary>All slots, on the processor: [slots, layers, 2, width].</summary>
    public Span<float> Span() => _pairs.Span<float>();

    /// <summary>Where the key of a slot begins in <see cref="Span"/>; the value follows it.</summary>
    public int Offset(int slot, int layer) => (slot * _layers + layer) * 2 * _width;

    /// <summary>Where the key of a token of this step is to be written.</summary>
    public int FreshOffset(int token, int layer) => Offset(_first + token, layer);

    /// <summary>The attention of this step's tokens through libtorch.</summary>
    /// <param name="queries">[tokens, heads, head width].</param>
    /// <param name="layer">The layer.</param>
    /// <param name="perRow">The tokens of each row in this step.</param>
    /// <returns>[tokens, width].</returns>
    public Tensor Attend(Tensor queries, int layer, int perRow)
    {
        using var scope = TensorScope.Begin();
        var (tokens, heads, headWidth) = (queries.Size(0), queries.Size(1), queries.Size(2));
        if (_selection?.PerRow != perRow)
        {
            Forget();
            _selection = new Selection(this, (int)tokens, perRow);
        }
        var selection = _selection;
        var pairs = _pairs.Select(1, layer).IndexSelect(0, selection.Slots).View(tokens, -1, 2, heads, headWidth);
        // One query a row makes products too small for a matrix library to be worth calling: elementwise and a sum is quicker.
        var scores = pairs.Select(2, 0).Mul(queries.Unsqueeze(1)).Sum([-1]).Div(Math.Sqrt(headWidth));   // [tokens, keys, heads]
        if (selection.Mask is not null)
            scores.AddInPlace(selection.Mask);
        var weights = scores.Softmax(1).Unsqueeze(-1);                                                   // [tokens, keys, heads, 1]
        return scope.Keep(pairs.Select(2, 1).Mul(weights).Sum([1]).View(tokens, heads * headWidth));
    }

    /// <summary>Releases everything kept.</summary>
    public void Dispose()
    {
        Forget();
        _pairs.Dispose();
    }

    private void Reserve()
    {
        var capacity = _pairs.Size(0);
        if (_used <= capacity)
            return;
        using var scope = TensorScope.Begin();
        var larger = Tensor.Empty([Math.Max(_used, 2 * capacity), _layers, 2, _width], DType.Float32, Device);
        larger.Narrow(0, 0, _first).CopyInPlace(_pairs.Narrow(0, 0, _first));
        _pairs.Dispose();
        _pairs = larger.Own();
    }

    private void Forget()
    {
        _selection?.Dispose();
        _selection = null;
    }

    /// <summary>The visible slots of a step's tokens as libtorch takes them, filled to the longest list.</summary>
    private sealed class Selection : IDisposable
    {
        public Selection(KeyValueCache cache, int tokens, int perRow)
        {
            PerRow = perRow;
            using var scope = TensorScope.Begin();
            var longest = Enumerable.Range(0, tokens).Max(token => cache.Visible(token, perRow).Length);
            var slots = new long[tokens * longest];
            var mask = new float[slots.Length];
            for (var token = 0; token < tokens; token++)
            {
                var visible = cache.Visible(token, perRow);
                for (var i = 0; i < visible.Length; i++)
                    slots[token * longest + i] = visible[i];
                mask.AsSpan(token * longest + visible.Length, longest - visible.Length).Fill(float.NegativeInfinity);
            }
            Slots = Tensor.From<long>(slots, slots.Length).On(cache.Device).Own();
            if (mask.AsSpan().ContainsAnyExcept(0))
                Mask = Tensor.From<float>(mask, tokens, longest, 1).On(cache.Device).Own();
        }

        public int PerRow { get; }

        public Tensor Slots { get; }

        public Tensor? Mask { get; }

        public void Dispose()
        {
            Slots.Dispose();
            Mask?.Dispose();
        }
    }
}
