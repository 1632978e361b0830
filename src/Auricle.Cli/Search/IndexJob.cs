using Auricle.Cli.Captions;
using Auricle.Cli.Inputs;
using Auricle.Search;

namespace Auricle.Cli.Search;

/// <summary>One run of <c>auricle index</c>.</summary>
internal sealed record IndexJob
{
    /// <summary>Files, folders and patterns as the user gave them; none where only a root folder is moved.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    public required string Location { get; init; }

    public required string Model { get; init; }

    public required AudioModelOptions Loading { get; init; }

    public required IndexOptions Options { get; init; }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    public int Run(Terminal terminal, CancellationToken cancellationToken)
    {
        using var model = AudioModel.Load(Model, Loading);
        using var indexer = new SoundIndexer(model, Location, Options);
        var plan = indexer.Plan(Inputs);
        foreach (var problem in plan.Problems)
            terminal.Report(problem);
        var begun = System.Diagnostics.Stopwatch.GetTimestamp();
        var (changes, seconds) = (new int[Enum.GetValues<IndexChange>().Length], 0.0);
        var run = FileRun.Start(
            terminal, terminal.ErrorIsScreen && plan.Files > 0, plan.Files, _ => indexer.Update(plan, cancellationToken), Note, sound => sound.Warnings, cancellationToken);
        var (wall, times) = (System.Diagnostics.Stopwatch.GetElapsedTime(begun).TotalSeconds, indexer.Times);
        var work = Math.Max(1e-9, times.Examining + times.Decoding + times.Embedding + times.Writing);
        var (kept, moved) = (plan.Unchanged + Count(IndexChange.Kept), Count(IndexChange.Moved));
        if (seconds > 0)
        {
            terminal.Report(string.Create(Times.Culture,
                $"{Times.Clock(seconds)} of sound in {Times.Clock(wall)}, {seconds / wall:0} times real time, {run.Done / wall:0.0} files a second (decoding {times.Decoding / work:0%}, embedding {times.Embedding / work:0%}, hashes and tags {times.Examining / work:0%}, writing {times.Writing / work:0%})."));
        }
        if (run.IsInterrupted)
        {
            terminal.Report($"Interrupted after {run.Done} of {plan.Files} files; what is done is in the index, and the same command goes on with the rest.");
            return ExitCode.Interrupted;
        }
        terminal.Report(
            $"{Count(IndexChange.Added)} added, {Count(IndexChange.Changed)} changed, {(moved > 0 ? $"{moved} moved, " : "")}{kept} unchanged, {plan.Removed - moved} removed, {run.Failed} failed, {plan.LeftOut} left out: '{indexer.Index.Location}'.");
        return run.Failed == 0 && plan.Problems.Count == 0 ? ExitCode.Success : ExitCode.Failure;

        int Count(IndexChange change) => changes[(int)change];

        string? Note(IndexedSound sound)
        {
            changes[(int)sound.Change]++;
            if (sound.Change is IndexChange.Added or IndexChange.Changed)
                seconds += sound.Seconds;
            return null;
        }
    }
}
