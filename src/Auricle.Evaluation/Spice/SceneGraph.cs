namespace Auricle.Evaluation;

/// <summary>Words with one meaning: they share a spelling or a synonym set with what they are compared with.</summary>
internal sealed class SceneConcept
{
    private readonly HashSet<string> _words;
    private readonly HashSet<int> _synsets;

    public SceneConcept(string text, IEnumerable<int> synsets)
    {
        _words = new(StringComparer.Ordinal) { text };
        _synsets = [.. synsets];
    }

    public IReadOnlyCollection<string> Words => _words;

    public IReadOnlyCollection<int> Synsets => _synsets;

    public bool IsSimilar(SceneConcept other) => _words.Overlaps(other._words) || _synsets.Overlaps(other._synsets);

    public bool IsEqual(SceneConcept other) => _words.SetEquals(other._words) && _synsets.SetEquals(other._synsets);

    /// <summary>1 for a shared word, else the share of synonym sets both have.</summary>
    public double Similarity(SceneConcept other)
    {
        if (_words.Overlaps(other._words))
            return 1;
        var shared = _synsets.Count(other._synsets.Contains);
        return shared == 0 ? 0 : (double)shared / (_synsets.Count + other._synsets.Count - shared);
    }

    public void Absorb(SceneConcept other)
    {
        _words.UnionWith(other._words);
        _synsets.UnionWith(other._synsets);
    }
}

/// <summary>A scene graph of one or more captions: objects with attributes, and relations between them, like ones merged.</summary>
internal sealed class SceneGraph(SpiceSynonyms synonyms)
{
    private readonly List<SceneNode> _nodes = [];
    private readonly Dictionary<string, List<SceneNode>> _byWord = new(StringComparer.Ordinal);
    private readonly Dictionary<int, List<SceneNode>> _bySynset = [];
    private readonly Dictionary<(SceneNode Subject, SceneNode Target), List<SceneConcept>> _relations = [];

    /// <summary>Tuples of the graph; each is one, two or three concepts.</summary>
    public IReadOnlyList<SceneConcept[]> Tuples =>
    [
        .. _nodes.Select(node => new[] { node.Concept }),
        .. _nodes.SelectMany(node => node.Attributes.Select(attribute => new[] { node.Concept, attribute })),
        .. _relations.SelectMany(pair => pair.Value.Select(concept => new[] { pair.Key.Subject.Concept, concept, pair.Key.Target.Concept })),
    ];

    /// <summary>Adds a tuple of a caption: an object; an object and an attribute; or a subject, a target and their relation.</summary>
    public void Add(IReadOnlyList<string> tuple)
    {
        var subject = Node(tuple[0]);
        if (tuple.Count == 2)
        {
            Merge(subject.Attributes, tuple[1]);
        }
        else if (tuple.Count == 3)
        {
            var target = Node(tuple[1]);
            if (!_relations.TryGetValue((subject, target), out var between))
                _relations[(subject, target)] = between = [];
            Merge(between, tuple[2].StartsWith("be ", StringComparison.Ordinal) ? tuple[2][3..] : tuple[2]);
        }
    }

    private SceneNode Node(string text)
    {
        var concept = synonyms.ConceptOf(text);
        SceneNode? best = null;
        var bestSimilarity = 0.0;
        // Only nodes with a common word or set can be like it; of equally like ones the oldest counts.
        foreach (var node in Related(concept))
        {
            if (node.Concept.IsEqual(concept))
                return node;
            var similarity = node.Concept.Similarity(concept);
            if (similarity > bestSimilarity)
                (best, bestSimilarity) = (node, similarity);
        }
        if (best is null)
            _nodes.Add(best = new SceneNode(_nodes.Count, concept));
        else
            best.Concept.Absorb(concept);
        foreach (var word in concept.Words)
            Register(_byWord, word, best);
        foreach (var synset in concept.Synsets)
            Register(_bySynset, synset, best);
        return best;
    }

    private IEnumerable<SceneNode> Related(SceneConcept concept) => concept.Words.SelectMany(word => _byWord.GetValueOrDefault(word, []))
        .Concat(concept.Synsets.SelectMany(synset => _bySynset.GetValueOrDefault(synset, [])))
        .Distinct().OrderBy(node => node.Number);

    private static void Register<T>(Dictionary<T, List<SceneNode>> index, T key, SceneNode node) where T : notnull
    {
        if (!index.TryGetValue(key, out var nodes))
            index[key] = nodes = [];
        if (!nodes.Contains(node))
            nodes.Add(node);
    }

    private void Merge(List<SceneConcept> concepts, string text)
    {
        var concept = synonyms.ConceptOf(text);
        if (concepts.Exists(present => present.IsEqual(concept)))
            return;
        if (concepts.Find(present => present.IsSimilar(concept)) is { } similar)
            similar.Absorb(concept);
        else
            concepts.Add(concept);
    }

    private sealed class SceneNode(int number, SceneConcept concept)
    {
        public int Number { get; } = number;

        public SceneConcept Concept { get; } = concept;

        public List<SceneConcept> Attributes { get; } = [];
    }
}
