using System.Runtime.Intrinsics;

namespace Auricle.Evaluation;

/// <summary>
/// One direction of a long short-term memory over a batch of sentences of falling length, packed by position: all first words, then all second words
/// and so on.
/// </summary>
internal sealed class LstmLayer(FloatMatrix input, FloatMatrix recurrent, FloatMatrix bias, bool isReversed)
{
    private const int Lane = 8;

    public FloatMatrix Input { get; } = input; // [inputs, 4 × width]; gates in the order input, forget, candidate, output

    public FloatMatrix Recurrent { get; } = recurrent; // [width, 4 × width]

    public FloatMatrix Bias { get; } = bias; // [1, 4 × width]

    public int Width => Recurrent.Rows;

    /// <summary>Hidden states of every word.</summary>
    /// <param name="inputs"><c>[words, inputs]</c>.</param>
    /// <param name="shape">How words lie.</param>
    public LstmStates Forward(FloatMatrix inputs, PackedShape shape)
    {
        var width = Width;
        var states = new LstmStates(shape.Rows, width);
        for (var row = 0; row < shape.Rows; row++)
            Bias.Values.CopyTo(states.Gates.Row(row));
        FloatMatrix.AddProduct(inputs.Values, Input, states.Gates.Values, shape.Rows);
        for (var step = 0; step < shape.Steps; step++)
        {
            var (position, previous, carried) = Step(shape, step);
            var (start, active) = (shape.Starts[position], shape.Active[position]);
            if (carried > 0)
                FloatMatrix.AddProduct(states.Hidden.RowRange(shape.Starts[previous], carried), Recurrent, states.Gates.RowRange(start, active),
                    carried);
            for (var b = 0; b < active; b++)
            {
                var before = b < carried ? states.Cells.Row(shape.Starts[previous] + b) : default;
                Activate(states.Gates.Row(start + b), before, states.Cells.Row(start + b), states.Hidden.Row(start + b), width);
            }
        }
        return states;
    }

    /// <summary>Adds gradients of the parameters and gives those of the inputs.</summary>
    /// <param name="inputs">As given to <see cref="Forward"/>.</param>
    /// <param name="states">As it answered.</param>
    /// <param name="hidden">Gradients of the hidden states; overwritten.</param>
    /// <param name="gradients">The layer of gradients, shaped as this one.</param>
    /// <param name="shape">How words lie.</param>
    public FloatMatrix Backward(FloatMatrix inputs, LstmStates states, FloatMatrix hidden, LstmLayer gradients, PackedShape shape)
    {
        var width = Width;
        var gates = new FloatMatrix(shape.Rows, 4 * width);
        var before = new FloatMatrix(shape.Rows, width);
        var cells = new FloatMatrix(shape.Rows, width);
        var recurrentTransposed = Recurrent.Transposed();
        for (var step = shape.Steps - 1; step >= 0; step--)
        {
            var (position, previous, carried) = Step(shape, step);
            var (start, active) = (shape.Starts[position], shape.Active[position]);
            for (var b = 0; b < active; b++)
            {
                var row = start + b;
                var hasPrevious = b < carried;
                var previousCell = hasPrevious ? states.Cells.Row(shape.Starts[previous] + b) : default;
                var carriedCell = hasPrevious ? cells.Row(shape.Starts[previous] + b) : default;
                Differentiate(states.Gates.Row(row), states.Cells.Row(row), previousCell, hidden.Row(row), cells.Row(row), carriedCell,
                    gates.Row(row), width);
            }
            if (carried == 0)
                continue;
            states.Hidden.RowRange(shape.Starts[previous], carried).CopyTo(before.RowRange(start, carried));
            FloatMatrix.AddProduct(gates.RowRange(start, carried), recurrentTransposed, hidden.RowRange(shape.Starts[previous], carried), carried);
        }
        FloatMatrix.AddProduct(inputs.Transposed().Values, gates, gradients.Input.Values, inputs.Columns);
        FloatMatrix.AddProduct(before.Transposed().Values, gates, gradients.Recurrent.Values, width);
        AddRows(gates, gradients.Bias.Values);
        return gates.Times(Input.Transposed());
    }

    public static void AddRows(FloatMatrix rows, Span<float> sum)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows.Row(row);
            for (var i = 0; i < values.Length; i++)
                sum[i] += values[i];
        }
    }

    private (int Position, int Previous, int Carried) Step(PackedShape shape, int step)
    {
        var position = isReversed ? shape.Steps - 1 - step : step;
        var previous = isReversed ? position + 1 : position - 1;
        var carried = step == 0 ? 0 : Math.Min(shape.Active[position], shape.Active[previous]);
        return (position, previous, carried);
    }

    private static Vector256<float> Sigmoid(Vector256<float> value) => Vector256<float>.One / (Vector256<float>.One + Vector256.Exp(-value));

    private static Vector256<float> Tanh(Vector256<float> value) =>
        Vector256.Create(2f) / (Vector256<float>.One + Vector256.Exp(Vector256.Create(-2f) * value)) - Vector256<float>.One;

    private static void Activate(Span<float> gates, ReadOnlySpan<float> before, Span<float> cell, Span<float> hidden, int width)
    {
        for (var i = 0; i < width; i += Lane)
        {
            var entry = Sigmoid(Vector256.Create<float>(gates[i..]));
            var keep = Sigmoid(Vector256.Create<float>(gates[(width + i)..]));
            var candidate = Tanh(Vector256.Create<float>(gates[(2 * width + i)..]));
            var exit = Sigmoid(Vector256.Create<float>(gates[(3 * width + i)..]));
            var state = entry * candidate;
            if (!before.IsEmpty)
                state += keep * Vector256.Create(before[i..]);
            entry.CopyTo(gates[i..]);
            keep.CopyTo(gates[(width + i)..]);
            candidate.CopyTo(gates[(2 * width + i)..]);
            exit.CopyTo(gates[(3 * width + i)..]);
            state.CopyTo(cell[i..]);
            (exit * Tanh(state)).CopyTo(hidden[i..]);
        }
    }

    private static void Differentiate(
        ReadOnlySpan<float> gates, ReadOnlySpan<float> cell, ReadOnlySpan<float> before, ReadOnlySpan<float> hidden, ReadOnlySpan<float> cellGradient,
        Span<float> carriedCell, Span<float> result, int width)
    {
        var one = Vector256<float>.One;
        for (var i = 0; i < width; i += Lane)
        {
            var entry = Vector256.Create(gates[i..]);
            var keep = Vector256.Create(gates[(width + i)..]);
            var candidate = Vector256.Create(gates[(2 * width + i)..]);
            var exit = Vector256.Create(gates[(3 * width + i)..]);
            var squashed = Tanh(Vector256.Create(cell[i..]));
            var output = Vector256.Create(hidden[i..]);
            var state = Vector256.Create(cellGradient[i..]) + output * exit * (one - squashed * squashed);
            (state * candidate * entry * (one - entry)).CopyTo(result[i..]);
            (state * entry * (one - candidate * candidate)).CopyTo(result[(2 * width + i)..]);
            (output * squashed * exit * (one - exit)).CopyTo(result[(3 * width + i)..]);
            if (before.IsEmpty)
                continue;
            (state * Vector256.Create(before[i..]) * keep * (one - keep)).CopyTo(result[(width + i)..]);
            (state * keep).CopyTo(carriedCell[i..]);
        }
    }
}

/// <summary>What one direction computed: gates after their functions, cells and hidden states of every word.</summary>
internal sealed class LstmStates(int rows, int width)
{
    public FloatMatrix Gates { get; } = new(rows, 4 * width);

    public FloatMatrix Cells { get; } = new(rows, width);

    public FloatMatrix Hidden { get; } = new(rows, width);
}

/// <summary>Where the words of a batch lie: sentence b's word t in row <c>Starts[t] + b</c>, sentences by falling length.</summary>
internal sealed class PackedShape
{
    public PackedShape(IReadOnlyList<int> lengths)
    {
        Steps = lengths.Count == 0 ? 0 : lengths[0];
        Starts = new int[Steps];
        Active = new int[Steps];
        for (var t = 0; t < Steps; t++)
        {
            Starts[t] = Rows;
            while (Active[t] < lengths.Count && lengths[Active[t]] > t)
                Active[t]++;
            Rows += Active[t];
        }
    }

    /// <summary>Length of the longest sentence.</summary>
    public int Steps { get; }

    public int[] Starts { get; }

    public int[] Active { get; }

    public int Rows { get; }
}
