using Auricle.Cli.Inputs;
using Auricle.Cli.Outputs;

namespace Auricle.Cli.Captions;

/// <summary>Sees to it that a run goes on with rows made as its own will be, and that none of them is torn.</summary>
/// <param name="job">The run.</param>
/// <param name="name">What messages call the file it goes on from.</param>
/// <param name="captioner">The model of the run.</param>
internal sealed class ResumeCheck(CaptionJob job, string name, AudioCaptioner captioner)
{
    // Times in a table have three decimals.
    private const double Tolerance = 0.002;

    /// <summary>Refuses rows made with another model, another task or other options, and takes back a last sound whose rows may be torn.</summary>
    /// <param name="rows">What the file holds.</param>
    /// <param name="record">How it was made, where that is known.</param>
    /// <param name="files">The sounds of the run.</param>
    /// <param name="length">The length of the file in bytes.</param>
    /// <exception cref="CommandException">The rows were made in another way.</exception>
    public void Apply(EarlierRows rows, RunRecord? record, IReadOnlyList<string> files, long length)
    {
        if (rows.Clips.FirstOrDefault(clip => clip.Model.Length > 0 && clip.Model != captioner.Model.Name) is { } other)
            throw Refused($"with the model '{other.Model}'", $"with '{captioner.Model.Name}'");
        if (record?.Difference(new RunRecord("", job.Given)) is { } difference)
            throw Refused(difference.Earlier, difference.Now);
        CheckTasks(rows, files);
        // A table has several rows of a sound, and only a run that ended tells that the last sound has them all.
        var mayBeTorn = job.Format == CaptionFormat.Csv && rows.Clips.Count > 0 && record?.Length != length && !IsWhole(rows.Clips[^1]);
        if (record is null)
            CheckRows(rows, mayBeTorn);
        if (mayBeTorn && files.Any(file => SoundInputs.Key(file) == SoundInputs.Key(rows.Clips[^1].File)))
            rows.DropLast();
    }

    private bool IsWhole(EarlierClip clip) => job.Options.Seconds is null && clip.Rows >= job.Options.Candidates;

    private void CheckTasks(EarlierRows rows, IReadOnlyList<string> files)
    {
        if (captioner.Tasks.Count == 0)
            return;
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (place, file) in files.Index())
            places.TryAdd(SoundInputs.Key(file), place);
        foreach (var clip in rows.Clips)
        {
            if (!places.TryGetValue(SoundInputs.Key(clip.File), out var place))
                continue;
            var task = job.Options.Tasks?[place] ?? job.Options.Task ?? captioner.Tasks[0];
            if (clip.Task.Length > 0 && clip.Task != task)
                throw Refused($"'{clip.File}' with the task '{clip.Task}'", $"with '{task}'");
        }
    }

    /// <summary>What rows themselves tell of how they were made.</summary>
    private void CheckRows(EarlierRows rows, bool lastMayBeTorn)
    {
        var most = rows.Clips.Select(clip => clip.Candidates).DefaultIfEmpty(0).Max();
        var mostOfWhole = rows.Clips.SkipLast(lastMayBeTorn ? 1 : 0).Select(clip => clip.Candidates).DefaultIfEmpty(0).Max();
        if (most > job.Options.Candidates || (mostOfWhole == 1 && most == 1 && job.Options.Candidates > 1))
            throw Refused($"with --candidates {most}", $"with --candidates {job.Options.Candidates}");
        var isTable = job.Format == CaptionFormat.Csv;
        foreach (var clip in rows.Clips)
        {
            if (job.Options.Seconds is not { } seconds)
            {
                if (clip.Segments > 0)
                    throw Refused("with --segments", "without");
                continue;
            }
            // In a table a sound that fits into one segment looks like one that is described as a whole.
            var isOther = clip.Segments > 1 ? Math.Abs(clip.FirstEnd - seconds) > Tolerance : clip.FirstEnd > seconds + Tolerance;
            if (isOther || (clip.Segments == 0 && !isTable))
                throw Refused(clip.Segments == 0 ? "without --segments" : string.Create(Times.Culture, $"with --segments {clip.FirstEnd:0.###}"),
                    string.Create(Times.Culture, $"with --segments {seconds}"));
        }
    }

    private CommandException Refused(string earlier, string now) => CommandException.Usage(
        $"'{name}' was made {earlier}, and this run is {now}; give the options it was made with, or name another file with --output.");
}
