using System.Runtime.ExceptionServices;

namespace Auricle.Torch;

/// <summary>Shares work out among threads, which must not share each operation out again.</summary>
public static class SingleThreads
{
    /// <summary>
    /// Does pieces of work, as many at once as an operation has threads, each in one thread. They are begun in their order, so that what neighbours read lies side by
    /// side. The first fault of any ends all and is thrown as it is.
    /// </summary>
    /// <param name="count">How many pieces there are.</param>
    /// <param name="work">Does the piece of a number from 0.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Run(int count, Action<int> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var threads = TorchRuntime.Threads;
        var next = -1;
        try
        {
            Parallel.For(0, Math.Min(threads, count), new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken }, () => TorchRuntime.Threads = 1, (_, state, one) =>
            {
                while (!state.ShouldExitCurrentIteration && !cancellationToken.IsCancellationRequested && Interlocked.Increment(ref next) is var i && i < count)
                    work(i);
                return one;
            }, _ => TorchRuntime.Threads = threads);
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerExceptions.FirstOrDefault(inner => inner is AuricleException) ?? error.InnerExceptions[0]);
        }
        cancellationToken.ThrowIfCancellationRequested();
    }
}
