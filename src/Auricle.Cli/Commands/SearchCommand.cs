using System.CommandLine;
using System.Globalization;
using Auricle.Cli.Search;
using Auricle.Models;
using Auricle.Search;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle search</c>: finds sounds of an index.</summary>
internal static class SearchCommand
{
    private const int MostHits = 100_000;
    private const double LongestSound = 1e7;

    public static Command Create(Terminal terminal)
    {
        var text = new Argument<string?>("TEXT") { Description = "What is to be heard, in words.", Arity = ArgumentArity.ZeroOrOne };
        var place = IndexCommand.Place();
        var loading = new LoadingOptions(terminal, Precision.Float32);
        var like = new Option<string[]>("--like") { Description = "A file that sounds like what is wanted, alone or with TEXT; may be given several times.", HelpName = "FILE" };
        var not = new Option<string[]>("--not") { Description = "What is not to be heard, in words; may be given several times.", HelpName = "TEXT" };
        var top = CommandOptions.Count("--top", "How many sounds (default: 10).", MostHits);
        var least = CommandOptions.Number("--min-score", "The lowest score, a cosine (default: any).", -1, 1, "COSINE", "a cosine");
        var under = new Option<string?>("--under") { Description = "Only what lies in this folder.", HelpName = "FOLDER" };
        var after = Date("--after", "Only what was recorded on this day or later, by the file's own date, else by that of the file (2024, 2024-05 or 2024-05-31).");
        var before = Date("--before", "Only what was recorded before this day.");
        var shortest = CommandOptions.Seconds("--min-seconds", "Only files of at least this length.", 0, LongestSound);
        var longest = CommandOptions.Seconds("--max-seconds", "Only files of at most this length.", 0, LongestSound);
        var tags = new Option<string[]>("--tag") { Description = "Only files whose tag KEY (title, artist, album, genre, comment, description, originator, scene, …) contains TEXT; may be given several times.", HelpName = "KEY=TEXT" };
        var all = new Option<bool>("--all-stretches") { Description = "Show every stretch of a file that fits, not its best alone." };
        var fold = new Option<bool>("--fold") { Description = "Show copies of one recording once." };
        var exact = new Option<bool>("--exact") { Description = "Search exactly, also where the index has a graph." };
        var explain = new Option<bool>("--explain") { Description = "Show what the model's tags say of each hit." };
        var play = new Option<bool>("--play") { Description = "Play the hits, with ffplay or aplay." };
        var format = CommandOptions.Choice<HitFormat>("--format", "How hits are written (default: by the extension of --output, else table).", "-f");
        var shorthands = new[] { HitFormat.Json, HitFormat.Csv, HitFormat.M3u }
            .Select(value => (Value: value, Option: new Option<bool>($"--{value.ToString().ToLowerInvariant()}") { Description = $"Short for --format {value.ToString().ToLowerInvariant()}." })).ToArray();
        var output = new Option<string?>("--output", "-o") { Description = "File to write (default: standard output).", HelpName = "FILE" };

        var command = new Command("search", "Finds sounds in an index by words, by sounds that are like them, or both.")
        {
            text, like, not, top, least, under, after, before, shortest, longest, tags, all, fold, exact, explain, play, format, output, place,
        };
        foreach (var (_, option) in shorthands)
            command.Add(option);
        loading.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(text) is null && result.GetValue(like) is not { Length: > 0 })
                result.AddError("Nothing is given to search for; say in words what is to be heard, or name a sound with --like.");
            if (shorthands.Count(item => result.GetValue(item.Option)) + (result.GetValue(format) is null ? 0 : 1) > 1)
                result.AddError("More than one format is given; choose one.");
            foreach (var tag in result.GetValue(tags) ?? [])
            {
                if (tag.IndexOf('=', StringComparison.Ordinal) is <= 0 || tag.EndsWith('='))
                    result.AddError($"--tag takes KEY=TEXT, as in --tag artist=miles, not '{tag}'.");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var filter = new IndexFilter
            {
                Under = parsed.GetValue(under),
                After = parsed.GetValue(after),
                Before = parsed.GetValue(before),
                MinSeconds = parsed.GetValue(shortest),
                MaxSeconds = parsed.GetValue(longest),
                Tags = [.. (parsed.GetValue(tags) ?? []).Select(tag => tag.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1]))],
            };
            var shorthand = shorthands.FirstOrDefault(item => parsed.GetValue(item.Option));
            return Task.FromResult(new SearchJob
            {
                Query = new SoundQuery
                {
                    Text = parsed.GetValue(text),
                    Like = parsed.GetValue(like) ?? [],
                    Not = parsed.GetValue(not) ?? [],
                    Top = parsed.GetValue(top) ?? new SoundQuery().Top,
                    MinScore = parsed.GetValue(least) ?? new SoundQuery().MinScore,
                    Filter = filter.IsEmpty ? null : filter,
                    AllSegments = parsed.GetValue(all),
                    Fold = parsed.GetValue(fold),
                    Exact = parsed.GetValue(exact),
                },
                Location = IndexCommand.LocationOf(parsed, place),
                Model = loading.Name(parsed),
                Loading = loading.Of(parsed, cancellationToken),
                Format = shorthand.Option is null ? parsed.GetValue(format) ?? CommandOptions.FormatOf(parsed.GetValue(output), HitFormat.Table) : shorthand.Value,
                Output = parsed.GetValue(output),
                Explain = parsed.GetValue(explain),
                Play = parsed.GetValue(play),
            }.Run(terminal, cancellationToken));
        });
        return command;
    }

    private static Option<DateTimeOffset?> Date(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DATE",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (DateTimeOffset.TryParseExact(text, (string[])["yyyy-MM-dd", "yyyy-MM", "yyyy"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
                return date;
            result.AddError($"{name} takes a day such as 2024-05-31, a month such as 2024-05 or a year, not '{text}'.");
            return null;
        },
    };
}
