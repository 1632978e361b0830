using System.Numerics.Tensors;

namespace Auricle.Search;

/// <summary>What every engine refuses.</summary>
internal static class VectorCheck
{
    // Of float32 that was brought to length 1.
    private const double Tolerance = 1e-3;

    public static void All(IReadOnlyList<float[]> vectors, int width)
    {
        Queries(vectors, width);
        foreach (var vector in vectors)
        {
            var length = TensorPrimitives.Norm<float>(vector);
            if (length > Tolerance && Math.Abs(length - 1) > Tolerance)
                throw new ArgumentException($"A vector of the length {length} cannot be stored; bring it to length 1.", nameof(vectors));
        }
    }

    public static void Queries(IReadOnlyList<float[]> vectors, int width)
    {
        foreach (var vector in vectors)
        {
            if (vector.Length != width)
                throw new ArgumentException($"The index holds vectors of {width} numbers, not of {vector.Length}.", nameof(vectors));
            if (!float.IsFinite(TensorPrimitives.Sum<float>(vector)))
                throw new ArgumentException("A vector holds a value that is not finite.", nameof(vectors));
        }
    }
}

/// <summary>Sentences about the folders of an index.</summary>
internal static class RootProblem
{
    public static IndexException Unknown(string location, string root, IReadOnlyList<string> roots) => new(
        location, $"The index '{location}' has no folder '{root}'; its folders are {(roots.Count == 0 ? "none yet" : string.Join(", ", roots.Select(known => $"'{known}'")))}.", isRequest: true);

    public static IndexException Taken(string location, string root) => new(
        location, $"The index '{location}' has the folder '{root}' already; take out what is gone with: auricle index remove FOLDER.", isRequest: true);
}
