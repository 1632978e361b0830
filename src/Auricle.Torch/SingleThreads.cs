using System.Runtime.ExceptionServices;

namespace Auricle.Torch;

/// <summary>Shares work out among threads, which must not share each operation out again.</summary>
public static class SingleThreads
{
    /// <summary>Does pieces of work, as many at once as an operation has threads, each in one thread. The first fault of any ends all and is thrown as it is.</summary>
    /// <param name="count">How many pieces there are.</param>
    /// <param name="work">Does the piece of a number from 0.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Run(int count, Action<int> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var threads = TorchRuntime.Threads;
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken }, () => TorchRuntime.Threads = 1, (i, _, one) =>
            {
                work(i);
                return one;
            }, _ => TorchRuntime.Threads = threads);
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerExceptions.FirstOrDefault(inner => inner is AuricleException) ?? error.InnerExceptions[0]);
        }
    }
}
