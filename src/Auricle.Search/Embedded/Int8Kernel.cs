using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Auricle.Search.Embedded;

/// <summary>
/// Dot products of rows of unsigned bytes with queries of signed bytes, four rows with four queries at a time, so that a row that has come
/// from memory is used more than once. Integers are exact: all ways give the same sums.
/// </summary>
internal static unsafe class Int8Kernel
{
    /// <summary>Rows and queries are padded to so many bytes.</summary>
    public const int Alignment = 64;

    /// <summary>How many queries go together; more are padded to a multiple.</summary>
    public const int Tile = 4;

    /// <summary>The ways that this processor has, the fastest first.</summary>
    public static IReadOnlyList<Kernel> Available { get; } =
    [
        .. AvxVnni.IsSupported ? [Vnni] : Array.Empty<Kernel>(),
        .. Avx2.IsSupported ? [WithAvx2] : Array.Empty<Kernel>(),
        Plain,
    ];

    /// <summary>Dot products.</summary>
    /// <param name="rows">The rows, one behind the other.</param>
    /// <param name="rowCount">How many there are.</param>
    /// <param name="queries">The queries, one behind the other.</param>
    /// <param name="queryCount">1, or a multiple of <see cref="Tile"/>.</param>
    /// <param name="stride">The bytes of a row and of a query, a multiple of <see cref="Alignment"/>.</param>
    /// <param name="sums">Receives <c>[queryCount, sumStride]</c>.</param>
    /// <param name="sumStride">Numbers from one query's sums to the next one's.</param>
    public delegate void Kernel(byte* rows, int rowCount, sbyte* queries, int queryCount, int stride, int* sums, int sumStride);

    /// <summary>The fastest.</summary>
    public static Kernel Fastest => Available[0];

    public static void Vnni(byte* rows, int rowCount, sbyte* queries, int queryCount, int stride, int* sums, int sumStride) =>
        Tiled<VnniStep>(rows, rowCount, queries, queryCount, stride, sums, sumStride);

    public static void WithAvx2(byte* rows, int rowCount, sbyte* queries, int queryCount, int stride, int* sums, int sumStride) =>
        Tiled<Avx2Step>(rows, rowCount, queries, queryCount, stride, sums, sumStride);

    public static void Plain(byte* rows, int rowCount, sbyte* queries, int queryCount, int stride, int* sums, int sumStride)
    {
        for (var row = 0; row < rowCount; row++)
        {
            for (var query = 0; query < queryCount; query++)
                sums[query * sumStride + row] = PlainDot(rows + (nint)row * stride, queries + (nint)query * stride, stride);
        }
    }

    private static int PlainDot(byte* row, sbyte* query, int count)
    {
        var sum = Vector<int>.Zero;
        for (var i = 0; i < count; i += Vector<byte>.Count)
        {
            Vector.Widen(Unsafe.ReadUnaligned<Vector<byte>>(row + i), out var rowLow, out var rowHigh);
            Vector.Widen(Unsafe.ReadUnaligned<Vector<sbyte>>(query + i), out var queryLow, out var queryHigh);
            sum += Products(rowLow, queryLow) + Products(rowHigh, queryHigh);
        }
        return Vector.Sum(sum);

        static Vector<int> Products(Vector<ushort> left, Vector<short> right)
        {
            Vector.Widen(Vector.AsVectorInt16(left), out var leftLow, out var leftHigh);
            Vector.Widen(right, out var rightLow, out var rightHigh);
            return leftLow * rightLow + leftHigh * rightHigh;
        }
    }

    private interface IStep
    {
        static abstract Vector256<int> Add(Vector256<int> sum, Vector256<byte> row, Vector256<sbyte> query);
    }

    private readonly struct VnniStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> row, Vector256<sbyte> query) => AvxVnni.MultiplyWideningAndAdd(sum, row, query);
    }

    private readonly struct Avx2Step : IStep
    {
        // Products of bytes in pairs would not fit 16 bits, so bytes are widened first.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> row, Vector256<sbyte> query) => sum
            + Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(row.GetLower()), Avx2.ConvertToVector256Int16(query.GetLower()))
            + Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(row.GetUpper()), Avx2.ConvertToVector256Int16(query.GetUpper()));
    }

    private static void Tiled<TStep>(byte* rows, int rowCount, sbyte* queries, int queryCount, int stride, int* sums, int sumStride)
        where TStep : struct, IStep
    {
        var row = 0;
        for (; row + Tile <= rowCount; row += Tile)
        {
            var first = rows + (nint)row * stride;
            if (queryCount == 1)
            {
                FourByOne<TStep>(first, queries, stride).Store(sums + row);
                continue;
            }
            for (var query = 0; query < queryCount; query += Tile)
                FourByFour<TStep>(first, queries + (nint)query * stride, stride, sums + (nint)query * sumStride + row, sumStride);
        }
        for (; row < rowCount; row++)
        {
            for (var query = 0; query < queryCount; query++)
            {
                var sum = Vector256<int>.Zero;
                for (var i = 0; i < stride; i += Vector256<byte>.Count)
                    sum = TStep.Add(sum, Vector256.Load(rows + (nint)row * stride + i), Vector256.Load(queries + (nint)query * stride + i));
                sums[query * sumStride + row] = Vector256.Sum(sum);
            }
        }
    }

    private static Vector128<int> FourByOne<TStep>(byte* rows, sbyte* query, int stride) where TStep : struct, IStep
    {
        var (a, b, c, d) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
        byte* second = rows + stride, third = second + stride, fourth = third + stride;
        for (var i = 0; i < stride; i += Vector256<byte>.Count)
        {
            var values = Vector256.Load(query + i);
            a = TStep.Add(a, Vector256.Load(rows + i), values);
            b = TStep.Add(b, Vector256.Load(second + i), values);
            c = TStep.Add(c, Vector256.Load(third + i), values);
            d = TStep.Add(d, Vector256.Load(fourth + i), values);
        }
        return Sums(a, b, c, d);
    }

    private static void FourByFour<TStep>(byte* rows, sbyte* queries, int stride, int* sums, int sumStride) where TStep : struct, IStep
    {
        Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector256<int> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        byte* second = rows + stride, third = second + stride, fourth = third + stride;
        sbyte* query1 = queries + stride, query2 = query1 + stride, query3 = query2 + stride;
        for (var i = 0; i < stride; i += Vector256<byte>.Count)
        {
            var (row0, row1, row2, row3) = (Vector256.Load(rows + i), Vector256.Load(second + i), Vector256.Load(third + i), Vector256.Load(fourth + i));
            var values = Vector256.Load(queries + i);
            (a0, a1, a2, a3) = (TStep.Add(a0, row0, values), TStep.Add(a1, row1, values), TStep.Add(a2, row2, values), TStep.Add(a3, row3, values));
            values = Vector256.Load(query1 + i);
            (b0, b1, b2, b3) = (TStep.Add(b0, row0, values), TStep.Add(b1, row1, values), TStep.Add(b2, row2, values), TStep.Add(b3, row3, values));
            values = Vector256.Load(query2 + i);
            (c0, c1, c2, c3) = (TStep.Add(c0, row0, values), TStep.Add(c1, row1, values), TStep.Add(c2, row2, values), TStep.Add(c3, row3, values));
            values = Vector256.Load(query3 + i);
            (d0, d1, d2, d3) = (TStep.Add(d0, row0, values), TStep.Add(d1, row1, values), TStep.Add(d2, row2, values), TStep.Add(d3, row3, values));
        }
        Sums(a0, a1, a2, a3).Store(sums);
        Sums(b0, b1, b2, b3).Store(sums + sumStride);
        Sums(c0, c1, c2, c3).Store(sums + 2 * sumStride);
        Sums(d0, d1, d2, d3).Store(sums + 3 * sumStride);
    }

    /// <summary>The sum of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Sums(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        var halves = Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));
        return halves.GetLower() + halves.GetUpper();
    }
}
