using System.Diagnostics;

namespace Auricle.Benchmarks;

/// <summary>How long something took, in milliseconds.</summary>
/// <param name="Wall">By the clock.</param>
/// <param name="Processor">By the work of all threads, which does not count what other programs take.</param>
internal readonly record struct Timing(double Wall, double Processor)
{
    /// <summary>Times an action once.</summary>
    public static Timing Of(Action action)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        action();
        var wall = watch.Elapsed.TotalMilliseconds;
        process.Refresh();
        return new(wall, (process.TotalProcessorTime - before).TotalMilliseconds);
    }

    /// <summary>Times actions in turn, so that a busy machine disturbs all alike, after a round that does not count.</summary>
    /// <returns>For each action the times of all rounds.</returns>
    public static Timing[][] InTurn(int rounds, params IReadOnlyList<Action> actions)
    {
        var times = actions.Select(_ => new Timing[rounds]).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < actions.Count; i++)
            {
                var time = Of(actions[i]);
                if (round >= 0)
                    times[i][round] = time;
            }
        }
        return times;
    }
}
