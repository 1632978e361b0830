using System.Text.Json;
using Auricle.Cli.Captions;
using Auricle.Search;

namespace Auricle.Cli.Search;

/// <summary>The small verbs of <c>auricle index</c>.</summary>
internal static class IndexKeeping
{
    private const double Megabyte = 1e6;

    /// <summary>Shows what is in an index.</summary>
    public static int Status(Terminal terminal, string location, bool json)
    {
        using var index = SoundIndex.Open(location);
        var (settings, counts, roots) = (index.Settings, index.Count(), index.Roots());
        var failed = counts.Failed == 0 ? [] : index.Files().Where(file => file.Error is not null).ToList();
        if (json)
        {
            terminal.Out.WriteLine(ShownText.InJson(StatusJson(index, settings, counts, roots, failed)));
            return ExitCode.Success;
        }
        terminal.WritePairs(
        [
            ("index", index.Location),
            ("model", $"{settings.Model} ({settings.Fingerprint[..Math.Min(12, settings.Fingerprint.Length)]}), {settings.Width} numbers a vector"),
            ("stretches", string.Create(Times.Culture, $"{counts.Segments}, of {settings.SegmentSeconds} s, overlapping by {settings.OverlapSeconds} s")),
            ("files", $"{counts.Files}, {Times.Clock(counts.Seconds)} of sound"),
            ("failed", counts.Failed.ToString(Times.Culture)),
            ("size", string.Create(Times.Culture, $"{counts.Bytes / Megabyte:0.0} MB")),
            ("search", index.Graph is { } graph ? Said(graph) : "exact"),
            .. roots.Select(root => ("folder", Directory.Exists(root) ? root : $"{root} (gone; if it has moved: auricle index --root NEW)")),
            .. failed.Select(file => ("failed file", $"{file.Stamp.FullPath}: {file.Error}")),
        ]);
        return ExitCode.Success;
    }

    /// <summary>Checks an index; what can be made anew is.</summary>
    public static int Verify(Terminal terminal, string location)
    {
        using var index = SoundIndex.OpenForWriting(location);
        var problems = index.Verify();
        foreach (var problem in problems)
            terminal.Report(problem);
        if (problems.Count == 0)
            terminal.Say($"{index.Count().Segments} vectors of {index.Count().Files} files are as they were written.");
        return problems.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>Takes files out.</summary>
    public static int Remove(Terminal terminal, string location, IReadOnlyList<string> paths)
    {
        using var index = SoundIndex.OpenForWriting(location);
        var code = ExitCode.Success;
        foreach (var path in paths)
        {
            var files = index.Files(new IndexFilter { Under = path });
            if (files.Count == 0)
            {
                terminal.Report($"The index '{index.Location}' has no file at or below '{path}'; auricle index status shows its folders.");
                code = ExitCode.Failure;
                continue;
            }
            index.Remove([.. files.Select(file => file.Id)]);
            terminal.Say($"{files.Count} {(files.Count == 1 ? "file" : "files")} at or below '{path}' removed from the index.");
        }
        return code;
    }

    /// <summary>Builds a graph.</summary>
    public static int Graph(Terminal terminal, string location, CancellationToken cancellationToken)
    {
        using var index = SoundIndex.OpenForWriting(location);
        var total = index.Count().Segments;
        if (total == 0)
            throw CommandException.Usage($"The index '{index.Location}' is empty; add sounds with: auricle index FOLDER.");
        GraphReport? report = null;
        CaptionProgress.Run(
            terminal, terminal.ErrorIsScreen, (int)Math.Min(int.MaxValue, total),
            progress => report = index.BuildGraph(new Shares(share => progress.Show(share * total)), cancellationToken));
        terminal.Say(string.Create(Times.Culture, $"{Said(report!)}; built in {report!.BuildSeconds:0} s."));
        return ExitCode.Success;
    }

    /// <summary>Records where a folder of the index lies now.</summary>
    /// <param name="terminal">Where to say so.</param>
    /// <param name="location">The index.</param>
    /// <param name="moved">The new place of the only folder, or of the only one that is gone; or both places with <c>=</c> between them.</param>
    public static void Move(Terminal terminal, string location, string moved)
    {
        using var index = SoundIndex.OpenForWriting(location);
        var roots = index.Roots();
        string from, to;
        if (!Directory.Exists(moved) && moved.IndexOf('=', StringComparison.Ordinal) is > 0 and var place)
        {
            (from, to) = (Full(moved[..place]), Full(moved[(place + 1)..]));
        }
        else
        {
            to = Full(moved);
            var gone = roots.Where(root => !Directory.Exists(root)).ToList();
            from = roots.Count == 1 ? roots[0] : gone.Count == 1 ? gone[0] : throw CommandException.Usage(
                $"The index '{index.Location}' has {roots.Count} folders, of which {gone.Count} are gone, so that it is not clear which one '{moved}' was; write --root OLD=NEW.");
        }
        if (!Directory.Exists(to))
            throw CommandException.Usage($"There is no folder '{to}'; give the place where '{from}' lies now.");
        index.MoveRoot(from, to);
        terminal.Say($"'{from}' lies at '{to}' now.");

        static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }

    private static string Said(GraphReport graph) => string.Create(
        Times.Culture,
        $"graph of {graph.Segments} stretches, recall at 10 {graph.RecallAt10:0.000} ({graph.Queries} queries), {graph.QueryMilliseconds:0.00} ms a query, exact {graph.ExactMilliseconds:0.00} ms");

    // Unlike Progress<T>, which posts to other threads, this keeps the order of what it is told.
    private sealed class Shares(Action<double> show) : IProgress<double>
    {
        public void Report(double value) => show(value);
    }

    private static string StatusJson(ISoundIndex index, IndexSettings settings, IndexCounts counts, IReadOnlyList<string> roots, List<IndexedFile> failed)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("index", index.Location);
            writer.WriteString("model", settings.Model);
            writer.WriteString("fingerprint", settings.Fingerprint);
            writer.WriteNumber("width", settings.Width);
            writer.WriteNumber("segmentSeconds", settings.SegmentSeconds);
            writer.WriteNumber("overlapSeconds", settings.OverlapSeconds);
            writer.WriteNumber("files", counts.Files);
            writer.WriteNumber("failed", counts.Failed);
            writer.WriteNumber("segments", counts.Segments);
            writer.WriteNumber("seconds", counts.Seconds);
            writer.WriteNumber("bytes", counts.Bytes);
            if (index.Graph is { } graph)
            {
                writer.WriteStartObject("graph");
                writer.WriteNumber("segments", graph.Segments);
                writer.WriteNumber("recallAt10", graph.RecallAt10);
                writer.WriteNumber("queries", graph.Queries);
                writer.WriteNumber("queryMilliseconds", graph.QueryMilliseconds);
                writer.WriteNumber("exactMilliseconds", graph.ExactMilliseconds);
                writer.WriteEndObject();
            }
            writer.WriteStartArray("folders");
            foreach (var root in roots)
                writer.WriteStringValue(root);
            writer.WriteEndArray();
            writer.WriteStartArray("failedFiles");
            foreach (var file in failed)
            {
                writer.WriteStartObject();
                writer.WriteString("file", file.Stamp.FullPath);
                writer.WriteString("error", file.Error);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
