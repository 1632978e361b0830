using Auricle.Audio;
using Auricle.Cli.Outputs;

namespace Auricle.Cli.Search;

/// <summary>One run of <c>auricle search</c>.</summary>
internal sealed record SearchJob
{
    public required SoundQuery Query { get; init; }

    public required string Location { get; init; }

    public required string Model { get; init; }

    public required AudioModelOptions Loading { get; init; }

    public required HitFormat Format { get; init; }

    /// <summary>The file; <see langword="null"/> is standard output.</summary>
    public string? Output { get; init; }

    /// <summary>Whether the labels of hits are shown.</summary>
    public bool Explain { get; init; }

    /// <summary>Whether hits are played.</summary>
    public bool Play { get; init; }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    public int Run(Terminal terminal, CancellationToken cancellationToken)
    {
        var player = Play ? Player.Find() : null;
        OutputPath.RefuseOverlap([(Output ?? "-", "--output")], Query.Like);
        using var search = SoundSearch.Open(Location, Model, Loading);
        var hits = search.Find(Query, cancellationToken);
        if (Explain)
            hits = [.. hits.Select(Explained)];
        var isStandard = Output is null || OutputPath.IsStandardOutput(Output);
        using (var output = isStandard ? RowOutput.To(terminal.Out) : RowOutput.To(Output!, "--output"))
            HitWriter.Write(hits, Format, output, isStandard && terminal.OutIsScreen ? terminal : null);
        if (hits.Count == 0)
            terminal.Report(Nothing(search));
        foreach (var root in search.Index.Roots().Where(root => !Directory.Exists(root)))
            terminal.Report($"Warning: The folder '{root}' of the index is gone; where it has moved, say so with: auricle index --root NEW.");
        foreach (var hit in player is null ? [] : hits)
        {
            terminal.Report($"Playing '{hit.File}' from {Times.Clock(hit.Start)} to {Times.Clock(hit.End)}.");
            player!.Play(hit, cancellationToken);
        }
        return ExitCode.Success;

        SoundHit Explained(SoundHit hit)
        {
            try
            {
                return search.Explain(hit);
            }
            catch (AudioException error)
            {
                terminal.Report($"Warning: {error.Message}");
                return hit;
            }
        }
    }

    private string Nothing(SoundSearch search) =>
        search.Index.Count().Segments == 0 ? $"The index '{search.Index.Location}' is empty; add sounds with: auricle index FOLDER."
        : Query.Filter is not null ? "No sound fits; the filters may let none through."
        : "No sound fits; a lower --min-score finds more.";
}
