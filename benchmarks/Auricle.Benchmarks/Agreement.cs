using Auricle.Audio;
using Auricle.Models.Systems.Conette;
using Auricle.Testing;

namespace Auricle.Benchmarks;

/// <summary>How often bfloat16 gives the caption of float32.</summary>
internal static class Agreement
{
    private const int Rate = 32000;
    private const int ClipSeconds = 4;

    public static void Print(ConetteModel exact, ConetteModel coarse)
    {
        var clips = Directory.GetFiles(Fixtures.Folder("audio"), "*.wav").Order(StringComparer.Ordinal)
            .SelectMany(file => AudioFile.Load(file, Rate).Samples.Chunk(ClipSeconds * Rate))
            .Where(samples => samples.Length == ClipSeconds * Rate)
            .Select(samples => AudioClip.FromSamples(samples, Rate))
            .ToList();
        var same = 0;
        var words = 0;
        var sameWords = 0;
        var difference = 0.0;
        foreach (var clip in clips)
        {
            foreach (var task in exact.Tasks)
            {
                var options = new ConetteOptions { Tasks = [task] };
                var first = exact.Caption([clip], options)[0];
                var second = coarse.Caption([clip], options)[0];
                same += first.Caption == second.Caption ? 1 : 0;
                words += first.Tokens.Count;
                sameWords += first.Tokens.Zip(second.Tokens).TakeWhile(pair => pair.First == pair.Second).Count();
                difference += Math.Abs(first.LogProbability - second.LogProbability);
            }
        }
        var count = clips.Count * exact.Tasks.Count;
        Console.WriteLine($"{count} captions ({clips.Count} clips of {ClipSeconds} s, {exact.Tasks.Count} tasks): {same} identical ({(double)same / count:p0}), "
            + $"{(double)sameWords / words:p0} of the words before the first difference, mean |Δ log-probability| {difference / count:f4}");
    }
}
