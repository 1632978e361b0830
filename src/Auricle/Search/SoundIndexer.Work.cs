using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics.Tensors;
using System.Security.Cryptography;
using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Search;
using Auricle.Torch;

namespace Auricle;

public sealed partial class SoundIndexer
{
    // How much is written at a time: often enough to lose little, rarely enough that the disk is not waited for.
    private const int FilesOfAWrite = 64;
    private static readonly TimeSpan WriteEvery = TimeSpan.FromMilliseconds(700);

    // Of sound that waits in one worker for others of its length.
    private const double WaitingSeconds = 120;

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;

    private static DateTimeOffset Written(FileInfo info) => DateTimeOffset.FromUnixTimeMilliseconds(new DateTimeOffset(info.LastWriteTimeUtc).ToUnixTimeMilliseconds());

    private IEnumerable<FileOutcome<IndexedSound>> Outcomes(IndexPlan plan, CancellationToken cancellationToken)
    {
        using var run = new IndexRun(this, plan);
        foreach (var outcome in run.Outcomes(cancellationToken))
            yield return outcome;
    }

    /// <summary>The folder under which files of an input are kept.</summary>
    private static string RootOf(string input)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(input));
        while (!Directory.Exists(path))
            path = Path.GetDirectoryName(path) ?? Path.GetPathRoot(path)!;
        return path;
    }

    /// <summary>One update: workers hash, decode and embed a few files at a time, each on a thread of its own; one writes.</summary>
    private sealed class IndexRun(SoundIndexer owner, IndexPlan plan) : IDisposable
    {
        private readonly BlockingCollection<Finished> _finished = new(4 * FilesOfAWrite);
        private readonly ConcurrentDictionary<string, IndexedFile> _gone = new(
            plan.Gone.Where(file => file is { Error: null, Stamp.Hash.Length: > 0 }).DistinctBy(file => file.Stamp.Hash).Select(file => KeyValuePair.Create(file.Stamp.Hash, file)));
        private readonly ConcurrentBag<long> _moved = [];
        private int _next = -1;

        public IEnumerable<FileOutcome<IndexedSound>> Outcomes(CancellationToken cancellationToken)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var workers = Start(stop);
            try
            {
                var waiting = new List<Finished>();
                var last = Stopwatch.GetTimestamp();
                while (!_finished.IsCompleted)
                {
                    if (_finished.TryTake(out var file, WriteEvery / 4))
                        waiting.Add(file);
                    if (waiting.Count < FilesOfAWrite && Stopwatch.GetElapsedTime(last) < WriteEvery)
                        continue;
                    foreach (var outcome in Write(waiting))
                        yield return outcome;
                    waiting.Clear();
                    last = Stopwatch.GetTimestamp();
                }
                foreach (var outcome in Write(waiting))
                    yield return outcome;
                workers.GetAwaiter().GetResult();
                cancellationToken.ThrowIfCancellationRequested();
                var gone = plan.Gone.Select(file => file.Id).Except(_moved).ToArray();
                if (gone.Length > 0)
                    owner.Index.Remove(gone);
            }
            finally
            {
                stop.Cancel();
                while (!_finished.IsCompleted)
                    _ = _finished.TryTake(out _, WriteEvery / 4);
            }
        }

        public void Dispose() => _finished.Dispose();

        private Task Start(CancellationTokenSource stop)
        {
            var count = Math.Max(1, Math.Min(plan.Work.Count, owner._options.Workers ?? ProcessorInfo.PhysicalCores));
            var threads = Math.Max(1, TorchRuntime.Threads / count);
            var workers = Enumerable.Range(0, count).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    TorchRuntime.Threads = threads;
                    try
                    {
                        while (Take() is { Count: > 0 } files)
                            Work(files, stop.Token);
                    }
                    catch
                    {
                        stop.Cancel();
                        throw;
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
            return Task.WhenAll(workers).ContinueWith(
                all =>
                {
                    _finished.CompleteAdding();
                    // What stopped the others comes before their being stopped.
                    var errors = all.Exception?.Flatten().InnerExceptions ?? [];
                    if (errors.FirstOrDefault(error => error is not OperationCanceledException) is { } error)
                        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
                },
                CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        private List<PlannedFile> Take()
        {
            var files = new List<PlannedFile>();
            while (files.Count < owner._options.BatchSize && Interlocked.Increment(ref _next) is var next && next < plan.Work.Count)
                files.Add(plan.Work[next]);
            return files;
        }

        private void Work(List<PlannedFile> files, CancellationToken cancellationToken)
        {
            var queue = new EmbeddingQueue(owner);
            var opened = new List<OpenedFile>();
            foreach (var file in files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Examine(file) is not { } open)
                    continue;
                opened.Add(open);
                try
                {
                    Decode(open, queue, cancellationToken);
                }
                catch (AudioException error)
                {
                    open.Error = error.Message;
                }
            }
            queue.Run();
            foreach (var open in opened)
                _finished.Add(open.Finish(), cancellationToken);
        }

        /// <summary>Looks at a file's content without decoding it.</summary>
        /// <returns><see langword="null"/> where the sound is in the index already.</returns>
        private OpenedFile? Examine(PlannedFile file)
        {
            var begun = Stopwatch.GetTimestamp();
            var info = new FileInfo(file.Path);
            var stamp = new FileStamp(
                file.Root, PathsBelow.Relative(file.Root, file.Path)!, info.Exists ? info.Length : -1, info.Exists ? Written(info) : DateTimeOffset.UnixEpoch, Hash(file.Path));
            IndexedFile? same = null;
            if (stamp.Hash.Length > 0)
            {
                if (file.Known is { Error: null } known && known.Stamp.Hash == stamp.Hash)
                    same = known;
                else if (file.Known is null && _gone.TryRemove(stamp.Hash, out same))
                    _moved.Add(same.Id);
            }
            if (same is not null)
            {
                _finished.Add(new Finished(file, null, same.Id, stamp, new IndexedSound(file.Path, file.Known is null ? IndexChange.Moved : IndexChange.Kept, same.Facts.Seconds, same.Segments, [])));
                return null;
            }
            var tags = SoundTags.Read(file.Path, out var recorded);
            Interlocked.Add(ref owner._examining, Stopwatch.GetTimestamp() - begun);
            return new OpenedFile(file, stamp, tags, recorded ?? stamp.Modified);
        }

        private void Decode(OpenedFile file, EmbeddingQueue queue, CancellationToken cancellationToken)
        {
            var settings = owner.Index.Settings;
            var begun = Stopwatch.GetTimestamp();
            using var reader = AudioFile.Open(file.Planned.Path);
            foreach (var segment in AudioSegments.Read(reader, owner._model.SampleRate, settings.SegmentSeconds, settings.OverlapSeconds))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Interlocked.Add(ref owner._decoding, Stopwatch.GetTimestamp() - begun);
                queue.Add(file, segment);
                begun = Stopwatch.GetTimestamp();
            }
            file.Warnings = [.. reader.Warnings];
            Interlocked.Add(ref owner._decoding, Stopwatch.GetTimestamp() - begun);
        }

        private List<FileOutcome<IndexedSound>> Write(List<Finished> files)
        {
            if (files.Count == 0)
                return [];
            var begun = Stopwatch.GetTimestamp();
            if (files.Where(file => file.New is not null).Select(file => file.New!).ToArray() is { Length: > 0 } added)
                owner.Index.Put(added);
            if (files.Where(file => file.New is null).Select(file => (file.Id, file.Stamp)).ToArray() is { Length: > 0 } kept)
                owner.Index.Update(kept);
            owner._writing += Stopwatch.GetTimestamp() - begun;
            return files.ConvertAll(file => new FileOutcome<IndexedSound>
            {
                File = file.Planned.Path,
                Result = file.Result,
                Error = file.New?.Error,
                Exception = file.New?.Error is { } error ? new AudioException(AudioFailure.NotAudio, file.Planned.Path, error) : null,
            });
        }

        private static string Hash(string path)
        {
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                return file.CanSeek ? Convert.ToHexStringLower(SHA256.HashData(file)) : "";
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return "";   // reading the sound tells why
            }
        }
    }

    /// <summary>What a worker is done with.</summary>
    /// <param name="Planned">The file.</param>
    /// <param name="New">What goes into the index; <see langword="null"/> where its vectors are there.</param>
    /// <param name="Id">The number of the file whose vectors are there.</param>
    /// <param name="Stamp">Where the file lies.</param>
    /// <param name="Result">What is told of it; <see langword="null"/> where it failed.</param>
    private sealed record Finished(PlannedFile Planned, NewFile? New, long Id, FileStamp Stamp, IndexedSound? Result);

    /// <summary>A file in work.</summary>
    private sealed class OpenedFile(PlannedFile planned, FileStamp stamp, IReadOnlyDictionary<string, string> tags, DateTimeOffset recorded)
    {
        private readonly List<NewSegment?> _segments = [];
        private double _seconds;

        public PlannedFile Planned => planned;

        public string? Error { get; set; }

        public IReadOnlyList<string> Warnings { get; set; } = [];

        /// <summary>Keeps a place for the vector of a stretch.</summary>
        public int Reserve(AudioSegment segment)
        {
            _seconds = segment.End;
            _segments.Add(null);
            return _segments.Count - 1;
        }

        public void Set(int place, NewSegment segment) => _segments[place] = segment;

        public Finished Finish() => Error is null
            ? new Finished(
                planned, new NewFile(stamp, new SoundFacts(_seconds, recorded, tags), _segments!), 0, stamp,
                new IndexedSound(planned.Path, planned.Known is null ? IndexChange.Added : IndexChange.Changed, _seconds, _segments.Count, Warnings))
            : new Finished(planned, new NewFile(stamp, new SoundFacts(0, recorded, tags), [], Error), 0, stamp, null);
    }

    /// <summary>Stretches that wait for others of their length, so that they go through the model together.</summary>
    private sealed class EmbeddingQueue(SoundIndexer owner)
    {
        private readonly List<(OpenedFile File, int Place, AudioSegment Segment)> _waiting = [];
        private double _seconds;

        public void Add(OpenedFile file, AudioSegment segment)
        {
            _waiting.Add((file, file.Reserve(segment), segment));
            _seconds += segment.Clip.Seconds;
            if (_seconds >= WaitingSeconds)
                Run();
        }

        public void Run()
        {
            var begun = Stopwatch.GetTimestamp();
            foreach (var batch in _waiting.GroupBy(item => item.Segment.Clip.Samples.Length).SelectMany(equal => equal.Chunk(owner._options.BatchSize)))
                Embed(batch);
            _waiting.Clear();
            _seconds = 0;
            Interlocked.Add(ref owner._embedding, Stopwatch.GetTimestamp() - begun);
        }

        private void Embed((OpenedFile File, int Place, AudioSegment Segment)[] batch)
        {
            try
            {
                using var scope = TensorScope.Begin();
                var width = owner._model.EmbeddingWidth;
                var values = owner._model.EmbedAudio([.. batch.Select(item => item.Segment.Clip)]).ToArray<float>();
                foreach (var (i, (file, place, segment)) in batch.Index())
                {
                    var vector = values[(i * width)..((i + 1) * width)];
                    if (float.IsFinite(TensorPrimitives.Sum<float>(vector)))
                        GeneratedVectors.Normalise(vector);
                    else
                        file.Error = $"The model '{owner._owner.Source.Name}' gives '{file.Planned.Path}' a vector that is not finite; leave the file out, or use another model.";
                    file.Set(place, new NewSegment(segment.Start, segment.End, vector));
                }
            }
            catch (TorchOutOfMemoryException) when (batch.Length > 1)
            {
                foreach (var half in batch.Chunk((batch.Length + 1) / 2))
                    Embed(half);
            }
            catch (TorchOutOfMemoryException error)
            {
                batch[0].File.Error = error.Message;
            }
        }
    }
}
