namespace Auricle.Evaluation;

/// <summary>Tags and parses captions as SPICE's own parser would, approximately: several small networks in managed code. Safe for concurrent use.</summary>
public sealed partial class SpiceParser
{
    internal SpiceParser(ParserVocabulary vocabulary, IReadOnlyList<string> tags, IReadOnlyList<string> relations, IReadOnlyList<ParserNetwork> networks) =>
        (Vocabulary, Tags, Relations, Networks) = (vocabulary, tags, relations, networks);

    /// <summary>Number of networks; each gives a parse of its own.</summary>
    public int Members => Networks.Count;

    /// <summary>Penn tags it knows.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Dependency relations it knows.</summary>
    public IReadOnlyList<string> Relations { get; }

    internal ParserVocabulary Vocabulary { get; }

    internal IReadOnlyList<ParserNetwork> Networks { get; }

    /// <summary>Raw parse of some sentences by one member: tag, head and relation indices.</summary>
    internal static ParserTarget[] ParseRaw(IReadOnlyList<int[][]> sentences, IReadOnlyList<ParserNetwork> networks)
    {
        var batches = networks.Select(network => network.Read(sentences)).ToArray();
        var result = new ParserTarget[sentences.Count];
        for (var i = 0; i < sentences.Count; i++)
        {
            var length = sentences[i].Length;
            var scores = Sum2(batches.Select((batch, n) => ParserNetwork.Heads(batch, i)).ToArray());
            var heads = DependencyTree.Best(scores);
            var tags = new int[length - 1];
            var relations = new int[length - 1];
            for (var word = 1; word < length; word++)
            {
                tags[word - 1] = Argmax(batches.Select((batch, n) => networks[n].Tags(batch, i, word)).ToArray());
                relations[word - 1] = Argmax(batches.Select((batch, n) => networks[n].Relations(batch, i, word, heads[word])).ToArray());
            }
            result[i] = new ParserTarget(tags, heads[1..], relations);
        }
        return result;
    }

    private static double[,] Sum2(double[][,] all)
    {
        var n = all[0].GetLength(0);
        var r = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                double p = 0;
                foreach (var a in all) p += Math.Exp(a[i, j]);
                r[i, j] = Math.Log(p / all.Length + 1e-12);
            }
        }
        return r;
    }

    private static int Argmax(double[][] all)
    {
        var best = 0;
        var value = double.NegativeInfinity;
        for (var i = 0; i < all[0].Length; i++)
        {
            var p = all.Sum(a => Math.Exp(a[i]));
            if (p > value) (best, value) = (i, p);
        }
        return best;
    }
}
