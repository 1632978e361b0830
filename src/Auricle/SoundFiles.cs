using System.Runtime.CompilerServices;
using Auricle.Audio;
using Auricle.Torch;
using Microsoft.Extensions.Logging;

namespace Auricle;

/// <summary>Takes files one after the other through a model: a file that fails gives an outcome with the reason, and the next one goes on.</summary>
/// <param name="logger">Told of files that fail and of what is odd about others.</param>
/// <param name="sampleRate">The rate at which the model hears, in hertz.</param>
internal sealed class SoundFiles(ILogger logger, int sampleRate)
{
    /// <summary>The longest sound in seconds that is tagged or embedded at once; longer ones are in memory a stretch at a time.</summary>
    public const double LongestWhole = 60;

    // While a batch waits for sounds of equal length, this many batches' worth of files, or this many seconds of sound, may be open.
    private const int WaitingBatches = 4;
    private const double WaitingSeconds = 1200;

    /// <summary>
    /// The outcomes of files, in their order, each as soon as it and those before it are done. Only sounds of equal length share a batch, so
    /// that none hears the padding of another.
    /// </summary>
    /// <param name="paths">Files; read as the outcomes are taken.</param>
    /// <param name="batchSize">How many sounds go through the model at once.</param>
    /// <param name="load">Opens a file, by its path and number: it gives a sound for a batch, or a result already.</param>
    /// <param name="run">The results of sounds of equal length.</param>
    /// <param name="cancellationToken">Looked at before each file.</param>
    public IEnumerable<FileOutcome<TResult>> Walk<TResult>(
        IEnumerable<string> paths, int batchSize, Func<string, int, OpenedSound<TResult>> load,
        Func<IReadOnlyList<LoadedSound>, IReadOnlyList<TResult>> run, CancellationToken cancellationToken)
        where TResult : class
    {
        var waiting = new List<(LoadedSound? Sound, FileOutcome<TResult>? Outcome)>();
        var seconds = 0.0;
        var most = batchSize == 1 ? 1 : batchSize * WaitingBatches;
        foreach (var (index, path) in paths.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var opened = load(path, index);
                waiting.Add(opened.Result is { } result
                    ? (null, new FileOutcome<TResult> { File = path, Result = result })
                    : (new LoadedSound(path, index, opened.Clip!), null));
                seconds += opened.Clip?.Seconds ?? 0;
            }
            catch (Exception error) when (IsAboutTheSound(error))
            {
                waiting.Add((null, Failure<TResult>(path, error)));
            }
            if (waiting.Count < most && seconds < WaitingSeconds)
                continue;
            foreach (var outcome in RunWaiting())
                yield return outcome;
        }
        foreach (var outcome in RunWaiting())
            yield return outcome;

        FileOutcome<TResult>[] RunWaiting()
        {
            var outcomes = waiting.Select(item => item.Outcome).ToArray();
            var places = Enumerable.Range(0, waiting.Count).Where(place => waiting[place].Sound is not null);
            foreach (var batch in places.GroupBy(place => waiting[place].Sound!.Clip.Samples.Length).SelectMany(equal => equal.Chunk(batchSize)))
                RunBatch(batch);
            waiting.Clear();
            seconds = 0;
            return outcomes!;

            void RunBatch(int[] batch)
            {
                try
                {
                    foreach (var (place, result) in batch.Zip(run([.. batch.Select(place => waiting[place].Sound!)])))
                        outcomes[place] = new FileOutcome<TResult> { File = waiting[place].Sound!.Path, Result = result };
                }
                catch (TorchOutOfMemoryException) when (batch.Length > 1)
                {
                    foreach (var half in batch.Chunk((batch.Length + 1) / 2))
                        RunBatch(half);
                }
                catch (Exception error) when (IsAboutTheSound(error))
                {
                    foreach (var place in batch)
                        outcomes[place] = Failure<TResult>(waiting[place].Sound!.Path, error);
                }
            }
        }
    }

    /// <summary>Results of sounds in memory, of which those of equal length go through a model together.</summary>
    /// <param name="clips">The sounds, at the model's rate.</param>
    /// <param name="batchSize">How many at once.</param>
    /// <param name="run">The results of sounds of equal length, which are told with their places.</param>
    public static TResult[] InBatches<TResult>(IReadOnlyList<AudioClip> clips, int batchSize, Func<IReadOnlyList<AudioClip>, int[], IReadOnlyList<TResult>> run)
    {
        var results = new TResult[clips.Count];
        foreach (var places in Enumerable.Range(0, clips.Count).GroupBy(place => clips[place].Samples.Length).SelectMany(equal => equal.Chunk(batchSize)))
        {
            foreach (var (place, result) in places.Zip(run([.. places.Select(place => clips[place])], places)))
                results[place] = result;
        }
        return results;
    }

    /// <summary>The same outcomes, with the work on the thread pool.</summary>
    public static async IAsyncEnumerable<FileOutcome<TResult>> WalkAsync<TResult>(
        IEnumerable<FileOutcome<TResult>> outcomes, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TResult : class
    {
        using var walker = outcomes.GetEnumerator();
        while (await Task.Run(walker.MoveNext, cancellationToken).ConfigureAwait(false))
            yield return walker.Current;
    }

    /// <summary>
    /// Opens a file for a model that hears whole sounds: one of up to <see cref="LongestWhole"/> seconds becomes a clip; a longer one is heard in
    /// stretches of that length, so that memory does not grow with it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="track">The sound track of a film.</param>
    /// <param name="progress">Told the share of the file that is done after each stretch, where its length is known.</param>
    /// <param name="inStretches">The result of stretches; it takes them all.</param>
    public OpenedSound<TResult> Open<TResult>(string path, string? track, IProgress<double>? progress, Func<IEnumerable<AudioSegment>, TResult> inStretches)
        where TResult : class
    {
        using var reader = AudioFile.Open(path, new AudioReadOptions { Track = track });
        using var stretches = AudioSegments.Read(reader, sampleRate, LongestWhole).GetEnumerator();
        _ = stretches.MoveNext();
        var first = stretches.Current;
        return stretches.MoveNext()
            ? new OpenedSound<TResult>(null, inStretches(All()))
            : new OpenedSound<TResult>(first.Clip with { Warnings = [.. reader.Warnings] }, null);

        IEnumerable<AudioSegment> All()
        {
            yield return first;
            do
            {
                var stretch = stretches.Current;
                if (reader.Frames is > 0 and { } frames)
                    progress?.Report(Math.Min(1, stretch.Start * reader.SampleRate / frames));
                // The last stretch is cut when the whole file has been read, which may have said something.
                yield return stretch with { Clip = stretch.Clip with { Warnings = [.. reader.Warnings] } };
            }
            while (stretches.MoveNext());
        }
    }

    /// <summary>Sound in memory in the same stretches as a file.</summary>
    public IReadOnlyList<AudioSegment> Stretches(AudioClip clip) => [.. AudioSegments.Cut(clip.Resample(sampleRate), LongestWhole)];

    /// <summary>Logs what should be known about a source.</summary>
    public void Warn(IReadOnlyList<string> warnings)
    {
        foreach (var warning in warnings)
            Log.SourceWarning(logger, warning);
    }

    // An engine that fails is not the sound's fault; too little memory for it is.
    private static bool IsAboutTheSound(Exception error) => error is AudioException or TorchOutOfMemoryException;

    private FileOutcome<TResult> Failure<TResult>(string path, Exception error) where TResult : class
    {
        Log.FileSkipped(logger, path, error.Message);
        return new FileOutcome<TResult> { File = path, Error = error.Message, Exception = error };
    }
}

/// <summary>What opening a file gave: a sound that waits for others of its length, or a result already.</summary>
internal readonly record struct OpenedSound<TResult>(AudioClip? Clip, TResult? Result) where TResult : class;

/// <param name="Path">The file as it was named.</param>
/// <param name="Index">Its number among the files.</param>
/// <param name="Clip">Its sound at the model's rate.</param>
internal sealed record LoadedSound(string Path, int Index, AudioClip Clip);
