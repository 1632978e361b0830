namespace Auricle.Search.Embedded;

internal sealed partial class FolderIndex
{
    private const string GraphSetting = "graph";

    public GraphReport? Graph => null;

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
                var (vectors, rows, ranges, seen) = Snapshot(filter);
                IReadOnlyList<(long, float)>[] found;
                try
                {
                    found = vectors.Read(rows, map => ExactScan.Run(map, queries, top, ranges));
                }
                catch (ObjectDisposedException) when (!_isDisposed)
                {
                    continue;   // the rows have moved to other files
                }
                lock (_using)
                {
                    // Where rows have been moved meanwhile, those that were found may be others now.
                    if (IsCurrent(seen))
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

    public GraphReport BuildGraph(IProgress<double>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    private IndexHit? Hit((long Row, float Score) found) =>
        _catalogue.Segment(found.Row) is { } segment ? new IndexHit(found.Row, segment.File, segment.Start, segment.End, found.Score) : null;

    private (VectorFiles Vectors, long Rows, IReadOnlyList<RowRange> Ranges, long Seen) Snapshot(IndexFilter? filter)
    {
        lock (_using)
        {
            Refresh();
            return (_vectors, _rows, filter is null || filter.IsEmpty ? Between(_holes, _rows) : _catalogue.Ranges(filter), _seen);
        }
    }

    private bool IsCurrent(long generation) => Number("generation") == generation;

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
        _seen = generation;
        _rows = Number("rows");
        _holes = _catalogue.Holes();
    }

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
