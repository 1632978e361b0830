using System.Numerics;
using System.Runtime.InteropServices;
using Auricle.Torch;

namespace Auricle.Models.Decoders.Rows;

/// <summary>Layer norm, or root-mean-square norm (Zhang and Sennrich 2019), through libtorch and for the rows of one generation step.</summary>
internal sealed class RowNorm
{
    private readonly Tensor _scale;
    private readonly Tensor? _shift;
    private readonly int _width;
    private readonly float _epsilon;

    private RowNorm(Tensor scale, Tensor? shift, int width, double epsilon) =>
        (_scale, _shift, _width, _epsilon) = (scale, shift, width, (float)epsilon);

    /// <summary>Loads <c>weight</c> and <c>bias</c>, both [width].</summary>
    public static RowNorm Layer(Weights weights, int width, double epsilon = 1e-5) =>
        new(weights.Get("weight", [width], Initialisers.Ones), weights.Get("bias", [width], Initialisers.Zeros), width, epsilon);

    /// <summary>Loads <c>scale</c> [width]: nothing is subtracted and nothing is added.</summary>
    public static RowNorm RootMeanSquare(Weights weights, int width, double epsilon = 1e-6) =>
        new(weights.Get("scale", [width], Initialisers.Ones), null, width, epsilon);

    /// <param name="input">[…, width], float32.</param>
    public Tensor Forward(Tensor input)
    {
        if (_shift is not null)
            return input.LayerNorm([_width], _scale, _shift, _epsilon);
        using var scope = TensorScope.Begin();
        return scope.Keep(input.Mul(input.Square().Mean([-1], keepdim: true).Add(_epsilon).Rsqrt()).Mul(_scale));
    }

    /// <param name="input">[rows, width].</param>
    /// <param name="output">[rows, width]; may be the input.</param>
    public void Step(ReadOnlySpan<float> input, Span<float> output)
    {
        var scale = MemoryMarshal.Cast<float, Vector<float>>(_scale.Span<float>());
        var shift = _shift is null ? default : MemoryMarshal.Cast<float, Vector<float>>(_shift.Span<float>());
        for (var start = 0; start < input.Length; start += _width)
        {
            var row = MemoryMarshal.Cast<float, Vector<float>>(input.Slice(start, _width));
            var result = MemoryMarshal.Cast<float, Vector<float>>(output.Slice(start, _width));
            var mean = Vector<float>.Zero;
            if (_shift is not null)
            {
                var sum = Vector<float>.Zero;
                foreach (var values in row)
                    sum += values;
                mean = new Vector<float>(Vector.Sum(sum) / _width);
            }
            var squares = Vector<float>.Zero;
            foreach (var values in row)
                squares += (values - mean) * (values - mean);
            var factor = new Vector<float>(1 / MathF.Sqrt(Vector.Sum(squares) / _width + _epsilon));
            for (var i = 0; i < row.Length; i++)
                result[i] = (row[i] - mean) * factor * scale[i];
            for (var i = 0; i < shift.Length; i++)
                result[i] += shift[i];
        }
    }
}
