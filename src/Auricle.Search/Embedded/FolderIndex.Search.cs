using System.Diagnostics;
using System.Globalization;
using Cloud.Unum.USearch;

namespace Auricle.Search.Embedded;

internal sealed partial class FolderIndex
{
    private const string GraphSetting = "graph";
    private const string GraphFileSetting = "graph-file";
    private const string GraphRowsSetting = "graph-rows";
    private const int RecallQueries = 100;
    private const int RecallTop = 10;

    // How many rows a graph is asked for: more than are wanted find the wanted ones more surely, and very many are found sooner by a scan.
    private const int GraphSurplus = 4;
    private const int FewestOfGraph = 128;
    private const int MostOfGraph = 4000;

    private RowGraph? _graph;
    private long _graphRows;

    public GraphReport? Graph => Use(() => _catalogue.Setting(GraphSetting) is { } text ? GraphText.Read(text) : null);

    public IReadOnlyList<IndexHit>[] Search(IReadOnlyList<float[]> queries, int top, IndexFilter? filter = null, bool exact = false)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        VectorCheck.Queries(queries, Settings.Width);
        if (queries.Count == 0)
            return [];
        return Guarded(Location, () =>
        {
            while (true)
            {
                var view = Snapshot(filter, mayUseGraph: !exact && GraphSurplus * top <= MostOfGraph);
                IReadOnlyList<(long, float)>[] found;
                try
                {
                    found = view.Vectors.Read(view.Rows, map => view.Graph is null ? ExactScan.Run(map, queries, top, view.Ranges) : ByGraph(map, queries, top, view));
                }
                catch (ObjectDisposedException) when (!_isDisposed)
                {
                    continue;   // the rows have moved to other files
                }
                lock (_using)
                {
                    // Where rows have been moved meanwhile, those that were found may be others now.
                    if (Number("generation") == view.Generation)
                        return Array.ConvertAll(found, rows => (IReadOnlyList<IndexHit>)[.. rows.Select(Hit).OfType<IndexHit>()]);
                }
            }
        });
    }

    public IReadOnlyList<float[]> Vectors(IReadOnlyList<long> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        return Use(() => segments.Select(row =>
        {
            Refresh();
            var exact = new Half[Settings.Width];
            _vectors.ReadExact(row, exact);
            return Array.ConvertAll(exact, value => (float)value);
        }).ToArray());
    }

    public IReadOnlyList<string> Verify() => Use(() =>
    {
        Refresh();
        var problems = _catalogue.Check().ConvertAll(line => $"The catalogue is damaged: {line}.");
        foreach (var (path, range, checksum) in _catalogue.Checksums())
        {
            var rows = new Half[range.Count * Settings.Width];
            try
            {
                _vectors.ReadExact(range.First, rows);
            }
            catch (EndOfStreamException)
            {
                problems.Add($"The vectors of '{path}' are missing; make the index anew with: auricle index --rebuild.");
                continue;
            }
            if (Checksum(rows) != checksum)
                problems.Add($"The vectors of '{path}' are not those that were written; take the file out with auricle index remove, and index it again.");
            else if (!_vectors.BytesMatch(range.First, rows))
                problems.Add($"The search bytes of '{path}' do not fit its vectors; delete '{Path.Combine(Location, $"vectors-{_generation}.i8")}' and run auricle index verify again, which makes them anew.");
        }
        return problems;
    });

    public GraphReport BuildGraph(IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        if (_lock is null)
            throw new InvalidOperationException("The index is open for searching only.");
        return Guarded(Location, () =>
        {
            var view = Snapshot(filter: null, mayUseGraph: false);
            var begun = Stopwatch.GetTimestamp();
            var name = $"graph-{Guid.NewGuid():n}.usearch";
            try
            {
                RowGraph.Build(Path.Combine(Location, name), view.Vectors, view.Ranges, progress, cancellationToken);
            }
            catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
            {
                throw new IndexException(Location, $"USearch, which makes graphs, does not run on this machine ({error.Message.Split('\n')[0].TrimEnd('.')}); search stays exact.", innerException: error);
            }
            catch (USearchException error)
            {
                throw new IndexException(Location, $"The graph of '{Location}' could not be made ({error.Message.TrimEnd('.')}); make room on the disk, or search exactly.", innerException: error);
            }
            var build = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            Write(() => _catalogue.InTransaction(() =>
            {
                _catalogue.Set(GraphFileSetting, name);
                _catalogue.Set(GraphRowsSetting, view.Rows.ToString(CultureInfo.InvariantCulture));
                _catalogue.Unset(GraphSetting);
            }));
            var random = SplitMix64.For((ulong)view.Rows);
            var queries = Vectors([.. Enumerable.Range(0, view.Rows == 0 ? 0 : RecallQueries).Select(_ => view.Ranges[random.Next(view.Ranges.Count)]).Select(range => random.NextInt64(range.First, range.End))]);
            var report = GraphText.Measure(this, queries, RecallTop, view.Ranges.Sum(range => range.Count), build);
            Write(() => _catalogue.InTransaction(() => _catalogue.Set(GraphSetting, GraphText.Write(report))));
            RemoveOtherFiles();
            return report;
        });
    }

    /// <summary>What the graph finds among its rows, and what a scan finds among those that came later.</summary>
    private static IReadOnlyList<(long Row, float Score)>[] ByGraph(VectorMap map, IReadOnlyList<float[]> queries, int top, View view)
    {
        var later = view.Ranges.Where(range => range.End > view.GraphRows).Select(range => range with { First = Math.Max(range.First, view.GraphRows) }).ToList();
        var live = view.Ranges.Sum(range => range.Count);
        var ofLater = ExactScan.Run(map, queries, top, later);
        return [.. queries.Select((query, i) =>
        {
            // The graph still holds rows that are holes now.
            var near = view.Graph!.Near(query, Math.Max(FewestOfGraph, GraphSurplus * top)).Where(row => IsIn(view.Ranges, row));
            var best = ExactScan.Best(map, query, top, near.Concat(ofLater[i].Select(found => found.Row)));
            return best.Count == Math.Min(top, live) ? best : ExactScan.Run(map, [query], top, view.Ranges)[0];
        })];
    }

    private static bool IsIn(IReadOnlyList<RowRange> ranges, long row)
    {
        var (low, high) = (0, ranges.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (row < ranges[middle].First)
                high = middle - 1;
            else if (row >= ranges[middle].End)
                low = middle + 1;
            else
                return true;
        }
        return false;
    }

    private IndexHit? Hit((long Row, float Score) found) =>
        _catalogue.Segment(found.Row) is { } segment ? new IndexHit(found.Row, segment.File, segment.Start, segment.End, found.Score) : null;

    private View Snapshot(IndexFilter? filter, bool mayUseGraph)
    {
        lock (_using)
        {
            Refresh();
            var isWhole = filter is null || filter.IsEmpty;
            return new View(
                _vectors, _generation, _rows, isWhole ? Between(_catalogue.Holes(), _rows) : _catalogue.Ranges(filter!), mayUseGraph && isWhole ? CurrentGraph() : null, _graphRows);
        }
    }

    /// <summary>Looks at what this or another program has written since.</summary>
    private void Refresh()
    {
        var generation = Number("generation");
        if (generation != _generation)
        {
            _vectors.Dispose();
            _generation = generation;
            _vectors = OpenVectors();
        }
        _rows = Number("rows");
    }

    private RowGraph? CurrentGraph()
    {
        var name = _catalogue.Setting(GraphFileSetting);
        if (name == _graph?.Name)
            return _graph;
        // Searches may still use an earlier one: it is left to the collector.
        _graph = null;
        if (name is null)
            return null;
        try
        {
            _graph = RowGraph.Open(Location, name);
            _graphRows = Number(GraphRowsSetting);
        }
        catch (Exception error) when (error is USearchException or DllNotFoundException or BadImageFormatException or FileNotFoundException)
        {
            throw new IndexException(Location, $"The graph of '{Location}' cannot be used ({error.Message.TrimEnd('.')}); search with --exact, or make it anew with: auricle index graph.", innerException: error);
        }
        return _graph;
    }

    /// <summary>What a search looks at.</summary>
    /// <param name="Vectors">The vectors.</param>
    /// <param name="Generation">The number in the names of their files.</param>
    /// <param name="Rows">How many rows count.</param>
    /// <param name="Ranges">Those that are looked at, in order.</param>
    /// <param name="Graph">The graph, where it is used.</param>
    /// <param name="GraphRows">How many rows there were when it was built.</param>
    private sealed record View(VectorFiles Vectors, long Generation, long Rows, IReadOnlyList<RowRange> Ranges, RowGraph? Graph, long GraphRows);

    private static List<RowRange> Between(List<RowRange> holes, long rows)
    {
        var ranges = new List<RowRange>();
        long next = 0;
        foreach (var hole in holes)
        {
            if (hole.First > next)
                ranges.Add(new RowRange(next, hole.First));
            next = hole.End;
        }
        if (rows > next)
            ranges.Add(new RowRange(next, rows));
        return ranges;
    }
}
