using Auricle.Evaluation;
using Auricle.Testing;

namespace Auricle.Benchmarks;

/// <summary>
/// Times the caption metrics on the references of Clotho's evaluation split, 1045 clips with five each, and on the same clips ten times over.
/// Candidates are half of a clip's first caption and half of its second, so that they share with the references about what a system's captions do.
/// </summary>
internal static class CaptionMetrics
{
    private const int Times = 10;

    public static void Compare(int rounds)
    {
        var file = Path.Combine(Fixtures.SharedRoot ?? throw new DirectoryNotFoundException("There is no shared folder with Clotho's captions."),
            "data", "clotho-captions", "evaluation_captions.csv");
        var references = CaptionFile.ReadReferences(file).Clips.Select(clip => clip.Captions).ToArray();
        var raw = new CaptionSet([.. references.Select(captions => Mix(captions[0], captions[1]))], references);
        var large = new CaptionSet([.. Repeat(raw.Candidates)], [.. Repeat(raw.References)]);
        var small = raw.Tokenize(MetricTokenizer.Ptb);
        var wide = large.Tokenize(MetricTokenizer.Ptb);
        var data = MeteorResources.Find()
            ?? throw new InvalidOperationException("METEOR needs WordNet 3.0; install it with: apt-get install wordnet-base");
        Meteor? loaded = null;
        var loading = Timing.Of(() => loaded = new Meteor(data())).Processor;
        var meteor = loaded!;
        Console.WriteLine(
            $"{references.Length} clips, {references.Sum(captions => captions.Count)} references, best of {rounds} rounds; "
            + $"METEOR's data once in {loading:f0} ms");
        (string Name, Action<CaptionSet> Run)[] cases =
        [
            ("bleu", set => Bleu.Evaluate(Fresh(set))),
            ("rouge_l", set => RougeL.Evaluate(Fresh(set))),
            ("cider_d", set => CiderD.Evaluate(Fresh(set))),
            ("meteor", set => meteor.Evaluate(Fresh(set))),
        ];
        IReadOnlyList<MetricScores> Scores(CaptionSet set) => [.. Bleu.Evaluate(set), RougeL.Evaluate(set), CiderD.Evaluate(set),
            meteor.Evaluate(set)];
        var (few, many) = (Scores(small), Scores(wide));
        cases =
        [
            ("tokenizer ptb", set => (set == small ? raw : large).Tokenize(MetricTokenizer.Ptb)),
            .. cases,
            ("1000 bootstrap draws", set => Resampling.Intervals(set == small ? few : many)),
        ];
        var times = Timing.InTurn(rounds, [.. cases.SelectMany(item => new[] { () => item.Run(small), () => item.Run(wide) })]);
        var best = times.Select(rows => rows.Min(time => time.Processor)).Chunk(2).Select(pair => (Small: pair[0], Wide: pair[1])).ToArray();
        var total = best.Sum(time => time.Small);
        Console.WriteLine($"{"",-22}   cpu ms    share   {Times} times the clips, for each clip");
        for (var i = 0; i < cases.Length; i++)
            Console.WriteLine($"{cases[i].Name,-22} {best[i].Small,8:f1}  {best[i].Small / total,6:p0} "
                + $"  {best[i].Wide / best[i].Small / Times,6:f2}");
        Console.WriteLine($"{"all",-22} {total,8:f1}  {1,6:p0}   {best.Sum(time => time.Wide) / total / Times,6:f2}");
    }

    // A set keeps its words once they are split; each run splits them anew.
    private static CaptionSet Fresh(CaptionSet set) => new(set.Candidates, set.References);

    private static string Mix(string first, string second)
    {
        var (start, end) = (first.Split(' '), second.Split(' '));
        return string.Join(' ', start.Take(start.Length / 2).Concat(end.Skip(end.Length / 2)));
    }

    private static IEnumerable<T> Repeat<T>(IReadOnlyList<T> items) => Enumerable.Range(0, Times).SelectMany(_ => items);
}
