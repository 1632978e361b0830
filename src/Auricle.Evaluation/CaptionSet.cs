using System.Runtime.InteropServices;
using Auricle.Text;

namespace Auricle.Evaluation;

/// <summary>Clips to score: one candidate and at least one reference each, split into words once for all metrics.</summary>
public sealed class CaptionSet
{
    private readonly Lazy<string[][]> _candidateWords;
    private readonly Lazy<string[][][]> _referenceWords;
    private readonly Lazy<WordIds> _ids;

    /// <summary>Pairs candidates with their references; texts are scored as they are, split at white space.</summary>
    /// <param name="candidates">One caption a clip; may be empty.</param>
    /// <param name="references">At least one caption a clip, in the same clip order.</param>
    /// <exception cref="MetricInputException">The lists differ in length, or a clip has no reference.</exception>
    public CaptionSet(IReadOnlyList<string> candidates, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(references);
        if (candidates.Count != references.Count)
            throw new MetricInputException($"There are {candidates.Count} candidates but {references.Count} lists of references; give one of each for every clip.");
        if (candidates.Count == 0)
            throw new MetricInputException("There is no clip to score; give at least one candidate with its references.");
        for (var clip = 0; clip < references.Count; clip++)
        {
            if (references[clip].Count == 0)
                throw new MetricInputException($"Clip {clip} has no reference caption; give it at least one or leave the clip out.", clip);
        }
        Candidates = candidates;
        References = references;
        _candidateWords = new(() => [.. Candidates.Select(WhiteSpace.Split)]);
        _referenceWords = new(() => [.. References.Select(captions => captions.Select(WhiteSpace.Split).ToArray())]);
        _ids = new(NumberWords);
    }

    /// <summary>The caption to score of each clip.</summary>
    public IReadOnlyList<string> Candidates { get; }

    /// <summary>The reference captions of each clip.</summary>
    public IReadOnlyList<IReadOnlyList<string>> References { get; }

    /// <summary>
    /// The same clips with the second candidate of each, the third and so on, where there are several; all clips have equally many.
    /// </summary>
    public IReadOnlyList<CaptionSet> Alternatives { get; init; } = [];

    /// <summary>The clips' names as the references' file has them, by which their sounds are found; empty for captions in memory.</summary>
    public IReadOnlyList<string> Clips { get; init; } = [];

    /// <summary>Number of clips.</summary>
    public int Count => Candidates.Count;

    /// <summary>The same clips with every text put through a tokenizer, as the metrics' entry points of the reference package do.</summary>
    public CaptionSet Tokenize(MetricTokenizer tokenizer)
    {
        if (tokenizer == MetricTokenizer.None)
            return this;
        var references = new IReadOnlyList<string>[Count];
        Parallel.For(0, Count, clip => references[clip] = [.. References[clip].Select(Retell)]);
        return new CaptionSet(Words(this), references)
        {
            Alternatives = [.. Alternatives.Select(other => new CaptionSet(Words(other), references) { Clips = Clips })],
            Clips = Clips,
        };

        static string[] Words(CaptionSet set) => [.. set.Candidates.AsParallel().AsOrdered().Select(Retell)];

        static string Retell(string text) => string.Join(' ', PtbTokenizer.Tokenize(text));
    }

    internal string[][] CandidateWords => _candidateWords.Value; // [clip][word]

    internal string[][][] ReferenceWords => _referenceWords.Value; // [clip][reference][word]

    internal int[][] CandidateIds => _ids.Value.Candidates; // [clip][word], equal ids for equal words, from 1

    internal int[][][] ReferenceIds => _ids.Value.References; // [clip][reference][word]

    private WordIds NumberWords()
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] Number(string[] words) => Array.ConvertAll(words, word =>
        {
            ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(ids, word, out var isKnown);
            return isKnown ? id : id = ids.Count;
        });
        return new(Array.ConvertAll(CandidateWords, Number), Array.ConvertAll(ReferenceWords, captions => Array.ConvertAll(captions, Number)));
    }

    private sealed record WordIds(int[][] Candidates, int[][][] References);
}
