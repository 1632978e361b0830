using System.Numerics;
using System.Runtime.InteropServices;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>Layer norm, through libtorch and for the rows of one generation step.</summary>
internal sealed class RowNorm
{
    private const float Epsilon = 1e-5f;

    private readonly Tensor _weight, _bias;
    private readonly int _width;

    /// <summary>Loads <c>weight</c> and <c>bias</c>, both [width].</summary>
    public RowNorm(Weights weights, int width)
    {
        _width = width;
        _weight = weights.Get("weight", [width], Initialisers.Ones);
        _bias = weights.Get("bias", [width], Initialisers.Zeros);
    }

    /// <param name="input">[…, width].</param>
    public Tensor Forward(Tensor input) => input.LayerNorm([_width], _weight, _bias, Epsilon);

    /// <summary>Adds a branch to rows and normalises them.</summary>
    /// <param name="rows">[rows, width]; holds the result.</param>
    /// <param name="branch">[rows, width].</param>
    public void AddAndNormalise(Span<float> rows, ReadOnlySpan<float> branch)
    {
        var scale = MemoryMarshal.Cast<float, Vector<float>>(_weight.Span<float>());
        var shift = MemoryMarshal.Cast<float, Vector<float>>(_bias.Span<float>());
        for (var start = 0; start < rows.Length; start += _width)
        {
            var row = MemoryMarshal.Cast<float, Vector<float>>(rows.Slice(start, _width));
            var added = MemoryMarshal.Cast<float, Vector<float>>(branch.Slice(start, _width));
            var sum = Vector<float>.Zero;
            for (var i = 0; i < row.Length; i++)
            {
                row[i] += added[i];
                sum += row[i];
            }
            var mean = new Vector<float>(Vector.Sum(sum) / _width);
            var squares = Vector<float>.Zero;
            for (var i = 0; i < row.Length; i++)
            {
                row[i] -= mean;
                squares += row[i] * row[i];
            }
            var factor = new Vector<float>(1 / MathF.Sqrt(Vector.Sum(squares) / _width + Epsilon));
            for (var i = 0; i < row.Length; i++)
                row[i] = row[i] * factor * scale[i] + shift[i];
        }
    }
}
