using System.Collections.Concurrent;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Microsoft.AspNetCore.Http;

namespace Auricle.Server;

/// <summary>The models of a server: each is loaded when it is first asked for, and stays.</summary>
internal sealed class ServedModels(ServerOptions options, ServerMetrics metrics) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<ServedModel>> _loaded = new(StringComparer.Ordinal);

    /// <summary>The names that requests may use, the default first.</summary>
    public IReadOnlyList<string> Names =>
        [.. (options.Models.Count > 0 ? options.Models : [.. ModelCatalog.List().Select(model => model.Name)]).Prepend(options.Model).Distinct(StringComparer.Ordinal)];

    /// <summary>The model of a name, loaded if it is not yet.</summary>
    /// <param name="name">A name out of <see cref="Names"/>; <see langword="null"/> for the default.</param>
    /// <exception cref="RequestException">The name is none that this server offers.</exception>
    /// <exception cref="AuricleException">The model cannot be loaded.</exception>
    public ServedModel Get(string? name = null)
    {
        name = string.IsNullOrEmpty(name) ? options.Model : name;
        // A path would let a client look at the server's files.
        if (!Names.Contains(name, StringComparer.Ordinal))
            throw new RequestException(StatusCodes.Status404NotFound, $"This server has no model '{name}'; it has {string.Join(", ", Names)}.");
        var entry = _loaded.GetOrAdd(name, key => new Lazy<ServedModel>(() => new ServedModel(AudioModel.Load(key, options.Loading), options, metrics)));
        try
        {
            return entry.Value;
        }
        catch
        {
            // It may be mended, and then be asked for again.
            _loaded.TryRemove(KeyValuePair.Create(name, entry));
            throw;
        }
    }

    /// <summary>A model that is loaded already; <see langword="null"/> where it is not.</summary>
    public ServedModel? Loaded(string name) => _loaded.TryGetValue(name, out var entry) && entry.IsValueCreated ? entry.Value : null;

    public void Dispose()
    {
        foreach (var entry in _loaded.Values.Where(entry => entry.IsValueCreated))
            entry.Value.Dispose();
    }
}

/// <summary>
/// A loaded model and the line in which requests wait for it: every operation uses all threads already, so that sounds go through it one batch
/// after the other. Sounds of several requests that want the same share a batch.
/// </summary>
internal sealed class ServedModel : IDisposable
{
    private readonly ServerOptions _options;
    private readonly ServerMetrics _metrics;
    private readonly LinkedList<Job> _waiting = new();
    private readonly SemaphoreSlim _arrivals = new(0);
    private readonly CancellationTokenSource _end = new();
    private readonly Lazy<AudioCaptioner> _captioner;
    private readonly Lazy<SoundTagger> _tagger;
    private readonly Task _loop;

    public ServedModel(AudioModel model, ServerOptions options, ServerMetrics metrics)
    {
        (Model, _options, _metrics) = (model, options, metrics);
        SampleRate = model.As<IAudioModel>().SampleRate;
        _captioner = new(() => new AudioCaptioner(model));
        _tagger = new(() => new SoundTagger(model));
        _loop = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    public AudioModel Model { get; }

    /// <summary>The rate at which the model hears, in hertz.</summary>
    public int SampleRate { get; }

    /// <summary>The model as a captioner.</summary>
    /// <exception cref="RoleMissingException">It is none.</exception>
    public AudioCaptioner Captioner => _captioner.Value;

    /// <summary>Whether the model tags.</summary>
    public bool Tags => Model.Roles.HasFlag(ModelRoles.Tags);

    /// <summary>Describes a sound when its turn comes.</summary>
    public Task<CaptionResult> CaptionAsync(Audio.AudioClip clip, CaptionOptions options, CancellationToken cancellationToken)
    {
        var (captioner, shared) = (Captioner, options with { BatchSize = _options.BatchSize });
        return EnqueueAsync(clip, (nameof(CaptionAsync), shared), clips => captioner.Caption(clips, shared), cancellationToken);
    }

    /// <summary>Tags a sound when its turn comes.</summary>
    public Task<TagResult> TagAsync(Audio.AudioClip clip, TagOptions options, CancellationToken cancellationToken)
    {
        var (tagger, shared) = (_tagger.Value, options with { BatchSize = _options.BatchSize });
        return EnqueueAsync(clip, (nameof(TagAsync), shared), clips => tagger.Tag(clips, shared), cancellationToken);
    }

    /// <summary>Does other work with the model when its turn comes.</summary>
    public Task<T> RunAsync<T>(Func<AudioModel, T> work, CancellationToken cancellationToken) where T : class =>
        EnqueueAsync<T>(null, work, _ => [work(Model)], cancellationToken);

    public void Dispose()
    {
        _end.Cancel();
        _loop.GetAwaiter().GetResult();
        _end.Dispose();
        _arrivals.Dispose();
        Model.Dispose();
    }

    private async Task<T> EnqueueAsync<T>(Audio.AudioClip? clip, object key, Func<IReadOnlyList<Audio.AudioClip>, IReadOnlyList<T>> run, CancellationToken cancellationToken)
        where T : class
    {
        var job = new Job(clip, key, run);
        lock (_waiting)
        {
            if (_waiting.Count >= _options.Queue)
                throw new RequestException(StatusCodes.Status503ServiceUnavailable, $"{_waiting.Count} requests wait for this model already; try again in a moment.") { RetryAfter = 2 };
            _waiting.AddLast(job);
            _metrics.Waiting(1);
        }
        _arrivals.Release();
        using var registration = cancellationToken.Register(() => job.Done.TrySetCanceled(cancellationToken));
        return (T)await job.Done.Task.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _arrivals.WaitAsync(_end.Token).ConfigureAwait(false);
                if (Take() is { Count: > 0 } batch)
                    Run(batch);
            }
        }
        catch (OperationCanceledException)
        {
            lock (_waiting)
            {
                foreach (var job in _waiting)
                    job.Done.TrySetException(new RequestException(StatusCodes.Status503ServiceUnavailable, "The server is closing; try again in a moment."));
                _waiting.Clear();
            }
        }
    }

    /// <summary>The first that waits, and those behind it that can share its batch.</summary>
    private List<Job> Take()
    {
        var batch = new List<Job>();
        lock (_waiting)
        {
            for (var node = _waiting.First; node is not null && batch.Count < _options.BatchSize;)
            {
                var (job, next) = (node.Value, node.Next);
                var isGone = job.Done.Task.IsCompleted;
                var fits = batch.Count == 0 || (job.Clip is not null && batch[0].Clip is { } first && Equals(job.Key, batch[0].Key) && job.Clip.Samples.Length == first.Samples.Length);
                if (isGone || fits)
                {
                    _waiting.Remove(node);
                    _metrics.Waiting(-1);
                    if (!isGone)
                        batch.Add(job);
                }
                node = next;
            }
        }
        return batch;
    }

    private void Run(List<Job> batch)
    {
        _metrics.Batch(batch.Count);
        try
        {
            var results = batch[0].Run(batch[0].Clip is null ? [] : [.. batch.Select(job => job.Clip!)]);
            foreach (var (job, result) in batch.Zip(results))
                job.Done.TrySetResult(result);
        }
        catch (Exception) when (batch.Count > 1)
        {
            // One of them is to blame; the others have their results.
            foreach (var job in batch)
                Run([job]);
        }
        catch (Exception error)
        {
            batch[0].Done.TrySetException(error);
        }
    }

    private sealed record Job(Audio.AudioClip? Clip, object Key, Func<IReadOnlyList<Audio.AudioClip>, IReadOnlyList<object>> Run)
    {
        public TaskCompletionSource<object> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
