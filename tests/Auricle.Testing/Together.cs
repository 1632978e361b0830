using System.Runtime.ExceptionServices;

namespace Auricle.Testing;

/// <summary>Runs work on several threads at the same time.</summary>
public static class Together
{
    /// <summary>What each of some threads gives; all begin when the last is there. A failure on one is the caller's.</summary>
    /// <param name="threads">How many.</param>
    /// <param name="work">The work of a thread by its number.</param>
    public static T[] Run<T>(int threads, Func<int, T> work)
    {
        var results = new T[threads];
        Exception? failure = null;
        using var start = new Barrier(threads);
        var all = Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                results[number] = work(number);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }
        })).ToList();
        all.ForEach(thread => thread.Start());
        all.ForEach(thread => thread.Join());
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        return results;
    }
}
