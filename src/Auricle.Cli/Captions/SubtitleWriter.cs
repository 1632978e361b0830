using Auricle.Cli.Outputs;

namespace Auricle.Cli.Captions;

/// <summary>Writes one subtitle file for each sound into a folder, under the sound's name, where players look for it.</summary>
internal sealed class SubtitleWriter : CaptionWriter
{
    private readonly CaptionFormat _format;
    private readonly bool _resume;
    private readonly Dictionary<string, string> _targets;

    /// <param name="format">SubRip or WebVTT.</param>
    /// <param name="folder">Where the subtitles go; made where it does not exist.</param>
    /// <param name="targets">The file for each sound, from <see cref="Targets"/>.</param>
    /// <param name="resume">Whether sounds whose subtitles exist are done.</param>
    public SubtitleWriter(CaptionFormat format, string folder, Dictionary<string, string> targets, bool resume)
    {
        _format = format;
        _resume = resume;
        _targets = targets;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CommandException.NotWritten(folder, error, "name another folder with --output");
        }
    }

    /// <summary>The subtitle file of each sound: names that would meet get their extension, or a number, in this order.</summary>
    public static Dictionary<string, string> Targets(CaptionFormat format, string folder, IEnumerable<string> files)
    {
        var targets = new Dictionary<string, string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in files)
        {
            var name = file == "-" ? "stdin" : Path.GetFileName(file);
            var candidates = new[] { Path.GetFileNameWithoutExtension(name), name }
                .Concat(Enumerable.Range(2, int.MaxValue - 2).Select(number => $"{name}-{number}"));
            targets[file] = Path.Combine(folder, $"{candidates.First(taken.Add)}.{format.ToString().ToLowerInvariant()}");
        }
        return targets;
    }

    /// <summary>A file that cannot be written says nothing about the next.</summary>
    public override bool HasOwnFiles => true;

    public override bool IsDone(string file) => _resume && File.Exists(_targets[file]);

    public override void Write(CaptionResult result)
    {
        var target = _targets[result.File!];
        if (!Directory.Exists(Path.GetDirectoryName(target)))
            throw new CommandException(ExitCode.Failure, $"'{target}' could not be written (its folder is gone); run the command again.");
        OutputPath.Write(target, Subtitles.Format(result, _format == CaptionFormat.Vtt), "--output");
    }
}

/// <summary>Writes the subtitles of a single sound to one place.</summary>
internal sealed class SingleSubtitleWriter(CaptionFormat format, RowOutput output) : RowWriter(output, new EarlierRows())
{
    public override void Write(CaptionResult result) => Output.Write(Subtitles.Format(result, format == CaptionFormat.Vtt));
}
