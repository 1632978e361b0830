using System.Globalization;
using Auricle.Audio;
using Auricle.Models.Roles;

namespace Auricle;

public sealed partial class AudioCaptioner
{
    // What is said of sound in which there is nothing to hear.
    private const string Silence = "silence";

    // The lowest probability of a tag beside a caption.
    private const double TagThreshold = 0.3;

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
        if (options.Rerank && _model is not IAudioTextModel)
            throw new RoleMissingException(_owner, ModelRoles.Matches);
        if (options.Timestamps && !_model.PlacesWords)
            throw new WordTimesException(_owner);
        if (options is { Task: not null, Tasks: not null })
            throw new ArgumentException($"Both one task, '{options.Task}', and a task for each sound are given; give one of the two.", nameof(options));
        string?[] asked = options.Tasks is { } each ? [.. each] : [options.Task];
        return new CaptionRequest(options, Array.ConvertAll(asked, _model.TaskName));
    }

    private IEnumerable<FileOutcome<CaptionResult>> Walk(IEnumerable<string> paths, CaptionRequest request, CancellationToken cancellationToken)
    {
        var seconds = request.Options.Seconds;
        return _files.Walk(paths, seconds is null ? request.Options.BatchSize : 1, Open, CaptionTogether, cancellationToken);

        OpenedSound<CaptionResult> Open(string path, int index)
        {
            var task = request.TaskOf(index);
            return seconds is { } length
                ? new OpenedSound<CaptionResult>(null, CaptionSegments(path, task, length, request, cancellationToken))
                : new OpenedSound<CaptionResult>(LoadWhole(path, request), null);
        }

        CaptionResult[] CaptionTogether(IReadOnlyList<LoadedSound> sounds)
        {
            string[] tasks = [.. sounds.Select(sound => request.TaskOf(sound.Index))];
            var results = Run([.. sounds.Select(sound => sound.Clip)], tasks, request);
            return [.. sounds.Select((sound, i) => Whole(sound.Path, tasks[i], sound.Clip, results[i], request))];
        }
    }

    private CaptionResult CaptionOne(string path, string task, CaptionRequest request, CancellationToken cancellationToken)
    {
        if (request.Options.Seconds is { } seconds)
            return CaptionSegments(path, task, seconds, request, cancellationToken);
        var clip = LoadWhole(path, request);
        return Whole(path, task, clip, Run([clip], [task], request)[0], request);
    }

    private CaptionResult CaptionSegments(string path, string task, double seconds, CaptionRequest request, CancellationToken cancellationToken)
    {
        using var reader = AudioFile.Open(path, new AudioReadOptions { Track = request.Options.Track });
        var segments = new List<CaptionSegment>();
        var batch = new List<AudioSegment>();
        foreach (var segment in AudioSegments.Read(reader, _model.SampleRate, seconds))
        {
            if (batch.Count > 0 && batch[0].Clip.Samples.Length != segment.Clip.Samples.Length)
                RunSegments();
            batch.Add(segment);
            if (batch.Count == request.Options.BatchSize)
                RunSegments();
        }
        RunSegments();
        _files.Warn(reader.Warnings);

        return CaptionResult.Of(path, segments, task, Model.Name, [.. reader.Warnings]);

        void RunSegments()
        {
            if (batch.Count == 0)
                return;
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (segment, result) in batch.Zip(Run([.. batch.Select(segment => segment.Clip)], [task], request)))
            {
                segments.Add(CaptionSegment.Of(segment, Whole(path, task, segment.Clip with { Warnings = [] }, result, request)));
            }
            batch.Clear();
            if (reader.Frames is > 0 and { } frames)
                request.Options.FileProgress?.Report(Math.Min(1, segments[^1].End * reader.SampleRate / frames));
        }
    }

    private AudioClip LoadWhole(string path, CaptionRequest request)
    {
        using var reader = AudioFile.Open(path, new AudioReadOptions { Track = request.Options.Track });
        return AudioSegments.ReadWhole(reader, _model.SampleRate, LongestWhole) ?? throw TooLong(path, reader.Frames is { } frames
            ? string.Create(CultureInfo.InvariantCulture, $"{(double)frames / reader.SampleRate:0} s long")
            : "longer");
    }

    private static AudioException TooLong(string path, string length) => new(
        AudioFailure.TooLong, path,
        string.Create(CultureInfo.InvariantCulture, $"'{path}' is {length} and only {LongestWhole} s can be described as a whole; describe it in segments, for example of 10 s."));

    /// <param name="clips">Sounds of one length.</param>
    /// <param name="tasks">The task of each, or one for all.</param>
    /// <param name="request">The rest.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside what this model can do, such as a beam wider than its vocabulary.</exception>
    private Captioned[] Run(IReadOnlyList<AudioClip> clips, string[] tasks, CaptionRequest request)
    {
        // No model was taught what nothing sounds like; each invents something.
        var results = clips.Select((clip, i) => clip.IsSilent ? new Captioned([new CaptionText(Silence, 0, [])], tasks[tasks.Length == 1 ? 0 : i]) : null).ToArray();
        int[] heard = [.. Enumerable.Range(0, clips.Count).Where(i => results[i] is null)];
        if (heard.Length == 0)
            return results!;
        var captions = Ask([.. heard.Select(i => clips[i])], tasks.Length == 1 ? tasks : [.. heard.Select(i => tasks[i])], request);
        foreach (var (i, caption) in heard.Zip(captions))
            results[i] = caption;
        return results!;
    }

    private IReadOnlyList<Captioned> Ask(IReadOnlyList<AudioClip> clips, string[] tasks, CaptionRequest request)
    {
        var captions = _model.Caption(clips, new CaptioningOptions
        {
            Tasks = _model.Tasks.Count > 0 ? tasks : null,
            BeamSize = request.Options.BeamSize,
            Sampling = request.Options.Sampling,
            Candidates = request.Options.Candidates,
            MinLength = request.Options.MinLength,
            MaxLength = request.Options.MaxLength,
            Timestamps = request.Options.Timestamps,
        });
        return request.Options.Rerank && _model is IAudioTextModel space ? Reranking.Apply(space, clips, captions) : captions;
    }

    private CaptionResult Whole(string? path, string task, AudioClip clip, Captioned result, CaptionRequest request)
    {
        _files.Warn(clip.Warnings);
        return new CaptionResult
        {
            File = path,
            Caption = result.Texts[0].Text,
            Score = result.Texts[0].Score,
            Duration = clip.Seconds,
            Candidates = Candidates(result, request),
            Tags = Tags(result),
            Words = result.Texts[0].Words,
            Task = task,
            Model = Model.Name,
            Version = AuricleInfo.Version,
            Warnings = clip.Warnings,
        };
    }

    /// <summary>The best sentences that differ: two beams may end in the same words.</summary>
    private static CaptionCandidate[] Candidates(Captioned result, CaptionRequest request) =>
    [
        .. result.Texts
            .DistinctBy(text => text.Text, StringComparer.Ordinal)
            .Take(request.Options.Candidates)
            .Select(text => new CaptionCandidate(text.Text, text.Score) { Similarity = text.Similarity }),
    ];

    private SoundTag[] Tags(Captioned result) => SoundTag.Top(int.MaxValue, TagThreshold, _labels, [.. result.TagProbabilities]);

    /// <param name="Options">What the caller asked for, checked.</param>
    /// <param name="Tasks">The full name of the task of each sound, or of all.</param>
    private sealed record CaptionRequest(CaptionOptions Options, string[] Tasks)
    {
        /// <summary>The task of a sound by its number.</summary>
        /// <exception cref="ArgumentException">There are fewer tasks than sounds.</exception>
        public string TaskOf(int index) => Options.Tasks is null ? Tasks[0]
            : index < Tasks.Length ? Tasks[index]
            : throw new ArgumentException($"{Tasks.Length} tasks are given and there are more sounds; give one for each, or one for all.", nameof(index));
    }
}
