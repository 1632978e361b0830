using System.Diagnostics;
using Auricle.Evaluation.Neural;
using Spectre.Console;

namespace Auricle.Cli.Captions;

/// <summary>Tells how far a run is: a bar where a person watches, else only what must be said.</summary>
internal abstract class CaptionProgress
{
    /// <summary>Runs the work with or without a bar.</summary>
    public static void Run(Terminal terminal, bool hasBar, int total, Action<CaptionProgress> work)
    {
        if (!hasBar)
        {
            work(new Silent(terminal));
            return;
        }
        var console = terminal.ForProgress();
        console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(console, context.AddTask($"0/{total}", maxValue: total))));
    }

    /// <summary>A bar for evaluations that hear many sounds.</summary>
    public static ShowProgress ShowOn(Terminal terminal) => (total, work) => Run(terminal, terminal.ErrorIsScreen, total, progress => work(new Heard(progress)));

    /// <summary>Says one sentence.</summary>
    public abstract void Report(string sentence);

    /// <summary>Says how many files are done, and which share of the next one.</summary>
    public abstract void Show(double done);

    private sealed class Heard(CaptionProgress progress) : IProgress<int>
    {
        public void Report(int value) => progress.Show(value);
    }

    private sealed class Silent(Terminal terminal) : CaptionProgress
    {
        public override void Report(string sentence) => terminal.Report(sentence);

        public override void Show(double done) { }
    }

    private sealed class Bar(IAnsiConsole console, ProgressTask task) : CaptionProgress
    {
        // So that the first files do not promise what the rest cannot keep.
        private static readonly TimeSpan FirstRate = TimeSpan.FromSeconds(2);

        private readonly long _begun = Stopwatch.GetTimestamp();

        // Through the console that draws the bar, which moves the bar out of the way.
        public override void Report(string sentence) => console.WriteLine(ShownText.Of(sentence));

        public override void Show(double done)
        {
            task.Value = done;
            var elapsed = Stopwatch.GetElapsedTime(_begun);
            var rate = elapsed < FirstRate ? "" : string.Create(Times.Culture, $" {done / elapsed.TotalSeconds:0.0}/s");
            task.Description = $"{Math.Floor(done):0}/{task.MaxValue:0}{rate}";
        }
    }
}
