namespace Auricle;

/// <summary>Finds the known name that a misspelt one most likely means.</summary>
public static class EditDistance
{
    /// <summary>The nearest candidate, or <see langword="null"/> where none is near enough to be a misspelling.</summary>
    /// <param name="name">The name as it was written.</param>
    /// <param name="candidates">The names there are.</param>
    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        // Nothing that long is a name, and the table of distances would grow with it.
        if (name.Length > 100)
            return null;
        var limit = Math.Max(1, name.Length / 2);
        var best = candidates
            .Select(candidate => (candidate, distance: Between(name, candidate)))
            .Where(pair => pair.distance <= limit)
            .OrderBy(pair => pair.distance)
            .FirstOrDefault();
        return best.candidate;
    }

    /// <summary>The least number of insertions, deletions, replacements and swaps of neighbours between two texts.</summary>
    public static int Between(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }
                var same = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]);
                var cost = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    cost = Math.Min(cost, rows[i - 2, j - 2] + 1);
                rows[i, j] = cost;
            }
        }
        return rows[left.Length, right.Length];
    }
}
