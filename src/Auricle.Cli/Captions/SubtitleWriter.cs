namespace Auricle.Cli.Captions;

/// <summary>Writes one subtitle file for each sound into a folder, under the sound's name, where players look for it.</summary>
internal sealed class SubtitleWriter : CaptionWriter
{
    private readonly CaptionFormat _format;
    private readonly bool _resume;
    private readonly Dictionary<string, string> _targets = new(StringComparer.Ordinal);

    /// <param name="format">SubRip or WebVTT.</param>
    /// <param name="folder">Where the subtitles go; made where it does not exist.</param>
    /// <param name="files">All sounds of the run: names that would meet get their extension, or a number, in this order.</param>
    /// <param name="resume">Whether sounds whose subtitles exist are done.</param>
    public SubtitleWriter(CaptionFormat format, string folder, IEnumerable<string> files, bool resume)
    {
        _format = format;
        _resume = resume;
        var extension = "." + format.ToString().ToLowerInvariant();
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in files)
        {
            var name = file == "-" ? "stdin" : Path.GetFileName(file);
            var candidates = new[] { Path.GetFileNameWithoutExtension(name), name }
                .Concat(Enumerable.Range(2, int.MaxValue - 2).Select(number => $"{name}-{number}"));
            _targets[file] = Path.Combine(folder, candidates.First(taken.Add) + extension);
        }
    }

    public override bool IsDone(string file) => _resume && File.Exists(_targets[file]);

    public override void Write(CaptionResult result)
    {
        // Under another name first, so that a subtitle file that exists is whole.
        var target = _targets[result.File!];
        var partial = target + ".part";
        using (var output = RowOutput.To(partial))
            output.Write(Subtitles.Format(result, _format));
        try
        {
            File.Move(partial, target, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw RowOutput.Failed(target, error);
        }
    }
}

/// <summary>Writes the subtitles of a single sound to one place.</summary>
internal sealed class SingleSubtitleWriter(CaptionFormat format, RowOutput output) : RowWriter(output, new EarlierRows())
{
    public override void Write(CaptionResult result) => Output.Write(Subtitles.Format(result, format));
}
