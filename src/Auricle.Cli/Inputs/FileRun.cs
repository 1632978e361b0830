using Auricle.Cli.Captions;

namespace Auricle.Cli.Inputs;

/// <summary>Takes the outcomes of files as they come: results are written, failures and warnings reported, progress shown.</summary>
internal sealed class FileRun
{
    /// <summary>Files that were read and written.</summary>
    public int Succeeded { get; private set; }

    /// <summary>Files that failed.</summary>
    public int Failed { get; private set; }

    /// <summary>Whether the user ended the run before its last file.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Files that were looked at.</summary>
    public int Done => Succeeded + Failed;

    /// <summary>Goes through files.</summary>
    /// <param name="terminal">Where problems and progress go.</param>
    /// <param name="hasBar">Whether a bar is drawn.</param>
    /// <param name="total">How many files there are.</param>
    /// <param name="outcomes">Starts the work; it is told how to show the share of the file at hand.</param>
    /// <param name="write">Writes a result; it gives a sentence where that sound's own file cannot be written.</param>
    /// <param name="warnings">What should be known about a result.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static FileRun Start<TResult>(
        Terminal terminal, bool hasBar, int total, Func<IProgress<double>, IEnumerable<FileOutcome<TResult>>> outcomes, Func<TResult, string?> write,
        Func<TResult, IReadOnlyList<string>> warnings, CancellationToken cancellationToken)
        where TResult : class
    {
        var run = new FileRun();
        try
        {
            CaptionProgress.Run(terminal, hasBar, total, progress =>
            {
                foreach (var outcome in outcomes(new Shares(share => progress.Show(run.Done + share))))
                {
                    if ((outcome.IsSuccess ? write(outcome.Result) : outcome.Error) is { } problem)
                    {
                        run.Failed++;
                        progress.Report(problem);
                    }
                    else
                    {
                        run.Succeeded++;
                        foreach (var warning in warnings(outcome.Result!))
                            progress.Report($"Warning: {warning}");
                    }
                    progress.Show(run.Done);
                }
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            run.IsInterrupted = true;
        }
        return run;
    }

    // Unlike Progress<T>, which posts to other threads, this keeps the order of what it is told.
    private sealed class Shares(Action<double> show) : IProgress<double>
    {
        public void Report(double value) => show(value);
    }
}
