using System.Globalization;
using Auricle.Reading;

namespace Auricle.Evaluation;

/// <summary>
/// Captions of clips from a file: CSV as Clotho, AudioCaps, the captioning challenges, CoNeTTE and Auricle write it, JSON and JSON lines.
/// The content tells the form, not the file's name.
/// </summary>
public sealed class CaptionFile
{
    // As much as one text of the platform holds.
    private const int LargestFile = 1 << 30;

    private CaptionFile(string path, IReadOnlyList<ClipCaptions> clips) => (Path, Clips) = (path, clips);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The clips, in the file's order; no clip stands twice.</summary>
    public IReadOnlyList<ClipCaptions> Clips { get; }

    /// <summary>Reads a system's captions: one for each clip, or as many ranked ones for every clip. A caption may be empty.</summary>
    /// <param name="path">The file, or <c>-</c> for standard input.</param>
    /// <exception cref="CaptionFileException">The file cannot be read, is in no known form, or says two different things of a clip.</exception>
    public static CaptionFile ReadCandidates(string path)
    {
        var (rows, unit) = ReadRows(path, isCandidates: true);
        var clips = new List<ClipCaptions>();
        foreach (var group in rows.GroupBy(row => row.Clip, StringComparer.Ordinal))
        {
            var ranked = group.OrderBy(row => row.Rank ?? 1).ToList();
            var twice = ranked.Zip(ranked.Skip(1)).FirstOrDefault(pair => (pair.First.Rank ?? 1) == (pair.Second.Rank ?? 1));
            if (twice.Second is not null)
            {
                throw new CaptionFileException(
                    path, $"'{path}' has two captions for '{group.Key}', in {unit}s {twice.First.Line} and {twice.Second.Line}; leave one of them.",
                    twice.Second.Line);
            }
            clips.Add(new ClipCaptions(group.Key, [.. ranked.SelectMany(row => row.Captions)],
                group.First().Line) { Aliases = group.First().Aliases, Video = group.First().Video });
        }
        var odd = clips.Find(clip => clip.Captions.Count != clips[0].Captions.Count);
        return odd is null ? new CaptionFile(path, clips) : throw new CaptionFileException(
            path,
            $"'{path}' has {odd.Captions.Count} candidates for '{odd.Clip}' but {clips[0].Captions.Count} for '{clips[0].Clip}'; give every clip "
                + "equally many.",
            odd.Line);
    }

    /// <summary>Reads reference captions: at least one for each clip; empty cells are passed over.</summary>
    /// <param name="path">The file, or <c>-</c> for standard input.</param>
    /// <exception cref="CaptionFileException">The file cannot be read, is in no known form, or has a clip without reference.</exception>
    public static CaptionFile ReadReferences(string path)
    {
        var (rows, unit) = ReadRows(path, isCandidates: false);
        var clips = new List<ClipCaptions>();
        foreach (var group in rows.GroupBy(row => row.Clip, StringComparer.Ordinal))
        {
            var first = group.First();
            var captions = group.SelectMany(row => row.Captions).Where(caption => !string.IsNullOrWhiteSpace(caption)).ToList();
            if (captions.Count == 0)
            {
                throw new CaptionFileException(
                    path, $"'{path}' has no reference caption for '{group.Key}' ({unit} {first.Line}); give it at least one or leave the clip out.",
                    first.Line);
            }
            // A row with several captions is all there is of a clip; one caption a row adds up.
            var again = group.Skip(1).FirstOrDefault(row => row.Captions.Count > 1 || first.Captions.Count > 1);
            if (again is not null)
            {
                throw new CaptionFileException(
                    path, $"'{path}' has the references of '{group.Key}' twice, in {unit}s {first.Line} and {again.Line}; leave one of them.",
                    again.Line);
            }
            clips.Add(new ClipCaptions(group.Key, captions, first.Line) { Aliases = [.. group.SelectMany(row => row.Aliases).Distinct()], Video = first.Video });
        }
        return new CaptionFile(path, clips);
    }

    private static (List<CaptionRow> Rows, string Unit) ReadRows(string path, bool isCandidates)
    {
        var text = ReadText(path);
        var start = text.AsSpan().TrimStart();
        if (start.IsEmpty)
            throw new CaptionFileException(path, $"'{path}' is empty; a file of captions has at least one clip.");
        var rows = start[0] is '{' or '[' ? CaptionJson.Read(path, text, isCandidates) : CaptionCsv.Read(path, text);
        if (rows.Count == 0)
            throw new CaptionFileException(path, $"'{path}' has no captions; a file of captions has at least one clip.");
        rows = TellApart(rows);
        var unit = start[0] == '[' ? "item" : "line";
        var nameless = rows.Find(row => row.Clip.Length == 0);
        return nameless is null
            ? (rows, unit)
            : throw new CaptionFileException(path, $"'{path}' does not name the clip in {unit} {nameless.Line}; fill in its file name.",
                nameless.Line);
    }

    // Several clips of one video go by the video's id and their start.
    private static List<CaptionRow> TellApart(List<CaptionRow> rows)
    {
        var shared = rows.Where(row => row.Video?.Starts.Count == 1).GroupBy(row => row.Clip, row => row.Video!.Starts[0], StringComparer.Ordinal)
            .Where(group => group.Distinct().Count() > 1).Select(group => group.Key).ToHashSet(StringComparer.Ordinal);
        return shared.Count == 0 ? rows : rows.ConvertAll(row => shared.Contains(row.Clip) && row.Video is { Starts: [var start] }
            ? row with { Clip = string.Create(CultureInfo.InvariantCulture, $"{row.Clip}_{start / 1000.0}"), Aliases = row.Aliases.Skip(1).ToArray() }
            : row);
    }

    internal static string ReadText(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path))
            throw new CaptionFileException(path, $"'{path}' is a folder; give a file of captions.");
        if (path != "-" && !File.Exists(path))
            throw new CaptionFileException(path, $"There is no file '{path}'; give a file of captions.");
        return WholeFile.ReadText(path, LargestFile, Fault(path));
    }

    internal static Func<FileProblem, Exception> Fault(string path) => problem =>
        new CaptionFileException(path, $"'{path}' {problem.What}; {problem.Remedy ?? "mend it or write it anew"}.", problem.Line, problem.Inner);
}

/// <summary>A file of captions cannot be used as it is.</summary>
public sealed class CaptionFileException : DataException
{
    /// <summary>States the fault and where it is.</summary>
    /// <param name="file">The file.</param>
    /// <param name="message">One sentence with the value and the remedy.</param>
    /// <param name="line">Line of the file, from 1, or <see langword="null"/> where the whole file is at fault.</param>
    /// <param name="innerException">What was thrown below.</param>
    public CaptionFileException(string file, string message, int? line = null, Exception? innerException = null)
        : base(message, innerException) => (File, Line) = (file, line);

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Line of the file, from 1, or <see langword="null"/> where the whole file is at fault.</summary>
    public int? Line { get; }
}

/// <summary>What one line or object of a file says of a clip.</summary>
/// <param name="Clip">The clip as the file names it.</param>
/// <param name="Captions">Its captions in order; empty ones are kept.</param>
/// <param name="Line">Line of the file, from 1.</param>
internal sealed record CaptionRow(string Clip, IReadOnlyList<string> Captions, int Line)
{
    /// <summary>Place of the only caption among several candidates of the clip, from 1, where the file says so.</summary>
    public int? Rank { get; init; }

    /// <summary>Other names by which sounds of the clip go.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The video it was cut from, where the file says so.</summary>
    public VideoClip? Video { get; init; }
}

/// <summary>The captions of one clip.</summary>
/// <param name="Clip">The clip as the file names it.</param>
/// <param name="Captions">Reference captions, or candidates from the best down.</param>
/// <param name="Line">Line of the file on which the clip begins, from 1.</param>
public sealed record ClipCaptions(string Clip, IReadOnlyList<string> Captions, int Line)
{
    /// <summary>Other names by which sounds of the clip go, for example a YouTube id with the start of the clip.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The video it was cut from, where the file says so.</summary>
    internal VideoClip? Video { get; init; }
}
