using System.CommandLine;
using System.Globalization;
using Auricle.Cli.Search;
using Auricle.Models;
using Auricle.Search;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle index</c>: makes and keeps the index that <c>auricle search</c> searches.</summary>
internal static class IndexCommand
{
    private const int MostWorkers = 256;
    private const double ShortestSegment = 1;
    private const double LongestSegment = 60;

    /// <summary>Which index a verb uses.</summary>
    public static Option<string?> Place() => new("--index")
    {
        Description = $"Folder of the index, or postgres://user@host/database (default: what AURICLE_INDEX names, else '{SoundIndex.DefaultLocation}').",
        HelpName = "PLACE",
    };

    public static Command Create(Terminal terminal)
    {
        var roots = new Argument<string[]>("ROOT") { Description = "Folders, files or patterns to index.", Arity = ArgumentArity.ZeroOrMore };
        var place = Place();
        var loading = new LoadingOptions(terminal, Precision.Float32);
        var segment = CommandOptions.Seconds("--segment", "Length of the stretches of long recordings (default: that of the index, 10 for a new one).", ShortestSegment, LongestSegment);
        var overlap = CommandOptions.Seconds("--overlap", "How much of a stretch the next one repeats (default: that of the index, 2.5 for a new one).", 0, LongestSegment);
        var rebuild = new Option<bool>("--rebuild") { Description = "Empty the index first, whichever model made it." };
        var retry = new Option<bool>("--retry") { Description = "Try files again that failed before." };
        var workers = CommandOptions.Count("--workers", "Files that are read and embedded at the same time (default: the physical cores).", MostWorkers);
        var batch = CommandOptions.Count("--batch", "Sounds of equal length that go through the model at once; results stay the same (default: 8).", 1024);
        var moved = new Option<string?>("--root") { Description = "Say where a folder of the index lies now: NEW where one is gone, or OLD=NEW.", HelpName = "NEW" };
        var command = new Command("index", "Makes an index of sounds, or brings it up to date, for auricle search.")
        {
            roots, place, segment, overlap, rebuild, retry, workers, batch, moved,
        };
        loading.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.Command == command && result.GetValue(roots) is not { Length: > 0 } && result.GetValue(moved) is null && !result.Children.OfType<System.CommandLine.Parsing.CommandResult>().Any())
                result.AddError("Nothing is given to index; name a folder, or use status, verify, remove or graph.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var location = LocationOf(parsed, place);
            if (parsed.GetValue(moved) is { } to)
                IndexKeeping.Move(terminal, location, to);
            if (parsed.GetValue(roots) is not { Length: > 0 } inputs)
                return Task.FromResult(ExitCode.Success);
            return Task.FromResult(new IndexJob
            {
                Inputs = inputs,
                Location = location,
                Model = loading.Name(parsed),
                Loading = loading.Of(parsed, cancellationToken),
                Options = new IndexOptions
                {
                    SegmentSeconds = parsed.GetValue(segment),
                    OverlapSeconds = parsed.GetValue(overlap),
                    Rebuild = parsed.GetValue(rebuild),
                    Retry = parsed.GetValue(retry),
                    Workers = parsed.GetValue(workers),
                    BatchSize = parsed.GetValue(batch) ?? new IndexOptions().BatchSize,
                },
            }.Run(terminal, cancellationToken));
        });
        command.Add(Status(terminal));
        command.Add(Verify(terminal));
        command.Add(Remove(terminal));
        command.Add(Graph(terminal));
        return command;
    }

    /// <summary>The index that a command line names.</summary>
    public static string LocationOf(ParseResult parsed, Option<string?> place) => parsed.GetValue(place) ?? SoundIndex.DefaultLocation;

    private static Command Status(Terminal terminal)
    {
        var (place, json) = (Place(), new Option<bool>("--json") { Description = "Write one JSON object." });
        var command = new Command("status", "Shows what is in an index, and the files that failed.") { place, json };
        command.SetAction(parsed => IndexKeeping.Status(terminal, LocationOf(parsed, place), parsed.GetValue(json)));
        return command;
    }

    private static Command Verify(Terminal terminal)
    {
        var place = Place();
        var command = new Command("verify", "Checks that every vector is as it was written.") { place };
        command.SetAction(parsed => IndexKeeping.Verify(terminal, LocationOf(parsed, place)));
        return command;
    }

    private static Command Graph(Terminal terminal)
    {
        var place = Place();
        var command = new Command("graph", "Builds a graph for faster, approximate search among a million stretches and more, and measures it against exact search.") { place };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(IndexKeeping.Graph(terminal, LocationOf(parsed, place), cancellationToken)));
        return command;
    }

    private static Command Remove(Terminal terminal)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files or folders to take out of the index; the files themselves stay.", Arity = ArgumentArity.OneOrMore };
        var place = Place();
        var command = new Command("remove", "Takes files out of an index.") { paths, place };
        command.SetAction(parsed => IndexKeeping.Remove(terminal, LocationOf(parsed, place), parsed.GetRequiredValue(paths)));
        return command;
    }
}
