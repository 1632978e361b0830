using Auricle.Fetching;

namespace Auricle.Cli.Fetching;

/// <summary>
/// Tells how far fetches are: a line that changes where a person watches, with rate and time left; else a line for each file that has come.
/// </summary>
internal sealed class FetchReport(Terminal terminal) : IProgress<FetchProgress>
{
    private const int LongestName = 32;

    private readonly Lock _lock = new();
    private int _shown;
    private (string Name, FetchState State) _last;

    public void Report(FetchProgress value)
    {
        lock (_lock)
        {
            var isNews = _last != (value.Name, value.State);
            _last = (value.Name, value.State);
            if (value.State == FetchState.Finished)
                Say($"{value.Name} is here ({Size(value.Done)}).");
            else if (terminal.ErrorIsScreen)
                Show(Line(value));
            else if (isNews && value.State is FetchState.Waiting or FetchState.Retrying)
                Say(Line(value));
        }
    }

    /// <summary>What a person sees while it goes on.</summary>
    public static string Line(FetchProgress value)
    {
        // A line that breaks would not be written over.
        var name = value.Name.Length <= LongestName ? value.Name : $"{value.Name[..(LongestName - 1)]}…";
        var done = value.Total is { } total ? $"{Size(value.Done)} of {Size(total)}" : Size(value.Done);
        return value.State switch
        {
            FetchState.Waiting => $"{name}: another process fetches it; waiting",
            FetchState.Retrying => $"{name}: {done}, the connection broke; trying again",
            FetchState.Checking => $"{name}: {done}, checking",
            _ => $"{name}: {done}{(value.BytesPerSecond > 0 ? $", {Size((long)value.BytesPerSecond)}/s" : "")}"
                + (value.Left is { TotalSeconds: < 360_000 } left ? $", {Times.Clock(Math.Ceiling(left.TotalSeconds))} left" : ""),
        };
    }

    /// <summary>A number of bytes for people.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1000 => string.Create(Times.Culture, $"{bytes} B"),
        < 1_000_000 => string.Create(Times.Culture, $"{bytes / 1e3:0} kB"),
        < 1_000_000_000 => string.Create(Times.Culture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(Times.Culture, $"{bytes / 1e9:0.00} GB"),
    };

    private void Say(string sentence)
    {
        if (_shown > 0)
            terminal.Error.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
        terminal.Report(sentence);
    }

    private void Show(string line)
    {
        line = ShownText.Of(line);
        terminal.Error.Write($"\r{line.PadRight(_shown)}");
        _shown = line.Length;
    }
}
