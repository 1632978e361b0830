using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Auricle.Search;
using Auricle.Search.Embedded;

namespace Auricle.Benchmarks;

/// <summary>
/// Times the embedded index with vectors of 512 numbers that lie as those of sounds do: in clusters of uneven size, near one another beside a common
/// mean, with most of their spread in few directions.
/// </summary>
internal static class SearchSpeed
{
    private const int Width = 512;
    private const int RowsOfAWrite = 20_000;
    private const int Batch = 64;

    /// <summary>Times indexes of 10^4 vectors and more.</summary>
    /// <param name="rounds">How often each is timed.</param>
    /// <param name="most">The size of the largest; 10^7 takes 16 GB in the folder for temporary files.</param>
    /// <param name="graph">Whether a graph is built and measured too.</param>
    public static void Print(int rounds, long most, bool graph)
    {
        Console.WriteLine($"processor  {Environment.ProcessorCount} threads, kernel {Int8Kernel.Fastest.Method.Name}; times in ms, the median of {rounds} rounds");
        Console.WriteLine("   vectors      bytes  build s  open   first   query    (cpu)  batch of 64    (cpu)  queries/s  memory MB");
        for (long count = 10_000; count <= most; count *= 10)
            Measure(count, rounds, graph);
    }

    private static void Measure(long count, int rounds, bool graph)
    {
        var folder = Directory.CreateTempSubdirectory("auricle-search-").FullName;
        try
        {
            var place = Path.Combine(folder, "index");
            var source = new Embeddings(Width, seed: 5);
            var begun = Stopwatch.GetTimestamp();
            using (var index = SoundIndex.Create(place, new IndexSettings("benchmark", "benchmark", Width, 10, 2.5)))
            {
                for (long first = 0; first < count; first += RowsOfAWrite)
                {
                    var vectors = source.Take((int)Math.Min(RowsOfAWrite, count - first));
                    index.Put([.. vectors.Select((vector, i) => new NewFile(
                        new FileStamp("/sounds", string.Create(CultureInfo.InvariantCulture, $"{(first + i) / 1000}/{first + i}.wav"), 1, DateTimeOffset.UnixEpoch, ""),
                        new SoundFacts(10, DateTimeOffset.UnixEpoch, new Dictionary<string, string>()), [new NewSegment(0, 10, vector)]))]);
                }
                if (graph)
                    index.BuildGraph();
            }
            var build = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            var queries = source.Take(Batch);
            begun = Stopwatch.GetTimestamp();
            using var opened = SoundIndex.Open(place);
            var open = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            begun = Stopwatch.GetTimestamp();
            opened.Search([queries[0]], 10, exact: true);
            var first1 = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            var number = 0;
            var times = Timing.InTurn(
                rounds, () => opened.Search([queries[number++ % Batch]], 10, exact: true), () => opened.Search(queries, 10, exact: true));
            double Median(int i) => times[i].Select(time => time.Wall).Order().ElementAt(rounds / 2);
            double Work(int i) => times[i].Select(time => time.Processor).Order().ElementAt(rounds / 2);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{count,10} {opened.Count().Bytes,10:0.00e0} {build,8:0.0} {open,5:0} {first1,7:0.0} {Median(0),7:0.00} {Work(0),8:0.0} {Median(1),12:0.0} {Work(1),8:0} {1000 * Batch / Median(1),10:0} {Environment.WorkingSet / 1e6,10:0}"));
            if (opened.Graph is { } report)
            {
                var ofGraph = Timing.InTurn(rounds, () =>
                {
                    foreach (var query in queries)
                        opened.Search([query], 10);
                })[0];
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"           graph: built in {report.BuildSeconds:0} s, recall at 10 {report.RecallAt10:0.000} over {report.Queries} queries, {ofGraph.Min(time => time.Wall) / Batch:0.00} ms a query, {ofGraph.Min(time => time.Processor) / Batch:0.00} of the processor"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Draws vectors like those of embedding models.</summary>
    private sealed class Embeddings
    {
        private const int Centres = 500;
        private const int Directions = 96;
        private readonly SplitMix64 _random;
        private readonly float[] _mean;
        private readonly float[][] _centres;
        private readonly float[][] _directions;

        public Embeddings(int width, ulong seed)
        {
            _random = new SplitMix64(seed);
            _mean = Gaussian(width);
            _centres = [.. Enumerable.Range(0, Centres).Select(_ => Gaussian(width))];
            // Like singular values of embeddings, the spread falls off from direction to direction.
            _directions = [.. Enumerable.Range(0, Directions).Select(i => Array.ConvertAll(Gaussian(width), value => value / MathF.Sqrt(1 + i / 4f)))];
        }

        public float[][] Take(int count)
        {
            var vectors = new float[count][];
            var seeds = Enumerable.Range(0, count).Select(_ => _random.NextBits()).ToArray();
            Parallel.For(0, count, i => vectors[i] = One(new SplitMix64(seeds[i])));
            return vectors;
        }

        private float[] One(SplitMix64 random)
        {
            var vector = (float[])_mean.Clone();
            // Clusters of uneven size: the first hold most.
            var centre = _centres[(int)(Centres * Math.Pow(random.NextDouble(), 2))];
            TensorPrimitives.Add(vector, centre, vector);
            foreach (var direction in _directions)
                TensorPrimitives.MultiplyAdd(direction, (float)(0.35 * Normal(random)), vector, vector);
            for (var i = 0; i < vector.Length; i++)
                vector[i] += 0.2f * (float)Normal(random);
            TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
            return vector;
        }

        private float[] Gaussian(int width) => [.. Enumerable.Range(0, width).Select(_ => (float)Normal(_random))];

        private static double Normal(SplitMix64 random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
