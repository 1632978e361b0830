using System.Runtime.InteropServices;
using Auricle.Cli;

var terminal = Terminal.OfProcess();
// Nothing else may speak for the process, also not about a thread of its own.
AppDomain.CurrentDomain.UnhandledException += (_, fault) =>
{
    CommandLine.ReportUnforeseen(terminal, fault.ExceptionObject);
    Environment.Exit(ExitCode.Unforeseen);
};
using var interruption = new CancellationTokenSource();
// The first signal lets the row in work be finished; the second ends the process as it would without a handler.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
return await CommandLine.RunAsync(args, terminal, interruption.Token).ConfigureAwait(false);

void Interrupt(PosixSignalContext context)
{
    context.Cancel = !interruption.IsCancellationRequested;
    interruption.Cancel();
}
