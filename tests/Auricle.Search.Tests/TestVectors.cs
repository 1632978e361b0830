using System.Numerics.Tensors;

namespace Auricle.Search.Tests;

/// <summary>Vectors in clusters, as embeddings of sounds lie, and files for them.</summary>
internal static class TestVectors
{
    public const int Width = 70; // no multiple of what kernels take at a time

    public static IndexSettings Settings { get; } = new("tiny", "0123456789abcdef", Width, 10, 2.5);

    /// <summary>Vectors of length 1 around a few centres.</summary>
    public static float[][] Clustered(int count, int width = Width, int centres = 10, double spread = 0.5, int seed = 1)
    {
        var random = SplitMix64.For((ulong)seed, 7);
        var middles = Enumerable.Range(0, centres).Select(_ => Gaussian(random, width)).ToArray();
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var (vector, noise) = ((float[])middles[random.Next(centres)].Clone(), Gaussian(random, width));
            TensorPrimitives.MultiplyAdd(noise, (float)spread, vector, vector);
            TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
            return vector;
        })];
    }

    /// <summary>A file with a stretch for each vector.</summary>
    public static NewFile File(string path, IReadOnlyList<float[]> vectors, string root = "/sounds", double seconds = 0, DateTimeOffset? recorded = null, params (string, string)[] tags) => new(
        Stamp(path, root), new SoundFacts(seconds > 0 ? seconds : 5 * vectors.Count, recorded ?? DateTimeOffset.UnixEpoch, tags.ToDictionary(tag => tag.Item1, tag => tag.Item2)),
        [.. vectors.Select((vector, i) => new NewSegment(5 * i, 5 * i + 5, vector))]);

    public static FileStamp Stamp(string path, string root = "/sounds", string hash = "aa") => new(root, path, 100, DateTimeOffset.FromUnixTimeSeconds(1000), hash);

    /// <summary>The best by dot products in double precision.</summary>
    public static int[] Best(float[][] vectors, float[] query, int top) =>
        [.. Enumerable.Range(0, vectors.Length).OrderByDescending(i => Dot(vectors[i], query)).Take(top)];

    public static double Dot(float[] left, float[] right)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++)
            sum += (double)left[i] * right[i];
        return sum;
    }

    private static float[] Gaussian(SplitMix64 random, int width)
    {
        var values = new float[width];
        for (var i = 0; i < width; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
