using System.Globalization;
using System.Text.RegularExpressions;

namespace Auricle.Audio.Decoding;

/// <summary>What ffmpeg wrote to its error output, which arrives on another thread: its complaints, and what it says of the file.</summary>
internal sealed partial class FfmpegMessages(string path)
{
    private const int Capacity = 32;

    // These follow upon the line that tells the reason.
    private static readonly string[] Unspecific =
        ["Invalid data found when processing input", "Invalid argument", "Error while decoding stream", "Error opening input", "Conversion failed", "Error submitting", "Last message repeated"];

    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _format;
    private double? _duration;
    private bool _isEstimate;
    private bool _hasPicture;
    private bool _endsEarly;
    private bool _noSoundTrack;
    private int _tracks;

    /// <summary>Whether ffmpeg found no stream of sound.</summary>
    public bool NoSoundTrack => Locked(() => _noSoundTrack);

    /// <summary>Whether ffmpeg said that the file ends too early.</summary>
    public bool EndsEarly => Locked(() => _endsEarly);

    /// <summary>The format that ffmpeg recognised and may not read; <see langword="null"/> for any other trouble.</summary>
    public string? RefusedFormat => Locked(() => _format);

    /// <summary>The length in seconds that a file of one sound alone states; <see langword="null"/> where it is unknown or an estimate.</summary>
    public double? Duration => Locked(() => _isEstimate || _hasPicture || _tracks != 1 ? null : _duration);

    /// <summary>The first complaint that tells a reason; <see langword="null"/> where there is none.</summary>
    public string? Telling => Locked(() => _lines.Find(line => !Array.Exists(Unspecific, part => line.Contains(part, StringComparison.Ordinal))));

    /// <summary>The first complaint of any kind.</summary>
    public string? First => Locked(() => _lines.FirstOrDefault());

    /// <summary>The number of sound tracks, known once samples come.</summary>
    public int CountTracks()
    {
        _begun.Task.Wait(TimeSpan.FromSeconds(5));   // the description of the file comes on another pipe than its samples
        return Locked(() => _tracks);
    }

    public void Add(string? line)
    {
        if (line is null)
        {
            _begun.TrySetResult();
            return;
        }
        var match = Line.Match(line);
        if (!match.Success)
            return;
        var text = match.Groups["text"].Value.Replace($"file:{path}: ", "", StringComparison.Ordinal).Trim();
        lock (_lines)
        {
            switch (match.Groups["level"].Value)
            {
                case "info":
                    AddInfo(text);
                    return;
                case "warning":
                    _isEstimate |= text.Contains("Estimating duration", StringComparison.Ordinal);
                    return;
            }
            _noSoundTrack |= text.Contains("matches no streams", StringComparison.Ordinal);
            _endsEarly |= text.Contains("partial file", StringComparison.OrdinalIgnoreCase)
                || text.Contains("truncat", StringComparison.OrdinalIgnoreCase)
                || text.Contains("ended prematurely", StringComparison.OrdinalIgnoreCase);
            if (text.StartsWith("Format not on whitelist", StringComparison.Ordinal))
                _format = match.Groups["source"].Value;
            else if (_lines.Count < Capacity && text.Length > 0)
                _lines.Add(text);
        }
    }

    private void AddInfo(string text)
    {
        if (_begun.Task.IsCompleted)
            return;
        if (text.StartsWith("Output #0", StringComparison.Ordinal))
        {
            _begun.TrySetResult();
        }
        else if (text.StartsWith("Stream #0:", StringComparison.Ordinal))
        {
            if (text.Contains(": Audio:", StringComparison.Ordinal))
                _tracks++;
            _hasPicture |= text.Contains(": Video:", StringComparison.Ordinal) && !text.Contains("attached pic", StringComparison.Ordinal);
        }
        else if (Length.Match(text) is { Success: true } length)
        {
            // Matroska counts the length from zero, even where its sound starts later.
            _ = double.TryParse(length.Groups[2].Value, CultureInfo.InvariantCulture, out var start);
            _duration = TimeSpan.TryParse(length.Groups[1].Value, CultureInfo.InvariantCulture, out var span) ? span.TotalSeconds - start : null;
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lines)
            return read();
    }

    [GeneratedRegex(@"^(?:\[(?<source>[^\]]*?) @ 0x[0-9a-f]+\] )*\[(?<level>\w+)\] (?<text>.*)$")]
    private static partial Regex Line { get; }

    [GeneratedRegex(@"^Duration: (\d+:\d\d:\d\d\.\d+)(?:, start: (\d+\.\d+))?")]
    private static partial Regex Length { get; }
}
