using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Auricle.Search.Embedded;

/// <summary>Rows from the first to before the last.</summary>
internal readonly record struct RowRange(long First, long End)
{
    public long Count => End - First;
}

/// <summary>
/// Exact search. Bytes are read first: they give a dot product with a bound of its error (Cauchy-Schwarz, from the lengths that quantising
/// lost), so that every row that may be among the best is known, and only those are computed from float16.
/// </summary>
internal static unsafe class ExactScan
{
    private const int RowsAtATime = 256;
    private const int RowsOfATask = 16 * VectorFiles.BlockRows;
    private const int QueriesAtATime = 64;

    // Of the bound itself, which is computed in float32.
    private const float Rounding = 2e-5f;

    /// <summary>The rows with the largest dot products, for each query the best first; rows of equal score in their order.</summary>
    /// <param name="map">The vectors.</param>
    /// <param name="queries">The queries.</param>
    /// <param name="top">How many rows are wanted.</param>
    /// <param name="ranges">The rows that are looked at, in order.</param>
    public static IReadOnlyList<(long Row, float Score)>[] Run(VectorMap map, IReadOnlyList<float[]> queries, int top, IReadOnlyList<RowRange> ranges)
    {
        var results = new IReadOnlyList<(long, float)>[queries.Count];
        for (var first = 0; first < queries.Count; first += QueriesAtATime)
        {
            var some = queries.Skip(first).Take(QueriesAtATime).ToList();
            foreach (var (i, found) in Together(map, some, top, ranges).Index())
                results[first + i] = found;
        }
        return results;
    }

    private static IReadOnlyList<(long Row, float Score)>[] Together(VectorMap map, List<float[]> queries, int top, IReadOnlyList<RowRange> ranges)
    {
        var asBytes = new ByteQueries(queries, map.Stride);
        var tasks = Tasks(ranges);
        var found = new List<Candidates[]>();
        Parallel.For(0, tasks.Count, () => new Worker(asBytes, top), (task, _, worker) =>
        {
            foreach (var range in tasks[task])
                worker.Scan(map, range);
            return worker;
        }, worker =>
        {
            lock (found)
                found.Add(worker.Candidates);
        });
        var results = new IReadOnlyList<(long, float)>[queries.Count];
        Parallel.For(0, queries.Count, query => results[query] = Best(map, queries[query], top, [.. found.Select(candidates => candidates[query])]));
        return results;
    }

    /// <summary>Pieces of work of about equal size.</summary>
    private static List<List<RowRange>> Tasks(IReadOnlyList<RowRange> ranges)
    {
        var tasks = new List<List<RowRange>>();
        var rows = (long)RowsOfATask;
        foreach (var range in ranges)
        {
            for (var first = range.First; first < range.End;)
            {
                if (rows >= RowsOfATask)
                {
                    tasks.Add([]);
                    rows = 0;
                }
                var end = Math.Min(range.End, first + RowsOfATask - rows);
                tasks[^1].Add(new RowRange(first, end));
                rows += end - first;
                first = end;
            }
        }
        return tasks;
    }

    private static List<(long Row, float Score)> Best(VectorMap map, float[] query, int top, Candidates[] found)
    {
        var all = new Candidates(top);
        foreach (var some in found)
            all.Add(some);
        return Best(map, query, top, all.Rows());
    }

    /// <summary>The best of some rows, computed from float16.</summary>
    public static List<(long Row, float Score)> Best(VectorMap map, float[] query, int top, IEnumerable<long> rows)
    {
        var (exact, values) = (new Half[map.Width], new float[map.Width]);
        var scored = new List<(long Row, float Score)>();
        foreach (var row in rows)
        {
            map.ReadExact(row, exact);
            TensorPrimitives.ConvertToSingle(exact, values);
            scored.Add((row, TensorPrimitives.Dot<float>(values, query)));
        }
        scored.Sort((left, right) => left.Score != right.Score ? right.Score.CompareTo(left.Score) : left.Row.CompareTo(right.Row));
        if (scored.Count > top)
            scored.RemoveRange(top, scored.Count - top);
        return scored;
    }

    private sealed class Worker(ByteQueries queries, int top)
    {
        private readonly int[] _sums = new int[queries.Padded * RowsAtATime];

        public Candidates[] Candidates { get; } = [.. Enumerable.Range(0, queries.Count).Select(_ => new Candidates(top))];

        public void Scan(VectorMap map, RowRange range)
        {
            for (var first = range.First; first < range.End;)
            {
                var count = (int)Math.Min(Math.Min(RowsAtATime, range.End - first), VectorFiles.BlockRows - first % VectorFiles.BlockRows);
                fixed (sbyte* bytes = queries.Bytes)
                fixed (int* sums = _sums)
                {
                    Int8Kernel.Fastest(map.Bytes(first), count, bytes, queries.Padded, map.Stride, sums, RowsAtATime);
                    for (var query = 0; query < queries.Count; query++)
                        Choose(sums + query * RowsAtATime, first, count, map.Scales(first), map.Residuals(first), queries.Factors[query], Candidates[query]);
                }
                first += count;
            }
        }

        // A row may be among the best where its dot product with its largest error is above the worst of those that are.
        private static void Choose(int* sums, long first, int count, float* scales, float* residuals, QueryFactors query, Candidates candidates)
        {
            var (slope, fixedError) = (query.Length + query.Residual, query.Residual * 1.002f + Rounding * (1 + query.Length));
            var i = 0;
            for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
            {
                var dots = Vector256.ConvertToSingle(Vector256.Load(sums + i) - Vector256.Create(query.Offset)) * Vector256.Load(scales + i) * query.Scale;
                var errors = Vector256.Load(residuals + i) * slope + Vector256.Create(fixedError);
                if (Vector256.GreaterThanAny(dots + errors, Vector256.Create(candidates.Worst)))
                {
                    for (var lane = 0; lane < Vector256<float>.Count; lane++)
                        candidates.Offer(first + i + lane, dots[lane], errors[lane]);
                }
            }
            for (; i < count; i++)
                candidates.Offer(first + i, (sums[i] - query.Offset) * scales[i] * query.Scale, residuals[i] * slope + fixedError);
        }
    }

    /// <summary>The rows that may be among the best of those seen so far.</summary>
    private sealed class Candidates(int top)
    {
        private const int SpareRows = 1024;

        // The best lower bounds, the smallest on top.
        private readonly PriorityQueue<bool, float> _surest = new();
        private readonly List<(long Row, float Lower, float Upper)> _rows = [];
        private int _full = 4 * top + SpareRows;

        /// <summary>What the largest possible dot product of a row must exceed.</summary>
        public float Worst { get; private set; } = float.NegativeInfinity;

        public void Offer(long row, float dot, float error) => Offer(row, (Lower: dot - error, Upper: dot + error));

        public void Add(Candidates others)
        {
            foreach (var (row, lower, upper) in others._rows)
                Offer(row, (lower, upper));
        }

        public IEnumerable<long> Rows() => _rows.Where(item => item.Upper >= Worst).Select(item => item.Row);

        private void Offer(long row, (float Lower, float Upper) bounds)
        {
            if (bounds.Upper < Worst)
                return;
            _rows.Add((row, bounds.Lower, bounds.Upper));
            if (_surest.Count < top)
                _surest.Enqueue(true, bounds.Lower);
            else if (bounds.Lower > Worst)
                _surest.EnqueueDequeue(true, bounds.Lower);
            if (_surest.Count == top && _surest.TryPeek(out _, out var worst))
                Worst = worst;
            if (_rows.Count < _full)
                return;
            _rows.RemoveAll(item => item.Upper < Worst);
            _full = Math.Max(_full, 2 * _rows.Count);
        }
    }
}
