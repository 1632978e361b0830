using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Reading;
using Auricle.Search;

namespace Auricle;

/// <summary>
/// Builds a sound index and keeps it up to date: new, changed, moved and removed files. What is finished is in the index at once, so that a run
/// may be stopped at any moment and goes on later.
/// </summary>
public sealed partial class SoundIndexer : IDisposable
{
    private readonly AudioModel _owner;
    private readonly IAudioEmbedder _model;
    private readonly IndexOptions _options;
    private long _examining;
    private long _decoding;
    private long _embedding;
    private long _writing;

    /// <summary>Opens an index, or makes it, as its only writer.</summary>
    /// <param name="model">The model, which stays the caller's.</param>
    /// <param name="location">A folder.</param>
    /// <param name="options">How long recordings are cut, and how many files are read at once.</param>
    /// <exception cref="RoleMissingException">The model does not embed sound.</exception>
    /// <exception cref="IndexMismatchException">The index was made by another model, or with other lengths.</exception>
    /// <exception cref="IndexException">It cannot be written, or another program writes it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options makes no sense.</exception>
    public SoundIndexer(AudioModel model, string location, IndexOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _options = options ?? new IndexOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.BatchSize, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.Workers ?? 1, nameof(options));
        (_owner, _model) = (model, model.As<IAudioEmbedder>());
        Index = SoundIndex.Create(location, SettingsFor(location), _options.Rebuild);
    }

    /// <summary>The index.</summary>
    public ISoundIndex Index { get; }

    /// <summary>Where the time went so far.</summary>
    public IndexTimes Times => new(Seconds(_examining), Seconds(_decoding), Seconds(_embedding), Seconds(_writing));

    /// <summary>Finds out what has to be done; changes nothing.</summary>
    /// <param name="inputs">Files, folders and patterns, as for <see cref="AudioPaths.Expand"/>.</param>
    /// <exception cref="IndexException">The index cannot be read.</exception>
    public IndexPlan Plan(IEnumerable<string> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var plan = new IndexPlan();
        var known = new Dictionary<string, IndexedFile>(StringComparer.Ordinal);
        foreach (var file in Index.Files())
        {
            // Two folders of which one was moved into the other may have a file twice.
            if (!known.TryAdd(file.Stamp.FullPath, file))
                plan.Gone.Add(file);
        }
        var roots = Index.Roots().ToList();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            try
            {
                if (input == AudioFile.StandardInput)
                    throw new AudioException(AudioFailure.NotFile, input, "Standard input has no place to be found again at; save it to a file and index that.");
                var found = AudioPaths.Expand([input]);
                plan.LeftOut += found.LeftOut;
                plan.ProblemList.AddRange(found.Problems);
                var root = RootOf(input);
                foreach (var path in found.Select(Path.GetFullPath).Where(seen.Add))
                    PlanFile(path, root);
                if (Directory.Exists(input) && found.Problems.Count == 0)
                    PlanRemovals(root);
            }
            catch (AudioException error)
            {
                plan.ProblemList.Add(error.Message);
            }
        }
        var gone = plan.Gone.DistinctBy(file => file.Id).ToList();
        plan.Gone.Clear();
        plan.Gone.AddRange(gone);
        return plan;

        void PlanFile(string path, string root)
        {
            var info = new FileInfo(path);
            var file = known.GetValueOrDefault(path);
            if (file is not null && info.Exists && !(_options.Retry && file.Error is not null) && file.Stamp.Bytes == info.Length && file.Stamp.Modified == Written(info))
            {
                plan.Unchanged++;
                return;
            }
            if (!info.Exists && !path.Contains('\uFFFD', StringComparison.Ordinal))
            {
                if (file is null)
                    plan.ProblemList.Add($"There is no file '{path}'; check the path.");
                else
                    plan.Gone.Add(file);
                return;
            }
            if (PathKinds.Of(path) != PathKind.File)
            {
                plan.ProblemList.Add($"'{path}' is a pipe, a device or a socket, which cannot be heard again later; save its sound to a file and index that.");
                return;
            }
            // A file belongs to the folder that has it already, the nearest where several do.
            var nearest = roots.Where(other => PathsBelow.Relative(other, path) is not null).MaxBy(other => other.Length) ?? root;
            if (!roots.Contains(nearest, StringComparer.Ordinal))
                roots.Add(nearest);
            plan.Work.Add(new PlannedFile(path, nearest, file));
        }

        void PlanRemovals(string folder) => plan.Gone.AddRange(known.Values.Where(file =>
            !seen.Contains(file.Stamp.FullPath) && PathsBelow.Relative(folder, file.Stamp.FullPath) is not null && !File.Exists(file.Stamp.FullPath)));
    }

    /// <summary>
    /// Does the work. A file that fails is recorded with the reason and gives an outcome that says so; outcomes come when they are in the index,
    /// in no particular order.
    /// </summary>
    /// <param name="plan">What has to be done.</param>
    /// <param name="cancellationToken">Ends the work; what is finished is kept.</param>
    /// <exception cref="IndexException">The index cannot be written.</exception>
    public IEnumerable<FileOutcome<IndexedSound>> Update(IndexPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Outcomes(plan, cancellationToken);
    }

    /// <summary>Closes the index.</summary>
    public void Dispose() => Index.Dispose();

    private IndexSettings SettingsFor(string location)
    {
        var (segment, overlap) = (_options.SegmentSeconds, _options.OverlapSeconds);
        if (!_options.Rebuild && (segment is null || overlap is null) && SoundIndex.Exists(location))
        {
            using var earlier = SoundIndex.Open(location);
            (segment, overlap) = (segment ?? earlier.Settings.SegmentSeconds, overlap ?? earlier.Settings.OverlapSeconds);
        }
        var length = segment ?? IndexOptions.DefaultSegmentSeconds;
        var repeated = overlap ?? Math.Min(IndexOptions.DefaultOverlapSeconds, length / 4);
        if (!(length >= IndexOptions.ShortestSegment && length <= SoundFiles.LongestWhole && repeated >= 0 && repeated <= length * IndexOptions.LargestOverlap))
        {
            throw new IndexException(location, FormattableString.Invariant(
                $"Stretches of {length} s that overlap by {repeated} s cannot be made; a stretch has {IndexOptions.ShortestSegment} to {SoundFiles.LongestWhole} s, and the next repeats at most {IndexOptions.LargestOverlap:0%} of it."), isRequest: true);
        }
        return new IndexSettings(_owner.Source.Name, _owner.Fingerprint, _model.EmbeddingWidth, length, repeated);
    }
}
