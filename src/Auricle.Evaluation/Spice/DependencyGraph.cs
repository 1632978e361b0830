namespace Auricle.Evaluation;

/// <summary>A dependency graph that can be changed; edges below a word come in the order of their words.</summary>
internal sealed class DependencyGraph
{
    private static readonly SpiceWord RootWord = new("ROOT", "ROOT", "ROOT");

    private readonly IReadOnlyList<SpiceWord> _words;
    private readonly Dictionary<SpicePlace, List<SpiceDependency>> _below = [];
    private readonly Dictionary<SpicePlace, List<SpiceDependency>> _above = [];

    public DependencyGraph(SpiceSentence sentence)
    {
        _words = sentence.Words;
        foreach (var edge in sentence.Dependencies)
            Add(edge);
    }

    /// <summary>Places in the graph, in order; a word no edge touches has none.</summary>
    public IReadOnlyList<SpicePlace> Places => [.. _above.Keys.Concat(_below.Keys).Where(place => place != SpicePlace.Root).Distinct().Order()];

    /// <summary>Highest copy of a word, 0 where there is none.</summary>
    public int Copies(int position) => _above.Keys.Where(place => place.Position == position).Select(place => place.Copy).DefaultIfEmpty().Max();

    public static bool IsNounTag(string tag) => tag is "NN" or "NNS" or "NNP" or "NNPS";

    public SpiceWord Word(SpicePlace place) => place.Position == 0 ? RootWord : _words[place.Position - 1];

    public IReadOnlyList<SpiceDependency> Below(SpicePlace place) => _below.TryGetValue(place, out var edges) ? edges : [];

    public IReadOnlyList<SpiceDependency> Above(SpicePlace place) => _above.TryGetValue(place, out var edges) ? edges : [];

    public IEnumerable<SpicePlace> Children(SpicePlace place, string relation) =>
        Below(place).Where(edge => edge.Relation == relation).Select(edge => edge.Dependent);

    public bool HasChild(SpicePlace place, string relation) => Children(place, relation).Any();

    public void Add(SpiceDependency edge)
    {
        Insert(_below, edge.Governor, edge, other => other.Dependent);
        Insert(_above, edge.Dependent, edge, other => other.Governor);
    }

    public void Remove(SpiceDependency edge)
    {
        _below.GetValueOrDefault(edge.Governor)?.Remove(edge);
        _above.GetValueOrDefault(edge.Dependent)?.Remove(edge);
        foreach (var place in new[] { edge.Governor, edge.Dependent })
        {
            if (Below(place).Count == 0)
                _below.Remove(place);
            if (Above(place).Count == 0)
                _above.Remove(place);
        }
    }

    public void Replace(SpiceDependency edge, SpiceDependency other)
    {
        Remove(edge);
        Add(other);
    }

    public IReadOnlyList<SpiceDependency> Edges() => [.. _below.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value)];

    private static void Insert(
        Dictionary<SpicePlace, List<SpiceDependency>> edges, SpicePlace place, SpiceDependency edge, Func<SpiceDependency, SpicePlace> other)
    {
        if (!edges.TryGetValue(place, out var list))
            edges[place] = list = [];
        var index = list.FindIndex(present => other(present) > other(edge));
        list.Insert(index < 0 ? list.Count : index, edge);
    }
}
