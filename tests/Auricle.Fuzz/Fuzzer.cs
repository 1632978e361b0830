using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Auricle.Fuzz;

/// <summary>Runs one target on one input after the other, and keeps each input that breaks a promise, once for each place.</summary>
/// <param name="target">What is tried.</param>
/// <param name="folder">Where inputs that break something are kept.</param>
internal sealed partial class Fuzzer(FuzzTarget target, string folder)
{
    private const int MemoryFactor = 10;
    private const int MostSeconds = 20;
    private readonly HashSet<string> _findings = [];

    public int Findings => _findings.Count;

    /// <summary>Tries variations of the seeds.</summary>
    /// <param name="seconds">For how long.</param>
    /// <param name="seed">Which variations.</param>
    /// <returns>How many inputs were tried.</returns>
    public long Run(double seconds, int seed)
    {
        var seeds = target.Seeds().ToList();
        var mutation = new Mutation(new Random(seed));
        // Before it is tried, an input lies on the disk: what takes the whole process down would be lost otherwise.
        var current = Path.Combine(folder, $"{target.Name}-current");
        var begun = Stopwatch.GetTimestamp();
        long count = 0;
        foreach (var input in seeds)
            Try(input);
        while (Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds)
        {
            var input = mutation.Next(seeds);
            File.WriteAllBytes(current, input);
            Try(input);
            count++;
        }
        File.Delete(current);
        return count;
    }

    /// <summary>Tries one input.</summary>
    /// <returns>Whether all promises were kept.</returns>
    public bool Try(byte[] input)
    {
        var begun = Stopwatch.GetTimestamp();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
        }
        catch (Exception error) when (!target.IsRefusal(error))
        {
            return Keep(input, $"{error.GetType().Name}-{PlaceOf(error)}", error.ToString());
        }
        catch (Exception error)
        {
            if (error.Message.Contains('\n', StringComparison.Ordinal))
                return Keep(input, $"LINES-{PlaceOf(error)}", error.Message);
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > MemoryFactor * (long)input.Length + target.Allowance)
            return Keep(input, "ALLOC", string.Create(CultureInfo.InvariantCulture, $"{allocated} bytes of memory for {input.Length}"));
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        return seconds < MostSeconds || Keep(input, "TIME", string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s for {input.Length} bytes"));
    }

    private bool Keep(byte[] input, string finding, string text)
    {
        if (!_findings.Add(finding))
            return false;
        var file = Path.Combine(folder, $"{target.Name}-{finding}");
        File.WriteAllBytes(file, input);
        Console.WriteLine($"{target.Name}: {finding}, kept in {file}");
        Console.WriteLine(text);
        return false;
    }

    /// <summary>The first method of ours in the trace.</summary>
    private static string PlaceOf(Exception error) =>
        Place.Match(error.StackTrace ?? "") is { Success: true } place ? Unfit.Replace(place.Groups[1].Value, "-") : "nowhere";

    [GeneratedRegex(@"at Auricle\.(?!Fuzz)[\w.]*?([\w<>]+\.[\w<>.]+)\(")]
    private static partial Regex Place { get; }

    [GeneratedRegex(@"[^\w.]+")]
    private static partial Regex Unfit { get; }
}
