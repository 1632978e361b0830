using System.Collections.Concurrent;

namespace Auricle.Evaluation;

/// <summary>
/// Tags and parses captions much as the parser of SPICE does, in managed code and without Java. Several small networks give a parse each; safe for
/// concurrent use.
/// </summary>
/// <remarks>Parses agree with the original's in most words, not in all: scores made from them are approximate.</remarks>
public sealed partial class SpiceParser
{
    /// <summary>Longer sentences are read in parts of this many words, so that time grows with their length and not with its cube.</summary>
    private const int LongestPart = 60;

    private const string RootRelation = "root";

    private static readonly Lazy<SpiceParser> Shipped = new(() =>
    {
        using var file = typeof(SpiceParser).Assembly.GetManifestResourceStream("spice-parser.bin")!;
        return Read(file);
    });

    private readonly ConcurrentDictionary<string, int[]> _features = new(StringComparer.Ordinal);

    internal SpiceParser(
        ParserVocabulary vocabulary, IReadOnlyList<string> tags, IReadOnlyList<string> relations, IReadOnlyDictionary<string, string> lemmas,
            IReadOnlyList<ParserNetwork> networks) =>
        (Vocabulary, Tags, Relations, Lemmas, Networks) = (vocabulary, tags, relations, lemmas, networks);

    /// <summary>The parser that comes with Auricle; its card is in <c>models/spice-parser</c>.</summary>
    public static SpiceParser Default => Shipped.Value;

    /// <summary>Number of networks; each gives a parse of its own.</summary>
    public int Members => Networks.Count;

    /// <summary>Penn tags it knows.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Basic dependency relations it knows.</summary>
    public IReadOnlyList<string> Relations { get; }

    internal ParserVocabulary Vocabulary { get; }

    internal IReadOnlyDictionary<string, string> Lemmas { get; }

    internal IReadOnlyList<ParserNetwork> Networks { get; }

    /// <summary>Parses sentences with all networks together.</summary>
    /// <param name="sentences">Tokens of each sentence.</param>
    public IReadOnlyList<ParsedSentence> Parse(IReadOnlyList<IReadOnlyList<string>> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        return [.. Parse(sentences, [[.. Enumerable.Range(0, Members)]]).Select(parses => parses[0])];
    }

    /// <summary>Parses sentences with every network alone.</summary>
    /// <returns>For each sentence a parse of each network.</returns>
    internal IReadOnlyList<IReadOnlyList<ParsedSentence>> ParseEach(IReadOnlyList<IReadOnlyList<string>> sentences) =>
        Parse(sentences, [.. Enumerable.Range(0, Members).Select(member => new[] { member })]);

    /// <summary>Parses sentences with groups of networks that agree on a tree each.</summary>
    private IReadOnlyList<ParsedSentence>[] Parse(IReadOnlyList<IReadOnlyList<string>> sentences, int[][] groups)
    {
        var parts = sentences.SelectMany((tokens, index) => tokens.Chunk(LongestPart).Select(words => (index, words))).ToArray();
        var order = Enumerable.Range(0, parts.Length).OrderByDescending(i => parts[i].words.Length).ToArray();
        var features = Array.ConvertAll(order, i => (int[][])[[ParserVocabulary.Root], .. parts[i].words.Select(FeaturesOf)]);
        var batches = Networks.Select(network => network.Read(features)).ToArray();
        var parses = new ParsedSentence[parts.Length][];
        for (var i = 0; i < order.Length; i++)
            parses[order[i]] = ParsePart(batches, i, parts[order[i]].words, groups);
        var ofSentence = parts.Zip(parses).ToLookup(pair => pair.First.index, pair => pair.Second);
        return [.. sentences.Select((tokens, index) => Join(tokens, [.. ofSentence[index]], groups.Length))];
    }

    private int[] FeaturesOf(string word) => _features.TryGetValue(word, out var known) ? known : Remember(word);

    private int[] Remember(string word)
    {
        const int LargestCache = 100_000;
        var features = Vocabulary.Of(word);
        if (_features.Count < LargestCache)
            _features[word] = features;
        return features;
    }

    private ParsedSentence[] ParsePart(ParserBatch[] batches, int index, string[] words, int[][] groups)
    {
        var heads = Array.ConvertAll(batches, batch => ParserNetwork.Heads(batch, index));
        return Array.ConvertAll(groups, members =>
        {
            var tree = DependencyTree.Best(members.Length == 1 ? heads[members[0]] : Average(Array.ConvertAll(members, member => heads[member])));
            var tags = new string[words.Length];
            var relations = new string[words.Length];
            for (var word = 1; word <= words.Length; word++)
            {
                tags[word - 1] = Tags[Best(members.Select(member => Networks[member].Tags(batches[member], index, word)))];
                // Whatever the networks say: the rules that follow count on no other relation at the root.
                relations[word - 1] = tree[word] == 0
                    ? RootRelation
                    : Relations[Best(members.Select(member => Networks[member].Relations(batches[member], index, word, tree[word])))];
            }
            return new ParsedSentence(words, tags, tree[1..], relations);
        });
    }

    /// <summary>Puts the parts of a sentence that was too long side by side.</summary>
    private static ParsedSentence[] Join(IReadOnlyList<string> tokens, ParsedSentence[][] parts, int count)
    {
        if (parts.Length == 1)
            return parts[0];
        return [.. Enumerable.Range(0, count).Select(parse =>
        {
            var offset = 0;
            var heads = new List<int>(tokens.Count);
            foreach (var part in parts)
            {
                heads.AddRange(part[parse].Heads.Select(head => head == 0 ? 0 : head + offset));
                offset += part[parse].Heads.Count;
            }
            return new ParsedSentence(
                tokens, [.. parts.SelectMany(part => part[parse].Tags)], heads, [.. parts.SelectMany(part => part[parse].Relations)]);
        })];
    }

    private static double[,] Average(double[][,] logarithms)
    {
        var length = logarithms[0].GetLength(0);
        var result = new double[length, length];
        for (var word = 0; word < length; word++)
        {
            for (var head = 0; head < length; head++)
            {
                var sum = 0.0;
                foreach (var member in logarithms)
                    sum += Math.Exp(member[word, head]);
                result[word, head] = Math.Log(sum / logarithms.Length);
            }
        }
        return result;
    }

    private static int Best(IEnumerable<double[]> logarithms)
    {
        double[]? sums = null;
        foreach (var member in logarithms)
        {
            sums ??= new double[member.Length];
            for (var i = 0; i < sums.Length; i++)
                sums[i] += Math.Exp(member[i]);
        }
        return Array.IndexOf(sums!, sums!.Max());
    }
}
