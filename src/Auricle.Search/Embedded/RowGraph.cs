using Cloud.Unum.USearch;

namespace Auricle.Search.Embedded;

/// <summary>A graph (HNSW, by USearch) over the first rows of a folder's vectors, in one file. Its rows never change; those that are gone are passed over by whoever asks.</summary>
internal sealed class RowGraph : IDisposable
{
    private const int Connectivity = 24;
    private const int ExpansionOfBuilding = 128;

    // The library keeps room for as many threads as there were at loading.
    private readonly Lock _using = new();
    private readonly USearchIndex _graph;

    private RowGraph(USearchIndex graph, string name) => (_graph, Name) = (graph, name);

    /// <summary>The name of the file in the index's folder.</summary>
    public string Name { get; }

    /// <summary>Builds a graph and saves it, whole or not at all.</summary>
    /// <param name="path">The file, where nothing is.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="ranges">The rows that it holds.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Looked at between blocks.</param>
    /// <exception cref="DllNotFoundException">The library does not run on this machine.</exception>
    public static void Build(string path, VectorFiles vectors, IReadOnlyList<RowRange> ranges, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        // Vectors have the length 1, and bytes of them are a half of float16 in memory; what the graph finds is computed from float16 anyway.
        using var graph = new USearchIndex(MetricKind.Cos, ScalarKind.Int8, (ulong)vectors.Width, Connectivity, ExpansionOfBuilding, 0, false);
        var total = Math.Max(1, ranges.Sum(range => range.Count));
        long done = 0;
        foreach (var range in ranges)
        {
            for (var first = range.First; first < range.End; first += VectorFiles.BlockRows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var some = new Half[(int)Math.Min(VectorFiles.BlockRows, range.End - first) * vectors.Width];
                vectors.ReadExact(first, some);
                foreach (var (i, row) in some.Chunk(vectors.Width).Index())
                    graph.Add((ulong)(first + i), Array.ConvertAll(row, value => (float)value));
                progress?.Report((double)(done += some.Length / vectors.Width) / total);
            }
        }
        var part = path + ".part";
        graph.Save(part);
        File.Move(part, path, overwrite: true);
    }

    /// <summary>Opens a graph where it lies on disk.</summary>
    /// <exception cref="USearchException">The file is damaged.</exception>
    public static RowGraph Open(string folder, string name) => new(new USearchIndex(Path.Combine(folder, name), view: true), name);

    /// <summary>Rows that are near a vector, not all of the nearest.</summary>
    public long[] Near(float[] query, int count)
    {
        lock (_using)
        {
            var found = _graph.Search(query, count, out var rows, out _);
            return Array.ConvertAll(rows[..found], row => (long)row);
        }
    }

    public void Dispose()
    {
        lock (_using)
            _graph.Dispose();
    }
}
