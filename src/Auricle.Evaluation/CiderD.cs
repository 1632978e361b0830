using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Auricle.Text;

namespace Auricle.Evaluation;

/// <summary>
/// CIDEr-D: agreement of a caption with references in n-grams of one to four words, weighted by how rare they are in a reference corpus. Scores lie in [0, 10].
/// </summary>
/// <remarks>
/// The document frequencies are counted once; then any candidate can be scored against any references, from several threads at a time.
/// Texts are split at white space; run a tokenizer first where captions are raw.
/// </remarks>
public sealed class CiderD
{
    /// <summary>Name of the metric in the reference package.</summary>
    public const string Name = "cider_d";

    private const double Sigma = 6;
    private const double Scale = 10;

    private readonly ConcurrentDictionary<string, int> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<NGram, int> _documentFrequency = [];
    private readonly Lock _growth = new();
    private readonly double _logDocuments;

    /// <summary>Counts document frequencies over a corpus: in how many clips an n-gram stands in at least one reference.</summary>
    /// <param name="corpus">The references of each clip; at least two clips.</param>
    /// <exception cref="MetricInputException">The corpus has fewer than two clips.</exception>
    public CiderD(IReadOnlyList<IReadOnlyList<string>> corpus)
        : this((corpus ?? throw new ArgumentNullException(nameof(corpus))).Count)
    {
        foreach (var captions in corpus)
            CountDocument(captions.Select(WhiteSpace.Split));
    }

    /// <summary>Takes document frequencies that were counted elsewhere.</summary>
    /// <param name="documentFrequency">Clips that hold an n-gram, by n-gram; its words are joined by single blanks. Orders above four are ignored.</param>
    /// <param name="documentCount">Number of clips that were counted; at least two.</param>
    /// <exception cref="MetricInputException"><paramref name="documentCount"/> is below two.</exception>
    public CiderD(IReadOnlyDictionary<string, int> documentFrequency, int documentCount)
        : this(documentCount)
    {
        ArgumentNullException.ThrowIfNull(documentFrequency);
        foreach (var (text, count) in documentFrequency)
        {
            var words = Intern(WhiteSpace.Split(text));
            if (words.Length is > 0 and <= NGram.MaxOrder)
                _documentFrequency[NGram.At(words, 0, words.Length)] = count;
        }
    }

    private CiderD(CaptionSet set)
        : this(set.Count)
    {
        foreach (var captions in set.ReferenceWords)
            CountDocument(captions);
    }

    private CiderD(int documentCount)
    {
        if (documentCount < 2)
            throw new MetricInputException($"CIDEr-D weighs n-grams by the clips that hold them and needs at least 2 clips, but got {documentCount}.");
        DocumentCount = documentCount;
        _logDocuments = Math.Log(documentCount);
    }

    /// <summary>Number of clips the document frequencies come from.</summary>
    public int DocumentCount { get; }

    /// <summary>Scores every clip of a set, with the document frequencies of the set's own references; the corpus score is the mean.</summary>
    /// <exception cref="MetricInputException">The set has fewer than two clips.</exception>
    public static MetricScores Evaluate(CaptionSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var scorer = new CiderD(set);
        var scores = new double[set.Count];
        Parallel.For(0, set.Count, clip => scores[clip] = scorer.Score(set.CandidateWords[clip], scorer.Prepare(set.ReferenceWords[clip])));
        return MetricScores.Mean(Name, scores);
    }

    /// <summary>Weighs the n-grams of some references once, for scoring many candidates against them.</summary>
    /// <exception cref="MetricInputException">There is no reference.</exception>
    public CiderReferences Prepare(IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        return Prepare([.. references.Select(WhiteSpace.Split)]);
    }

    /// <summary>The score of a candidate against references that this scorer prepared.</summary>
    public double Score(string candidate, CiderReferences references)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(references);
        return Score(WhiteSpace.Split(candidate), references);
    }

    /// <summary>The score of a candidate against some references.</summary>
    /// <exception cref="MetricInputException">There is no reference.</exception>
    public double Score(string candidate, IReadOnlyList<string> references) => Score(candidate, Prepare(references));

    /// <summary>The scores of one candidate against several sets of references, for example those of several labels.</summary>
    /// <param name="candidate">The caption to score.</param>
    /// <param name="references">Sets that this scorer prepared.</param>
    /// <returns>Scores in the order of the sets.</returns>
    public double[] Score(string candidate, IReadOnlyList<CiderReferences> references)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(references);
        var vector = Weigh(Look(WhiteSpace.Split(candidate)));
        return [.. references.Select(set => Score(vector, Own(set)))];
    }

    private CiderReferences Prepare(string[][] references)
    {
        if (references.Length == 0)
            throw new MetricInputException("There is no reference caption to score against; give at least one.");
        return new CiderReferences(this, Array.ConvertAll(references, words => new CiderReferences.Reference(Weigh(Intern(words)))));
    }

    private double Score(string[] candidate, CiderReferences references) => Score(Weigh(Look(candidate)), Own(references));

    private CiderReferences Own(CiderReferences references) => references.Owner == this
        ? references
        : throw new ArgumentException("These references were prepared by another scorer, whose word ids and weights differ; prepare them with this one.", nameof(references));

    private static double Score(CiderVector candidate, CiderReferences references)
    {
        // Summed in the reference program's order, so that figures agree to the last bit.
        Span<double> totals = stackalloc double[NGram.MaxOrder];
        Span<double> similarities = stackalloc double[NGram.MaxOrder];
        foreach (var reference in references.Items)
        {
            similarities.Clear();
            foreach (var (gram, weight) in candidate.Grams)
            {
                if (reference.Weights.TryGetValue(gram, out var other))
                    similarities[gram.OrderIndex] += Math.Min(weight, other) * other;
            }
            double difference = candidate.BigramCount - reference.Vector.BigramCount;
            var penalty = Math.Exp(-(difference * difference) / (2 * Sigma * Sigma));
            for (var n = 0; n < NGram.MaxOrder; n++)
            {
                var norms = candidate.Norms[n] * reference.Vector.Norms[n];
                totals[n] += (norms != 0 ? similarities[n] / norms : similarities[n]) * penalty;
            }
        }
        var sum = 0.0;
        foreach (var total in totals)
            sum += total;
        return sum / NGram.MaxOrder / references.Items.Length * Scale;
    }

    private CiderVector Weigh(int[] words)
    {
        var counts = new Dictionary<NGram, int>();
        for (var order = 1; order <= NGram.MaxOrder; order++)
        {
            for (var start = 0; start + order <= words.Length; start++)
                CollectionsMarshal.GetValueRefOrAddDefault(counts, NGram.At(words, start, order), out _)++;
        }
        var grams = new (NGram, double)[counts.Count];
        var norms = new double[NGram.MaxOrder];
        var place = 0;
        foreach (var (gram, count) in counts)
        {
            var weight = count * (_logDocuments - Math.Log(Math.Max(1, _documentFrequency.GetValueOrDefault(gram))));
            norms[gram.OrderIndex] += weight * weight;
            grams[place++] = (gram, weight);
        }
        for (var n = 0; n < norms.Length; n++)
            norms[n] = Math.Sqrt(norms[n]);
        return new CiderVector(grams, norms, Math.Max(0, words.Length - 1));
    }

    private void CountDocument(IEnumerable<string[]> captions)
    {
        var seen = new HashSet<NGram>();
        foreach (var caption in captions)
        {
            var words = Intern(caption);
            for (var order = 1; order <= NGram.MaxOrder; order++)
            {
                for (var start = 0; start + order <= words.Length; start++)
                    seen.Add(NGram.At(words, start, order));
            }
        }
        foreach (var gram in seen)
            CollectionsMarshal.GetValueRefOrAddDefault(_documentFrequency, gram, out _)++;
    }

    private int[] Intern(string[] words) => Array.ConvertAll(words, Intern);

    private int Intern(string word)
    {
        if (_words.TryGetValue(word, out var id))
            return id;
        lock (_growth)
        {
            if (!_words.TryGetValue(word, out id))
                _words[word] = id = _words.Count + 1;
            return id;
        }
    }

    /// <summary>
    /// Word ids of a candidate. Words no reference holds get negative ids that mean nothing outside it, so scoring never grows the table.
    /// </summary>
    private int[] Look(string[] words)
    {
        var ids = new int[words.Length];
        Dictionary<string, int>? strangers = null;
        for (var i = 0; i < words.Length; i++)
        {
            if (_words.TryGetValue(words[i], out ids[i]))
                continue;
            strangers ??= new Dictionary<string, int>(StringComparer.Ordinal);
            strangers.TryAdd(words[i], -1 - strangers.Count);
            ids[i] = strangers[words[i]];
        }
        return ids;
    }
}

/// <summary>Reference captions ready for scoring, made by <see cref="CiderD.Prepare(IReadOnlyList{string})"/>.</summary>
public sealed class CiderReferences
{
    internal CiderReferences(CiderD owner, Reference[] items) => (Owner, Items) = (owner, items);

    /// <summary>Number of reference captions.</summary>
    public int Count => Items.Length;

    internal CiderD Owner { get; }

    internal Reference[] Items { get; }

    internal sealed class Reference(CiderVector vector)
    {
        public CiderVector Vector { get; } = vector;

        public Dictionary<NGram, double> Weights { get; } = vector.Grams.ToDictionary(item => item.Gram, item => item.Weight);
    }
}

/// <summary>A sentence as CIDEr-D sees it.</summary>
/// <param name="Grams">Distinct n-grams in order of first appearance, unigrams first, with their weights.</param>
/// <param name="Norms">Euclidean length of the weights of each order, 1 to 4.</param>
/// <param name="BigramCount">Number of bigrams, which the length penalty goes by.</param>
internal sealed record CiderVector((NGram Gram, double Weight)[] Grams, double[] Norms, int BigramCount);
