using Spectre.Console;

namespace Auricle.Cli;

/// <summary>Where a command writes: results to one writer, everything about the run to the other.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Errors, warnings and progress.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error)
{
    /// <summary>Whether a person sees <see cref="Out"/> directly.</summary>
    public bool OutIsScreen { get; init; }

    /// <summary>Whether a person sees <see cref="Error"/> directly.</summary>
    public bool ErrorIsScreen { get; init; }

    /// <summary>Where answers to questions come from.</summary>
    public TextReader In { get; init; } = TextReader.Null;

    /// <summary>Whether a person can be asked: sees the question, and has a keyboard.</summary>
    public bool CanAsk { get; init; }

    /// <summary>Whether standard input was closed when the process began, so that reading it would wait for ever.</summary>
    public bool InIsClosed { get; init; }

    public static Terminal OfProcess() => new(StandardStreams.Out(), StandardStreams.Error())
    {
        OutIsScreen = !StandardStreams.WasClosed(1) && !Console.IsOutputRedirected,
        ErrorIsScreen = !StandardStreams.WasClosed(2) && !Console.IsErrorRedirected,
        InIsClosed = StandardStreams.WasClosed(0),
        In = StandardStreams.WasClosed(0) ? TextReader.Null : Console.In,
        CanAsk = !StandardStreams.WasClosed(0) && !Console.IsInputRedirected && !StandardStreams.WasClosed(2) && !Console.IsErrorRedirected,
    };

    /// <summary>Writes one sentence about the run, on one line whatever it quotes.</summary>
    public void Report(string sentence) => Error.WriteLine(ShownText.Of(sentence));

    /// <summary>Writes one line of a result for people, whatever it quotes.</summary>
    public void Say(string line) => Out.WriteLine(ShownText.Of(line));

    /// <summary>Writes names and values in two columns.</summary>
    public void WritePairs(IReadOnlyCollection<(string Name, string Value)> pairs)
    {
        var width = pairs.Max(pair => pair.Name.Length) + 2;
        foreach (var (name, value) in pairs)
            Say(name.PadRight(width) + value);
    }

    /// <summary>A console for tables on <see cref="Out"/>; plain text where no person looks.</summary>
    public IAnsiConsole ForTables() => Create(Out, OutIsScreen, InteractionSupport.No);

    /// <summary>A console for progress on <see cref="Error"/>.</summary>
    public IAnsiConsole ForProgress() => Create(Error, ErrorIsScreen, ErrorIsScreen ? InteractionSupport.Yes : InteractionSupport.No);

    private static IAnsiConsole Create(TextWriter writer, bool isScreen, InteractionSupport interaction)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isScreen ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isScreen ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = interaction,
        });
        if (!isScreen)
            console.Profile.Width = 4096;   // a pipe has no width at which lines should break
        return console;
    }
}
