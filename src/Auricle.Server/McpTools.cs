using System.ComponentModel;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace Auricle.Server;

/// <summary>What an assistant may ask of Auricle over the Model Context Protocol: it hears files in folders that the user has allowed, and no others.</summary>
internal sealed class McpTools(ServedModels models, AllowedFolders folders)
{
    private const double LongestWhole = 30;
    private const double SegmentSeconds = 10;

    [McpServerTool(Name = "caption", ReadOnly = true, Title = "Describe a sound"), Description("Describes in a sentence what is heard in a sound or video file; long files in stretches of 10 s with their times.")]
    public Task<string> CaptionAsync([Description("The file's path; it must lie in an allowed folder.")] string path, CancellationToken cancellationToken) => AnswerAsync(path, async (model, file) =>
    {
        var result = await model.RunAsync(loaded =>
        {
            var captioner = new AudioCaptioner(loaded);
            using var reader = Audio.AudioFile.Open(file);
            var isShort = reader.Frames is { } frames && (double)frames / reader.SampleRate <= LongestWhole;
            return captioner.CaptionFile(file, new CaptionOptions { Seconds = isShort ? null : SegmentSeconds, BatchSize = 8 }, cancellationToken);
        }, cancellationToken).ConfigureAwait(false);
        return result.Segments.Count == 0
            ? new { result.Duration, result.Caption, segments = (object?)null }
            : new { result.Duration, result.Caption, segments = (object?)result.Segments.Select(segment => new { segment.Start, segment.End, segment.Caption }) };
    });

    [McpServerTool(Name = "tag", ReadOnly = true, Title = "Tag a sound"), Description("Says which of the model's labels fit a file, with probabilities.")]
    public Task<string> TagAsync(
        [Description("The file's path; it must lie in an allowed folder.")] string path,
        [Description("How many labels.")] int top = 10, CancellationToken cancellationToken = default) => AnswerAsync(path, async (model, file) =>
    {
        var result = await model.RunAsync(loaded => new SoundTagger(loaded).TagFile(file, new TagOptions { Top = Math.Clamp(top, 1, 500) }, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new { result.Duration, result.Tags };
    });

    [McpServerTool(Name = "classify", ReadOnly = true, Title = "Classify a sound by any labels"), Description("Says which of the given labels fits a file best, without training.")]
    public Task<string> ClassifyAsync(
        [Description("The file's path; it must lie in an allowed folder.")] string path,
        [Description("The labels to choose from, in plain words.")] string[] labels, CancellationToken cancellationToken) => AnswerAsync(path, async (model, file) =>
    {
        var result = await model.RunAsync(loaded =>
        {
            using var classifier = new SoundClassifier(loaded, labels);
            return classifier.ClassifyFile(file, cancellationToken);
        }, cancellationToken).ConfigureAwait(false);
        return new { result.Duration, result.Tags };
    });

    [McpServerTool(Name = "search", ReadOnly = true, Title = "Find sounds"), Description("Finds recordings in the user's sound index by a description of what is to be heard; only those in allowed folders are named.")]
    public async Task<string> SearchAsync(
        [Description("What is to be heard, such as 'rain on a tin roof'.")] string text,
        [Description("How many recordings.")] int top = 10, CancellationToken cancellationToken = default)
    {
        try
        {
            var hits = await models.Get().RunAsync(loaded =>
            {
                using var index = Search.SoundIndex.Open(folders.Index);
                using var search = new SoundSearch(loaded, index);
                return search.Find(new SoundQuery { Text = text, Top = 10 * Math.Clamp(top, 1, 100) }, cancellationToken).Where(hit => folders.Allows(hit.File)).Take(top).ToList();
            }, cancellationToken).ConfigureAwait(false);
            return Written(hits.Select(hit => new { hit.File, hit.Score, hit.Start, hit.End }));
        }
        catch (Exception error) when (error is AuricleException or ArgumentException)
        {
            throw new McpException(error.Message);
        }
    }

    private async Task<string> AnswerAsync<T>(string path, Func<ServedModel, string, Task<T>> ask)
    {
        try
        {
            return Written(await ask(models.Get(), folders.Check(path)).ConfigureAwait(false));
        }
        catch (Exception error) when (error is AuricleException or ArgumentException)
        {
            throw new McpException(error.Message);
        }
    }

    private static string Written<T>(T answer) => JsonSerializer.Serialize(answer, JsonSerializerOptions.Web);
}

/// <summary>The folders whose files may be heard for an assistant.</summary>
internal sealed class AllowedFolders(IEnumerable<string> folders, string index)
{
    private readonly string[] _folders = [.. folders.Select(folder => Real(Path.GetFullPath(folder)))];

    /// <summary>The index that is searched.</summary>
    public string Index { get; } = index;

    /// <summary>Whether a file lies in one of the folders, links followed.</summary>
    public bool Allows(string path)
    {
        var real = Real(Path.GetFullPath(path));
        return _folders.Any(folder => real == folder || real.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal));
    }

    /// <summary>The file's real place.</summary>
    /// <exception cref="RequestException">It lies elsewhere.</exception>
    public string Check(string path)
    {
        if (!Allows(path))
        {
            throw new RequestException(403, _folders.Length == 0
                ? "No folder is allowed; the user names one with --folder when the server is started."
                : $"'{path}' lies in none of the allowed folders: {string.Join(", ", _folders)}.");
        }
        return Real(Path.GetFullPath(path));
    }

    // Every part of a path may be a link.
    private static string Real(string path)
    {
        const int MostLinks = 40;
        var left = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var (real, links) = ("/", 0);
        while (left.TryPop(out var part))
        {
            var next = Path.GetFullPath(Path.Combine(real, part));
            if (links < MostLinks && new FileInfo(next).LinkTarget is { } target)
            {
                links++;
                var place = Path.GetFullPath(Path.Combine(real, target));
                foreach (var piece in place.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                    left.Push(piece);
                real = "/";
            }
            else
            {
                real = next;
            }
        }
        return real;
    }
}
