using System.Numerics;

namespace Auricle.Training;

internal static class Ranking
{
    /// <summary>The position of the greatest value; the first one on ties.</summary>
    /// <param name="values">The values.</param>
    /// <param name="except">A position that does not count; −1 for none.</param>
    public static int Best<T>(ReadOnlySpan<T> values, int except = -1) where T : INumber<T>
    {
        var best = -1;
        for (var i = 0; i < values.Length; i++)
        {
            if (i != except && (best < 0 || values[i] > values[best]))
                best = i;
        }
        return best;
    }
}
