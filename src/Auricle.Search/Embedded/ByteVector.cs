using System.Numerics.Tensors;

namespace Auricle.Search.Embedded;

/// <summary>
/// A vector as bytes with a factor of its own: <c>value ≈ scale · (byte − 128)</c>. Rows are kept without sign and queries with, as the
/// processor's instruction wants them.
/// </summary>
internal static class ByteVector
{
    /// <summary>The byte that stands for zero in a row.</summary>
    public const byte Zero = 128;

    private const float Largest = 127;

    /// <summary>Quantises a vector.</summary>
    /// <param name="vector">The values.</param>
    /// <param name="bytes">Receives them; what is longer than the vector becomes zero.</param>
    /// <param name="residual">The length of what is lost.</param>
    /// <returns>The factor.</returns>
    public static float Quantise(ReadOnlySpan<float> vector, Span<byte> bytes, out float residual)
    {
        var largest = Math.Abs(TensorPrimitives.MaxMagnitude(vector));
        var scale = largest / Largest;
        var inverse = largest > 0 ? Largest / largest : 0;
        var lost = 0.0;
        bytes[vector.Length..].Fill(Zero);
        for (var i = 0; i < vector.Length; i++)
        {
            var rounded = MathF.Round(vector[i] * inverse);
            bytes[i] = (byte)(rounded + Zero);
            var error = vector[i] - (double)scale * rounded;
            lost += error * error;
        }
        residual = (float)Math.Sqrt(lost);
        return scale;
    }
}

/// <summary>Queries as bytes, padded to whole tiles.</summary>
internal sealed class ByteQueries
{
    public ByteQueries(IReadOnlyList<float[]> queries, int stride)
    {
        Count = queries.Count;
        Padded = Count == 1 ? 1 : (Count + Int8Kernel.Tile - 1) / Int8Kernel.Tile * Int8Kernel.Tile;
        Bytes = new sbyte[Padded * stride];
        Factors = new QueryFactors[Count];
        var row = new byte[stride];
        for (var query = 0; query < Count; query++)
        {
            var scale = ByteVector.Quantise(queries[query], row, out var residual);
            var sum = 0;
            for (var i = 0; i < stride; i++)
                sum += Bytes[query * stride + i] = (sbyte)(row[i] - ByteVector.Zero);
            Factors[query] = new QueryFactors(scale, ByteVector.Zero * sum, TensorPrimitives.Norm<float>(queries[query]), residual);
        }
    }

    public int Count { get; }

    /// <summary>The number of queries with those of padding.</summary>
    public int Padded { get; }

    /// <summary><c>[Padded, stride]</c>.</summary>
    public sbyte[] Bytes { get; }

    public QueryFactors[] Factors { get; }
}

/// <param name="Scale">What its bytes are multiplied by.</param>
/// <param name="Offset">What the missing sign of rows adds to every sum.</param>
/// <param name="Length">The length of the query.</param>
/// <param name="Residual">The length of what its bytes lose.</param>
internal readonly record struct QueryFactors(float Scale, int Offset, float Length, float Residual);
