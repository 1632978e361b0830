using System.Diagnostics;
using System.Globalization;

namespace Auricle.Search;

/// <summary>Measures graphs, and keeps what was measured as a line of text.</summary>
internal static class GraphText
{
    /// <summary>Measures approximate search against exact search.</summary>
    /// <param name="index">The index with its new graph.</param>
    /// <param name="queries">Vectors out of the index.</param>
    /// <param name="top">How many stretches are compared.</param>
    /// <param name="segments">How many the graph holds.</param>
    /// <param name="buildSeconds">How long it took.</param>
    public static GraphReport Measure(ISoundIndex index, IReadOnlyList<float[]> queries, int top, long segments, double buildSeconds)
    {
        if (queries.Count == 0)
            return new GraphReport(segments, 1, 0, 0, 0, buildSeconds);
        var (found, approximate) = Timed(exact: false);
        var (expected, exact) = Timed(exact: true);
        var hits = expected.Zip(found).Sum(pair => pair.First.Count(hit => pair.Second.Any(other => other.Segment == hit.Segment)));
        return new GraphReport(segments, (double)hits / expected.Sum(some => some.Count), queries.Count, approximate, exact, buildSeconds);

        (IReadOnlyList<IndexHit>[], double) Timed(bool exact)
        {
            index.Search([queries[0]], top, null, exact);
            var begun = Stopwatch.GetTimestamp();
            var results = queries.Select(query => index.Search([query], top, null, exact)[0]).ToArray();
            return (results, Stopwatch.GetElapsedTime(begun).TotalMilliseconds / queries.Count);
        }
    }

    public static string Write(GraphReport report) => string.Join(' ', ((IFormattable[])[
        report.Segments, report.RecallAt10, report.Queries, report.QueryMilliseconds, report.ExactMilliseconds, report.BuildSeconds]).Select(value => value.ToString(null, CultureInfo.InvariantCulture)));

    public static GraphReport? Read(string text)
    {
        var parts = text.Split(' ');
        return parts.Length < 6 ? null : new GraphReport(
            long.Parse(parts[0], CultureInfo.InvariantCulture), Number(1), int.Parse(parts[2], CultureInfo.InvariantCulture), Number(3), Number(4), Number(5));

        double Number(int i) => double.Parse(parts[i], CultureInfo.InvariantCulture);
    }
}
