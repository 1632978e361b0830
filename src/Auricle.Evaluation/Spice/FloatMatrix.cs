using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Auricle.Evaluation;

/// <summary>A row-major matrix of the caption parser with the few products it needs, in managed code so that parsing needs no native
/// library.</summary>
internal sealed class FloatMatrix(int rows, int columns)
{
    private const int Lane = 8;
    private const int PanelWidth = 2 * Lane;
    private const int FewestPackedRows = 8;

    [ThreadStatic]
    private static float[]? _t_panel;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public float[] Values { get; } = new float[rows * columns];

    public Span<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    public Span<float> RowRange(int first, int count) => Values.AsSpan(first * Columns, count * Columns);

    public FloatMatrix Transposed()
    {
        var result = new FloatMatrix(Columns, Rows);
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
                result.Values[column * Rows + row] = Values[row * Columns + column];
        }
        return result;
    }

    /// <summary>This matrix times another: <c>[rows, k] × [k, n]</c>.</summary>
    public FloatMatrix Times(FloatMatrix right)
    {
        var result = new FloatMatrix(Rows, right.Columns);
        AddProduct(Values, right, result.Values, Rows);
        return result;
    }

    /// <summary>Adds <c>left × right</c> to <paramref name="result"/>.</summary>
    /// <param name="left"><c>[count, k]</c>, k being the rows of <paramref name="right"/>.</param>
    /// <param name="right"><c>[k, n]</c>; n is a multiple of 16.</param>
    /// <param name="result"><c>[count, n]</c>.</param>
    /// <param name="count">Rows of the product.</param>
    public static void AddProduct(ReadOnlySpan<float> left, FloatMatrix right, Span<float> result, int count)
    {
        var (inner, width) = (right.Rows, right.Columns);
        if (left.Length < count * inner || result.Length < count * width || width % PanelWidth != 0)
            throw new ArgumentException($"Cannot multiply [{count}, {inner}] by [{inner}, {width}] within {left.Length} and {result.Length} values.");
        ref var a = ref MemoryMarshal.GetReference(left);
        ref var b = ref MemoryMarshal.GetArrayDataReference(right.Values);
        ref var c = ref MemoryMarshal.GetReference(result);
        var isPacked = count >= FewestPackedRows;
        var panel = isPacked ? Panel(inner) : [];
        for (var column = 0; column < width; column += PanelWidth)
        {
            ref var columns = ref Unsafe.Add(ref b, column);
            var stride = width;
            if (isPacked)
            {
                // Columns in one piece: strided by a power of two, their rows would push each other out of the cache.
                for (var k = 0; k < inner; k++)
                    right.Values.AsSpan(k * width + column, PanelWidth).CopyTo(panel.AsSpan(k * PanelWidth));
                columns = ref MemoryMarshal.GetArrayDataReference(panel);
                stride = PanelWidth;
            }
            var row = 0;
            for (; row + 4 <= count; row += 4)
                FourRows(ref Unsafe.Add(ref a, row * inner), ref columns, ref Unsafe.Add(ref c, row * width + column), inner, stride, width);
            for (; row < count; row++)
                OneRow(ref Unsafe.Add(ref a, row * inner), ref columns, ref Unsafe.Add(ref c, row * width + column), inner, stride);
        }
    }

    /// <summary>The dot product of two vectors whose length is a multiple of 8.</summary>
    public static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var sum = Vector256<float>.Zero;
        for (var i = 0; i + Lane <= left.Length; i += Lane)
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(left[i..]), Vector256.Create(right[i..]), sum);
        return Vector256.Sum(sum);
    }

    private static float[] Panel(int inner)
    {
        if (_t_panel is null || _t_panel.Length < inner * PanelWidth)
            _t_panel = new float[inner * PanelWidth];
        return _t_panel;
    }

    // Eight sums in registers keep both multipliers of a core busy.
    private static void FourRows(ref float a, ref float b, ref float c, int inner, int stride, int width)
    {
        var c00 = Vector256.LoadUnsafe(ref c);
        var c01 = Vector256.LoadUnsafe(ref c, Lane);
        var c10 = Vector256.LoadUnsafe(ref c, (nuint)width);
        var c11 = Vector256.LoadUnsafe(ref c, (nuint)width + Lane);
        var c20 = Vector256.LoadUnsafe(ref c, (nuint)(2 * width));
        var c21 = Vector256.LoadUnsafe(ref c, (nuint)(2 * width) + Lane);
        var c30 = Vector256.LoadUnsafe(ref c, (nuint)(3 * width));
        var c31 = Vector256.LoadUnsafe(ref c, (nuint)(3 * width) + Lane);
        ref var a1 = ref Unsafe.Add(ref a, inner);
        ref var a2 = ref Unsafe.Add(ref a, 2 * inner);
        ref var a3 = ref Unsafe.Add(ref a, 3 * inner);
        for (var k = 0; k < inner; k++)
        {
            var b0 = Vector256.LoadUnsafe(ref b);
            var b1 = Vector256.LoadUnsafe(ref b, Lane);
            var factor = Vector256.Create(Unsafe.Add(ref a, k));
            c00 = Vector256.FusedMultiplyAdd(factor, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(factor, b1, c01);
            factor = Vector256.Create(Unsafe.Add(ref a1, k));
            c10 = Vector256.FusedMultiplyAdd(factor, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(factor, b1, c11);
            factor = Vector256.Create(Unsafe.Add(ref a2, k));
            c20 = Vector256.FusedMultiplyAdd(factor, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(factor, b1, c21);
            factor = Vector256.Create(Unsafe.Add(ref a3, k));
            c30 = Vector256.FusedMultiplyAdd(factor, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(factor, b1, c31);
            b = ref Unsafe.Add(ref b, stride);
        }
        c00.StoreUnsafe(ref c);
        c01.StoreUnsafe(ref c, Lane);
        c10.StoreUnsafe(ref c, (nuint)width);
        c11.StoreUnsafe(ref c, (nuint)width + Lane);
        c20.StoreUnsafe(ref c, (nuint)(2 * width));
        c21.StoreUnsafe(ref c, (nuint)(2 * width) + Lane);
        c30.StoreUnsafe(ref c, (nuint)(3 * width));
        c31.StoreUnsafe(ref c, (nuint)(3 * width) + Lane);
    }

    private static void OneRow(ref float a, ref float b, ref float c, int inner, int stride)
    {
        var c0 = Vector256.LoadUnsafe(ref c);
        var c1 = Vector256.LoadUnsafe(ref c, Lane);
        for (var k = 0; k < inner; k++)
        {
            var factor = Vector256.Create(Unsafe.Add(ref a, k));
            c0 = Vector256.FusedMultiplyAdd(factor, Vector256.LoadUnsafe(ref b), c0);
            c1 = Vector256.FusedMultiplyAdd(factor, Vector256.LoadUnsafe(ref b, Lane), c1);
            b = ref Unsafe.Add(ref b, stride);
        }
        c0.StoreUnsafe(ref c);
        c1.StoreUnsafe(ref c, Lane);
    }
}
