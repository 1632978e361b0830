using System.Globalization;
using Auricle.Evaluation;
using Auricle.Testing;

namespace Auricle.Benchmarks;

/// <summary>Times SPICE on as many captions as Clotho's evaluation set has: 1,045 candidates and five references each.</summary>
internal static class SpiceSpeed
{
    private const double JavaSecondsOfCaption = 0.05; // parser of the original, quoted and not timed here
    private const int References = 5;

    public static void Print(int rounds)
    {
        var folder = Path.Combine(
            Fixtures.SharedRoot ?? throw new DirectoryNotFoundException("SPICE is timed on the captions in ../shared, which is not there."), "data");
        var references = Captions(Path.Combine(folder, "clotho-captions", "evaluation_captions.csv")).Chunk(References).ToArray();
        var candidates = Captions(Path.Combine(folder, "clotho-captions", "validation_captions.csv")).Chunk(References)
            .Select(captions => captions[0]).Take(references.Length).ToArray();
        var resources = MeteorResources.Load(Path.Combine(folder, "meteor"));
        var set = new CaptionSet(candidates, references);
        var captions = candidates.Length + references.Sum(list => list.Length);
        var times = new List<Timing>();
        for (var round = 0; round <= rounds; round++)
        {
            var spice = new Spice(resources); // anew, so that no word is known from the round before
            var time = Timing.Of(() => spice.Evaluate(set));
            if (round > 0)
                times.Add(time);
        }
        var seconds = times.Min(time => time.Wall) / 1000;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"SPICE, {captions} captions: best {seconds:f2} s, processor {times.Min(time => time.Processor) / 1000:f2} s, {1000 * seconds / captions:f2} ms a caption, {seconds / captions / JavaSecondsOfCaption:p1} of Java's 50 ms"));
    }

    private static IEnumerable<string> Captions(string path) => File.ReadLines(path).Skip(1).Where(line => line.Length > 0)
        .Select(line => line[(line.LastIndexOf(',') + 1)..]);
}
