using System.Globalization;
using Auricle.Audio;
using Auricle.Models.Systems.Conette;
using Auricle.Torch;

namespace Auricle;

public sealed partial class AudioCaptioner
{
    // While a batch waits for sounds of equal length, this many batches' worth of files, or this many seconds of sound, may be open.
    private const int WaitingBatches = 4;
    private const double WaitingSeconds = 1200;

    private CaptionRequest Request(CaptionOptions? options)
    {
        options ??= new CaptionOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Candidates, nameof(options.Candidates));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize, nameof(options.BatchSize));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BeamSize ?? 1, nameof(options.BeamSize));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MinLength ?? 0, nameof(options.MinLength));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxLength ?? 1, nameof(options.MaxLength));
        if (options.Seconds is { } seconds && !(seconds > 0 && seconds <= LongestWhole))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), seconds, string.Create(CultureInfo.InvariantCulture, $"Segments of {seconds} s are outside the range above 0 and up to {LongestWhole} s."));
        }
        var beam = Math.Max(options.BeamSize ?? _model.Config.BeamSize, options.Candidates);
        var index = _tasks.IndexOf(options.Task);
        var task = _tasks.Names.Count > 0 ? _tasks.Names[index] : "";
        return new CaptionRequest(options, task, beam);
    }

    private IEnumerable<CaptionOutcome> CaptionEach(IEnumerable<string> paths, CaptionRequest request, CancellationToken cancellationToken)
    {
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CaptionOutcome outcome;
            try
            {
                outcome = new CaptionOutcome { File = path, Result = CaptionOne(path, request, cancellationToken) };
            }
            catch (Exception error) when (IsAboutTheSound(error))
            {
                outcome = Failure(path, error);
            }
            yield return outcome;
        }
    }

    private IEnumerable<CaptionOutcome> CaptionBatches(IEnumerable<string> paths, CaptionRequest request, CancellationToken cancellationToken)
    {
        var waiting = new List<(string Path, AudioClip? Clip, CaptionOutcome? Failure)>();
        var seconds = 0.0;
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var clip = LoadWhole(path);
                waiting.Add((path, clip, null));
                seconds += clip.Seconds;
            }
            catch (Exception error) when (IsAboutTheSound(error))
            {
                waiting.Add((path, null, Failure(path, error)));
            }
            if (waiting.Count < request.Options.BatchSize * WaitingBatches && seconds < WaitingSeconds)
                continue;
            foreach (var outcome in RunWaiting())
                yield return outcome;
        }
        foreach (var outcome in RunWaiting())
            yield return outcome;

        CaptionOutcome[] RunWaiting()
        {
            var outcomes = waiting.Select(item => item.Failure).ToArray();
            var places = Enumerable.Range(0, waiting.Count).Where(place => waiting[place].Clip is not null);
            foreach (var batch in places.GroupBy(place => waiting[place].Clip!.Samples.Length).SelectMany(equal => equal.Chunk(request.Options.BatchSize)))
                RunBatch(batch);
            waiting.Clear();
            seconds = 0;
            return outcomes!;

            void RunBatch(int[] batch)
            {
                try
                {
                    var results = Run([.. batch.Select(place => waiting[place].Clip!)], request);
                    foreach (var (place, result) in batch.Zip(results))
                        outcomes[place] = new CaptionOutcome { File = waiting[place].Path, Result = Whole(waiting[place].Path, waiting[place].Clip!, result, request) };
                }
                catch (TorchOutOfMemoryException) when (batch.Length > 1)
                {
                    foreach (var half in batch.Chunk((batch.Length + 1) / 2))
                        RunBatch(half);
                }
                catch (Exception error) when (IsAboutTheSound(error))
                {
                    foreach (var place in batch)
                        outcomes[place] = Failure(waiting[place].Path, error);
                }
            }
        }
    }

    private CaptionResult CaptionOne(string path, CaptionRequest request, CancellationToken cancellationToken)
    {
        if (request.Options.Seconds is { } seconds)
            return CaptionSegments(path, seconds, request, cancellationToken);
        var clip = LoadWhole(path);
        return Whole(path, clip, Run([clip], request)[0], request);
    }

    private CaptionResult CaptionSegments(string path, double seconds, CaptionRequest request, CancellationToken cancellationToken)
    {
        using var reader = AudioFile.Open(path);
        var segments = new List<CaptionSegment>();
        var batch = new List<AudioSegment>();
        foreach (var segment in AudioSegments.Read(reader, _model.Encoder.SampleRate, seconds))
        {
            if (batch.Count > 0 && batch[0].Clip.Samples.Length != segment.Clip.Samples.Length)
                RunSegments();
            batch.Add(segment);
            if (batch.Count == request.Options.BatchSize)
                RunSegments();
        }
        RunSegments();
        Warn(reader.Warnings);

        var length = segments[^1].End;
        return new CaptionResult
        {
            File = path,
            Caption = string.Join("; ", segments.Select(segment => segment.Caption).Distinct(StringComparer.Ordinal)),
            Score = segments.Sum(segment => segment.Score * (segment.End - segment.Start)) / length,
            Duration = length,
            Candidates = [],
            Segments = segments,
            Task = request.Task,
            Model = Model.Name,
            Version = AuricleInfo.Version,
            Warnings = [.. reader.Warnings],
        };

        void RunSegments()
        {
            if (batch.Count == 0)
                return;
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (segment, result) in batch.Zip(Run([.. batch.Select(segment => segment.Clip)], request)))
            {
                segments.Add(new CaptionSegment
                {
                    Start = segment.Start,
                    End = segment.End,
                    Caption = result.Caption,
                    Score = result.LogProbability,
                    Candidates = Candidates(result, request),
                    Tags = Tags(result),
                });
            }
            batch.Clear();
            if (reader.Frames is > 0 and { } frames)
                request.Options.FileProgress?.Report(Math.Min(1, segments[^1].End * reader.SampleRate / frames));
        }
    }

    private AudioClip LoadWhole(string path)
    {
        using var reader = AudioFile.Open(path);
        if (reader.Frames is { } frames)
        {
            var seconds = (double)frames / reader.SampleRate;
            return seconds <= LongestWhole ? reader.ReadAll(_model.Encoder.SampleRate) : throw TooLong(path, string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s long"));
        }
        // Where the length shows only at the end, one stretch too many is read and no more.
        AudioClip? whole = null;
        foreach (var segment in AudioSegments.Read(reader, _model.Encoder.SampleRate, LongestWhole))
            whole = whole is null ? segment.Clip : throw TooLong(path, "longer");
        return whole! with { Warnings = [.. reader.Warnings] };
    }

    private static AudioException TooLong(string path, string length) => new(
        AudioFailure.TooLong, path,
        string.Create(CultureInfo.InvariantCulture, $"'{path}' is {length} and only {LongestWhole} s can be described as a whole; describe it in segments, for example of 10 s."));

    private IReadOnlyList<ConetteResult> Run(IReadOnlyList<AudioClip> clips, CaptionRequest request) => _model.Caption(clips, new ConetteOptions
    {
        Tasks = request.Options.Task is { } task ? [task] : null,
        BeamSize = request.Beam,
        MinLength = request.Options.MinLength,
        MaxLength = request.Options.MaxLength,
    });

    private CaptionResult Whole(string? path, AudioClip clip, ConetteResult result, CaptionRequest request)
    {
        Warn(clip.Warnings);
        return new CaptionResult
        {
            File = path,
            Caption = result.Caption,
            Score = result.LogProbability,
            Duration = clip.Seconds,
            Candidates = Candidates(result, request),
            Tags = Tags(result),
            Task = request.Task,
            Model = Model.Name,
            Version = AuricleInfo.Version,
            Warnings = clip.Warnings,
        };
    }

    /// <summary>The best sentences that differ, best first: two beams may end in the same words.</summary>
    private static CaptionCandidate[] Candidates(ConetteResult result, CaptionRequest request) =>
    [
        .. result.Candidates
            .Select(candidate => new CaptionCandidate(candidate.Caption, candidate.LogProbability))
            .OrderByDescending(candidate => candidate.Score)
            .DistinctBy(candidate => candidate.Caption, StringComparer.Ordinal)
            .Take(request.Options.Candidates),
    ];

    private static SoundTag[] Tags(ConetteResult result) =>
        [.. result.Tags.Select(tag => new SoundTag(tag.Label, tag.Probability)).OrderByDescending(tag => tag.Probability)];

    private static bool IsAboutTheSound(Exception error) => error is AudioException or TorchException;

    private CaptionOutcome Failure(string path, Exception error)
    {
        Log.FileSkipped(_logger, path, error.Message);
        return new CaptionOutcome { File = path, Error = error.Message, Exception = error };
    }

    private void Warn(IReadOnlyList<string> warnings)
    {
        foreach (var warning in warnings)
            Log.SourceWarning(_logger, warning);
    }

    /// <param name="Options">What the caller asked for, checked.</param>
    /// <param name="Task">The full name of the task.</param>
    /// <param name="Beam">The beam, wide enough for the candidates.</param>
    private sealed record CaptionRequest(CaptionOptions Options, string Task, int Beam);
}
