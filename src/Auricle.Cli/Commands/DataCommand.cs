using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Audio;
using Auricle.Cli.Captions;
using Auricle.Cli.Evaluation;
using Auricle.Cli.Fetching;
using Auricle.Data;
using Auricle.Fetching;
using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Models.Roles;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle data</c>: published data sets: which are known, fetching them, what is in a folder of one, and packing it.</summary>
internal static class DataCommand
{
    private const int LeaksShown = 3;

    public static Command Create(Terminal terminal) => new("data", "Lists, fetches, checks and packs data sets.")
    {
        CreateList(terminal), CreatePull(terminal), CreateCheck(terminal), CreatePack(terminal),
    };

    private static Command CreateList(Terminal terminal)
    {
        var command = new Command("list", "Lists the data sets whose published layouts are read.");
        command.SetAction(_ =>
        {
            ScoreTable.Print(terminal, ["name", "data set", "splits", "pull", "files"], DataLayout.All.Select(layout => new[]
            {
                layout.Name, layout.Title, string.Join(", ", layout.Splits), layout.Sources.Count == 0 ? "" : layout.Sources.Any(source => source.IsArchive) ? "all" : "tables", layout.Files,
            }));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreatePull(Terminal terminal)
    {
        var set = new SetOptions();
        var mirror = new Option<string?>("--mirror") { Description = "Address below which the files lie by their names, instead of the authors' hosts.", HelpName = "URL" };
        var keep = new Option<bool>("--keep-archives") { Description = "Leave archives where they are after they were unpacked." };
        var clips = new Option<bool>("--no-clips") { Description = "Do not fetch the clips of videos; else yt-dlp fetches them, where it is installed." };
        var command = new Command("pull", "Fetches what a data set's authors publish, goes on where it broke off, and checks what came.") { mirror, keep, clips };
        set.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (layout, root) = (DataLayout.Find(set.Name(parsed)), set.Root(parsed));
            if (layout.Sources.Count == 0)
                throw CommandException.Usage($"{layout.Title} cannot be fetched by a program; get it from its authors, and check it with: auricle data check {layout.Name} ROOT. It is read as: {layout.Files}.");
            Uri? from = null;
            if (parsed.GetValue(mirror) is { } address && (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out from) || from.Scheme is not ("http" or "https")))
                throw CommandException.Usage($"'{address}' is no address; give one that begins with https://.");
            using var fetcher = new Fetcher(new FetcherOptions { IsOffline = ModelStore.IsOffline, OfflineRemedy = "unset HF_HUB_OFFLINE, or fetch it elsewhere and copy the folder" });
            var chosen = set.Split(parsed);
            await new DataPull(fetcher).FetchAsync(
                layout.Sources.Where(source => chosen is null || source.Split is null || DataLayout.IsSame(source.Split, chosen)), root, from, parsed.GetValue(keep), new FetchReport(terminal), cancellationToken)
                .ConfigureAwait(false);
            if (!layout.HasVideoClips || parsed.GetValue(clips))
                return layout.Sources.Any(source => source.IsArchive) ? Check(terminal, layout, root, set.Options(parsed), decode: false, json: false, cancellationToken) : ExitCode.Success;
            if (VideoClips.Find() is not { } videos)
            {
                terminal.Report($"The tables of {layout.Title} are here; its clips are cut from videos by yt-dlp, which is not installed. Install it and pull again, or put the clips below '{root}'.");
                return ExitCode.Success;
            }
            using (var known = layout.Read(root, set.Options(parsed) with { MissingLimit = 1, AllowsNone = true }))
            {
                var done = 0;
                CaptionProgress.Run(terminal, terminal.ErrorIsScreen, known.Missing.Count, progress => videos.FetchAsync(known, (clip, reason) =>
                {
                    if (reason is not null)
                        progress.Report($"{clip}: {reason}");
                    progress.Show(++done);
                }, cancellationToken).GetAwaiter().GetResult());
            }
            return Check(terminal, layout, root, set.Options(parsed), decode: false, json: false, cancellationToken);
        });
        return command;
    }

    private static Command CreateCheck(Terminal terminal)
    {
        var set = new SetOptions();
        var decode = new Option<bool>("--decode") { Description = "Read every sound, and list those that cannot be read." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("check", "Counts what a data set's folder holds and what is missing, and looks for recordings that lie in two splits.") { decode, json };
        set.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(
            Check(terminal, DataLayout.Find(set.Name(parsed)), set.Root(parsed), set.Options(parsed), parsed.GetValue(decode), parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static int Check(Terminal terminal, DataLayout layout, string root, DataReadOptions options, bool decode, bool json, CancellationToken cancellationToken)
    {
        using var set = layout.Read(root, options with { MissingLimit = 1, AllowsNone = true, ListsUnused = true });
        var report = DataReport.Of(set);
        var unreadable = new List<UnreadableSound>();
        if (decode)
        {
            CaptionProgress.Run(terminal, terminal.ErrorIsScreen, set.Items.Count, progress =>
            {
                var done = 0;
                foreach (var item in set.Items)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (Unreadable(item) is { } reason)
                        unreadable.Add(new(item.Id, reason));
                    progress.Show(++done);
                }
            });
        }
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(
                new DataDocument(set.Name, report.Splits, set.Missing, set.Unused, set.LeftOut, report.Undescribed, report.Leaks, report.SharedCaptions, unreadable), DataJson.Default.DataDocument));
        }
        else
            Print(terminal, set, report, unreadable);
        return unreadable.Count > 0 || set.Items.Count == 0 ? ExitCode.Failure : ExitCode.Success;
    }

    private static void Print(Terminal terminal, DataSet set, DataReport report, List<UnreadableSound> unreadable)
    {
        string Number(int value) => value.ToString(Times.Culture);
        ScoreTable.Print(terminal, ["split", "clips", "missing", "captions", "words", "vocabulary", "shortest", "longest", "labels"], report.Splits.Select(split => new[]
        {
            split.Name, Number(split.Items), Number(split.Missing), Number(split.Captions), Number(split.Words), Number(split.Vocabulary), Number(split.ShortestWords), Number(split.LongestWords), Number(split.Labels),
        }));
        void Say(int count, string what, IEnumerable<string> names)
        {
            if (count > 0)
                terminal.Say($"{count} {what}: {string.Join(", ", names.Take(LeaksShown))}{(count > LeaksShown ? $" and {count - LeaksShown} more" : "")}");
        }
        Say(set.Missing.Count, "clips without sound", set.Missing.Select(item => item.Sought));
        Say(set.Unused.Count, "sounds of which the tables say nothing", set.Unused);
        Say(report.Undescribed.Count, "clips with neither caption nor label", report.Undescribed);
        foreach (var (reason, count) in set.LeftOut)
            terminal.Say($"{count} left out: {reason}");
        Say(report.Leaks.Count, "recordings that lie in more than one split", report.Leaks.Select(leak => $"{leak.Recording} ({string.Join(", ", leak.Items)})"));
        if (report.SharedCaptions > 0)
            terminal.Say($"{report.SharedCaptions} captions stand word for word in more than one split");
        Say(unreadable.Count, "sounds that cannot be read", unreadable.Select(sound => sound.Reason));
    }

    private static string? Unreadable(DataItem item)
    {
        try
        {
            if (item.Packed?.ReadFeatures() is not null)
                return null;
            using var reader = DataSounds.Open(item);
            var buffer = new float[1 << 16];
            while (reader.Read(buffer) > 0)
            {
            }
            return reader.IsTruncated ? $"'{item.Path ?? item.Id}' is cut short." : null;
        }
        catch (Exception error) when (error is AudioException or DataSetException)
        {
            return error.Message;
        }
    }

    private static Command CreatePack(Terminal terminal)
    {
        var set = new SetOptions();
        var loading = new LoadingOptions(terminal, Precision.Float32);
        var output = new Argument<string>("OUTPUT") { Description = "Folder for the shards." };
        var perShard = CommandOptions.Count("--per-shard", "Items of a shard (default: 1000).", 1_000_000);
        var rate = CommandOptions.Count("--rate", "Decode sounds and pack them as mono wav of 16 bits at this rate in hertz (default: the files as they are).", 384_000);
        var features = new Option<bool>("--features") { Description = "Pack the model's vectors of frames (npy) instead of sounds." };
        var command = new Command("pack", "Packs a data set into WebDataset's tar shards, sounds as they are, decoded, or as a model's vectors of frames.") { perShard, rate, features };
        set.AddTo(command);
        command.Add(output);
        loading.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(features) && result.GetValue(rate) is not null)
                result.AddError("--rate is for sounds; a model takes its own rate: leave --rate or --features out.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            using var data = DataLayout.Find(set.Name(parsed)).Read(set.Root(parsed), set.Options(parsed));
            if (data.MissingSummary is { } summary)
                terminal.Report(summary);
            using var model = parsed.GetValue(features) ? loading.Load(parsed, cancellationToken) : null;
            var embedder = model?.As<IFrameEmbedder>();
            using var writer = new ShardWriter(parsed.GetRequiredValue(output), parsed.GetValue(perShard) ?? 1000) { Origin = data.Origin };
            var failed = 0;
            try
            {
                CaptionProgress.Run(terminal, terminal.ErrorIsScreen, data.Items.Count, progress =>
                {
                    foreach (var (place, item) in data.Items.Index())
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        try
                        {
                            writer.Add(item, Content(item, embedder, parsed.GetValue(rate), cancellationToken));
                        }
                        catch (AudioException error)
                        {
                            failed++;
                            progress.Report(error.Message);
                        }
                        progress.Show(place + 1);
                    }
                });
                writer.Complete();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw CommandException.NotWritten(parsed.GetRequiredValue(output), error, "make room or name another folder");
            }
            terminal.Say($"{writer.Items} items in {writer.Shards} shards in '{parsed.GetRequiredValue(output)}'{(failed > 0 ? $"; {failed} could not be read" : "")}.");
            return Task.FromResult(failed > 0 ? ExitCode.Failure : ExitCode.Success);
        });
        return command;
    }

    private static ShardContent Content(DataItem item, IFrameEmbedder? embedder, int? rate, CancellationToken cancellationToken)
    {
        if (embedder is not null)
        {
            var timeline = embedder.EmbedFrames(DataSounds.Load(item, embedder.SampleRate), cancellationToken);
            return new ShardContent("npy", NpyArray.Write(timeline.Values, timeline.Width));
        }
        if (item.Packed?.ReadFeatures() is { } packed)
            return new ShardContent("npy", NpyArray.Write(packed.Frames, packed.Width));
        if (rate is { } hertz)
            return new ShardContent("wav", WavFile.Bytes(DataSounds.Load(item, hertz)));
        if (item.Path is { } path)
            return new ShardContent(Extension(path), File.ReadAllBytes(path));
        // A packed sound's name tells its kind, where it has one; readers go by the content.
        return new ShardContent(
            AudioPaths.Extensions.Contains(Path.GetExtension(item.Id)) ? Extension(item.Id) : "audio", DataSounds.Bytes(item.Packed!, item.Id)!.Value);

        static string Extension(string name) => Path.GetExtension(name).TrimStart('.').ToLowerInvariant();
    }

    /// <summary>The arguments and options that name a data set.</summary>
    private sealed class SetOptions
    {
        private readonly Argument<string> _name = new("NAME") { Description = "The data set's name (auricle data list)." };
        private readonly Argument<string> _root = new("ROOT") { Description = "Its folder, or its file where a set is one." };
        private readonly Option<string?> _split = new("--split") { Description = "The only split (default: all).", HelpName = "NAME" };
        private readonly Option<string[]> _exclude = new("--exclude") { Description = "List of ids to be left out: CSV, a text with one in each line, or JSON.", HelpName = "FILE" };
        private readonly Option<double?> _missing = CommandOptions.Number("--missing", "The largest share of clips that may lack their sound (default: 0.5).", 0, 1, "SHARE");

        public void AddTo(Command command)
        {
            command.Add(_name);
            command.Add(_root);
            foreach (var option in (Option[])[_split, _exclude, _missing])
                command.Add(option);
            _name.CompletionSources.Add([.. DataLayout.All.Select(layout => layout.Name)]);
        }

        public string Name(ParseResult parsed) => parsed.GetRequiredValue(_name);

        public string Root(ParseResult parsed) => parsed.GetRequiredValue(_root);

        public string? Split(ParseResult parsed) => parsed.GetValue(_split);

        public DataReadOptions Options(ParseResult parsed)
        {
            var options = new DataReadOptions { Splits = parsed.GetValue(_split) is { } split ? [split] : [], Exclusions = parsed.GetValue(_exclude) ?? [] };
            return parsed.GetValue(_missing) is { } limit ? options with { MissingLimit = limit } : options;
        }
    }
}

/// <summary>The JSON form of <c>data check</c>.</summary>
internal sealed record DataDocument(
    string Set, IReadOnlyList<SplitReport> Splits, IReadOnlyList<MissingSound> Missing, IReadOnlyList<string> Unused, IReadOnlyDictionary<string, int> LeftOut,
    IReadOnlyList<string> Undescribed, IReadOnlyList<LeakedRecording> Leaks, int SharedCaptions, IReadOnlyList<UnreadableSound> Unreadable);

/// <summary>A sound that cannot be read, and why.</summary>
internal sealed record UnreadableSound(string Id, string Reason);

/// <summary>Writes it without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(DataDocument))]
internal sealed partial class DataJson : JsonSerializerContext;
