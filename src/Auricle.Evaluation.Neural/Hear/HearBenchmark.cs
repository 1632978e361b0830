using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural;

/// <summary>How the benchmark is run.</summary>
public sealed record HearOptions
{
    /// <summary>The grid of ways of training.</summary>
    public HearGridKind Grid { get; init; } = HearGridKind.Default;

    /// <summary>How many points of it are tried.</summary>
    public int Points { get; init; } = HearGrid.PublishedPoints;

    /// <summary>Decides the order of the grid, first weights and dropout.</summary>
    public uint Seed { get; init; } = 42;

    /// <summary>Where predictors compute.</summary>
    public Device Device { get; init; } = Device.Cpu;
}

/// <summary>What is being done.</summary>
/// <param name="Task">The task.</param>
/// <param name="Model">The encoder.</param>
/// <param name="Stage">What it does there.</param>
/// <param name="Done">How many clips or networks are done.</param>
/// <param name="Total">How many there are.</param>
public readonly record struct HearProgress(string Task, string Model, string Stage, int Done, int Total);

/// <summary>
/// The HEAR benchmark (Turian et al. 2022): clips are heard once by an encoder that does not learn; a small predictor is trained upon the vectors, the way of
/// training chosen on the first fold; every fold is judged by a network that did not see it.
/// </summary>
/// <param name="folder">Where results and vectors are kept; what is finished there is not done again.</param>
/// <param name="options">How it is run.</param>
/// <param name="progress">Told what is being done.</param>
public sealed class HearBenchmark(string folder, HearOptions options, IProgress<HearProgress>? progress = null)
{
    private const string VectorsFolder = "vectors", ResultsFolder = "results";

    /// <summary>Runs an encoder on a task, or gives the result that an earlier run of the same encoder, task and options left.</summary>
    /// <param name="task">The task.</param>
    /// <param name="encoder">The encoder.</param>
    /// <param name="cancellationToken">Stops between clips and epochs.</param>
    /// <exception cref="HearTaskException">The encoder gives no vectors along a sound, which the task needs; a clip is missing or cannot be heard.</exception>
    public HearResult Run(HearTask task, IHearEncoder encoder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(encoder);
        if (task.IsOfEvents && !encoder.HasFrames)
            throw new HearTaskException($"The model '{encoder.Name}' gives no vectors along a sound, which '{task.Name}', a task of events, needs; leave it out there, or name a model that embeds frames.");
        var points = HearGrid.Points(options.Grid, task, options.Seed).Take(options.Points).ToArray();
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{encoder.Fingerprint}\n{task.Hash}\n{task.RateFor(encoder.SampleRate)}\n{options.Grid} {points.Length} {options.Seed} {options.Device.Type}")));
        var file = Path.Combine(folder, ResultsFolder, task.Name, $"{FileName(encoder.Name)}-{key[..8]}.json");
        if (Earlier(file, key) is { } earlier)
            return earlier with { Model = encoder.Name };
        var begun = Stopwatch.GetTimestamp();
        var vectors = Hear(task, encoder, cancellationToken);
        var heard = Stopwatch.GetElapsedTime(begun);
        var result = Judge(task, encoder, points, vectors, cancellationToken) with
        {
            HearingSeconds = heard.TotalSeconds,
            TrainingSeconds = (Stopwatch.GetElapsedTime(begun) - heard).TotalSeconds,
            Key = key,
        };
        AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, result, HearJson.Default.HearResult));
        return result;
    }

    private Dictionary<string, IReadOnlyList<Timeline>> Hear(HearTask task, IHearEncoder encoder, CancellationToken cancellationToken)
    {
        using var known = HearVectors.Open(Path.Combine(folder, VectorsFolder), encoder);
        var total = task.Clips.Values.Sum(clips => clips.Count);
        var vectors = new Dictionary<string, IReadOnlyList<Timeline>>(StringComparer.Ordinal);
        foreach (var split in task.Splits)
        {
            var before = vectors.Values.Sum(clips => clips.Count);
            vectors[split] = known.Of(task, split, new Counter(done => Tell(task, encoder, "heard", before + done, total)), cancellationToken);
        }
        return vectors;
    }

    private HearResult Judge(HearTask task, IHearEncoder encoder, HearPoint[] points, Dictionary<string, IReadOnlyList<Timeline>> vectors, CancellationToken cancellationToken)
    {
        var isOnProcessor = options.Device.Type == DeviceType.Cpu;
        var width = vectors[task.Splits[0]][0].Width;
        var total = points.Length + task.Folds.Count - 1;
        var done = 0;
        var warnings = new List<string>();
        var results = new (HearFoldResult Fold, IReadOnlyList<(string Name, double Value)> Scores)[task.Folds.Count];
        HearPoint chosen;
        using (var rows = new FoldRows(task, vectors, task.Folds[0], options.Device))
        {
            warnings.AddRange(rows.Warnings);
            var tried = new HearPredictor?[points.Length];
            try
            {
                HearWork.Run(isOnProcessor, points.Length, i =>
                {
                    tried[i] = Train(i, points[i], 0, rows);
                    Tell(task, encoder, "trained", Interlocked.Increment(ref done), total);
                }, cancellationToken);
                var best = 0;
                for (var i = 1; i < tried.Length; i++)
                {
                    if (HearPredictor.IsBetter(task, tried[i]!.Validation, tried[best]!.Validation))
                        best = i;
                }
                chosen = points[best];
                results[0] = Judged(0, tried[best]!, rows);
            }
            finally
            {
                foreach (var predictor in tried)
                    predictor?.Dispose();
            }
        }
        HearWork.Run(isOnProcessor, task.Folds.Count - 1, i =>
        {
            using var rows = new FoldRows(task, vectors, task.Folds[i + 1], options.Device);
            lock (warnings)
                warnings.AddRange(rows.Warnings);
            using var predictor = Train(Array.IndexOf(points, chosen), chosen, i + 1, rows);
            results[i + 1] = Judged(i + 1, predictor, rows);
            Tell(task, encoder, "trained", Interlocked.Increment(ref done), total);
        }, cancellationToken);
        return new HearResult
        {
            Task = task.Name,
            Model = encoder.Name,
            Scores = [.. results[0].Scores.Select((score, place) => new HearScore(score.Name, [.. results.Select(fold => fold.Scores[place].Value)]))],
            IsLowerBetter = task.Measures[0].IsLowerBetter,
            Point = chosen,
            Folds = [.. results.Select(fold => fold.Fold)],
            Warnings = [.. warnings.Order(StringComparer.Ordinal)],
            Width = width,
            HearingSeconds = 0,
            TrainingSeconds = 0,
            Key = "",
        };

        HearPredictor Train(int place, HearPoint point, int fold, FoldRows rows)
        {
            var predictor = new HearPredictor(task, point, width, SplitMix64.For(options.Seed, (ulong)fold, (ulong)place).NextBits(), options.Device);
            try
            {
                predictor.Train(rows.Train, rows.Validation, cancellationToken);
                return predictor;
            }
            catch
            {
                predictor.Dispose();
                throw;
            }
        }

        (HearFoldResult, IReadOnlyList<(string, double)>) Judged(int fold, HearPredictor predictor, FoldRows rows) =>
            (new HearFoldResult(task.Folds[fold].Test, predictor.Validation, predictor.Epoch, predictor.Postprocessing), predictor.Score(rows.Test));
    }

    private void Tell(HearTask task, IHearEncoder encoder, string stage, int done, int total) => progress?.Report(new HearProgress(task.Name, encoder.Name, stage, done, total));

    private static string FileName(string name) =>
        string.Concat(Path.GetFileName(Path.TrimEndingDirectorySeparator(name)).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '_'));

    // Anything unexpected means that the result is not there.
    private static HearResult? Earlier(string file, string key)
    {
        try
        {
            return File.Exists(file) && JsonSerializer.Deserialize(File.ReadAllBytes(file), HearJson.Default.HearResult) is { } result && result.Key == key ? result : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The rows of a fold.</summary>
    private sealed class FoldRows : IDisposable
    {
        public FoldRows(HearTask task, IReadOnlyDictionary<string, IReadOnlyList<Timeline>> vectors, HearFold fold, Device device)
        {
            Train = HearRows.Of(task, vectors, fold.Train, device);
            Validation = HearRows.Of(task, vectors, [fold.Validation], device);
            Test = HearRows.Of(task, vectors, [fold.Test], device);
            Warnings =
            [
                .. from part in new (HearRows Rows, string Name, string Effect)[] { (Train, string.Join(", ", fold.Train), Effect: "and it cannot be learnt there"), (Test, fold.Test, "so that scores over all labels are lower there, or not defined (NaN)") }
                let absent = part.Rows.AbsentLabels.ToArray()
                where absent.Length > 0
                select $"{task.Name}: {part.Name} {(part.Name.Contains(", ", StringComparison.Ordinal) ? "have" : "has")} no '{task.Labels[absent[0]]}'{(absent.Length > 1 ? $" and {absent.Length - 1} more of {task.Labels.Count} labels" : "")}, {part.Effect}.",
            ];
        }

        public HearRows Train { get; }
        public HearRows Validation { get; }
        public HearRows Test { get; }
        public IReadOnlyList<string> Warnings { get; }

        public void Dispose()
        {
            Train.Dispose();
            Validation.Dispose();
            Test.Dispose();
        }
    }

    // Unlike Progress<T>, which posts to other threads, this keeps the order of what it is told.
    private sealed class Counter(Action<int> show) : IProgress<int>
    {
        public void Report(int value) => show(value);
    }
}
