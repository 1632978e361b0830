namespace Auricle.Evaluation;

/// <summary>
/// Takes the tuples of a scene graph from a parsed sentence: objects, attributes and relations, as the scene-graph parser of SPICE does.
/// </summary>
/// <remarks>
/// After P. Anderson et al., "SPICE: Semantic Propositional Image Caption Evaluation", ECCV 2016, and the rule-based parser of
/// S. Schuster et al., "Generating Semantically Precise Scene Graphs from Textual Descriptions", VL 2015.
/// </remarks>
internal sealed class SceneGraphTuples
{
    private readonly DependencyGraph _graph;
    private readonly List<string[]> _tuples = [];
    private readonly HashSet<SpicePlace> _inCompounds = [];

    private SceneGraphTuples(DependencyGraph graph) => _graph = graph;

    /// <summary>The tuples of one, two or three lemmas, in the order of the rules; the same one may come more than once.</summary>
    public static IReadOnlyList<string[]> Of(SpiceSentence sentence)
    {
        var graph = new DependencyGraph(sentence);
        SceneGraphEdits.Apply(graph);
        var builder = new SceneGraphTuples(graph);
        builder.Build();
        return builder._tuples;
    }

    private void Build()
    {
        var words = _graph.Places;
        foreach (var place in words)
            AddVerb(place);
        foreach (var place in words)
            AddClause(place);
        foreach (var place in words)
            AddState(place);
        foreach (var place in words)
            AddAttributes(place);
        foreach (var place in words)
            AddNounModifiers(place);
        foreach (var place in words)
            AddPassive(place);
        AddNumbers(words);
        foreach (var place in words)
            AddCompounds(place);
        foreach (var place in words)
        {
            if (IsNoun(place) && !_inCompounds.Contains(place))
                Add(Lemma(place));
        }
    }

    // A subject does something to an object: "a man hits a ball", "a man speaks in a hall".
    private void AddVerb(SpicePlace verb)
    {
        if (_graph.HasChild(verb, "cop"))
            return;
        foreach (var subject in _graph.Children(verb, "nsubj").Where(IsNoun))
            AddObjects(subject, verb);
    }

    // The same where the verb hangs on its subject: "a man hitting a ball".
    private void AddClause(SpicePlace subject)
    {
        foreach (var verb in _graph.Children(subject, "acl").Where(place => Tag(place).StartsWith('V')))
            AddObjects(subject, verb);
    }

    private void AddObjects(SpicePlace subject, SpicePlace verb)
    {
        foreach (var edge in _graph.Below(verb).Where(edge => IsObject(edge.Relation) && IsNoun(edge.Dependent)))
            Add(Lemma(subject), Lemma(edge.Dependent), $"{Predicate(verb)} {Preposition(edge.Relation)}".Trim());
    }

    // A subject without object: "a man speaks", "the door is open", "a bird is in a tree".
    private void AddState(SpicePlace state)
    {
        if (!_graph.HasChild(state, "cop") && _graph.Below(state).Any(edge => IsObject(edge.Relation) && IsNoun(edge.Dependent)))
            return;
        foreach (var subject in _graph.Children(state, "nsubj").Where(IsNoun))
        {
            var markers = _graph.Children(state, "case").ToArray();
            if (markers.Length > 0)
                Add(Lemma(subject), Lemma(state), string.Join(' ', _graph.Children(markers[0], "mwe").Select(Lemma).Prepend(Lemma(markers[0]))));
            else if (Lemma(state) != "be")
                Add(Lemma(subject), Lemma(state));
        }
    }

    private void AddAttributes(SpicePlace place)
    {
        foreach (var attribute in _graph.Children(place, "amod"))
            Add(Lemma(place), Lemma(attribute));
        if (!Tag(place).StartsWith('J'))
            return;
        foreach (var subject in _graph.Children(place, "nsubj"))
            Add(Lemma(subject), Lemma(place));
    }

    private void AddNounModifiers(SpicePlace place)
    {
        if (!IsNoun(place))
            return;
        foreach (var edge in _graph.Below(place))
        {
            if (edge.Relation == "nmod:poss" && IsNoun(edge.Dependent))
                Add(Lemma(edge.Dependent), Lemma(place), "have");
            else if (Preposition(edge.Relation) is { Length: > 0 } preposition)
                Add(Lemma(place), Lemma(edge.Dependent), preposition);
        }
    }

    private void AddPassive(SpicePlace verb)
    {
        if (!Tag(verb).StartsWith('V'))
            return;
        foreach (var agent in _graph.Children(verb, "nmod:agent").Where(IsNoun))
        {
            foreach (var patient in _graph.Children(verb, "nsubjpass").Where(IsNoun))
                Add(Lemma(agent), Lemma(patient), Predicate(verb));
        }
    }

    private void AddCompounds(SpicePlace place)
    {
        if (!IsNoun(place))
            return;
        foreach (var part in _graph.Children(place, "compound").Where(IsNoun))
        {
            Add(Lemma(place), Lemma(part));
            _inCompounds.Add(place);
            _inCompounds.Add(part);
        }
    }

    private void AddNumbers(IReadOnlyList<SpicePlace> words)
    {
        foreach (var verb in words)
        {
            if (PluralSubject(verb) is { } subject && PluralObject(verb) is { } target)
            {
                AddNumber(subject);
                AddNumber(target);
            }
        }
        foreach (var word in words.Where(IsPlural))
        {
            var above = _graph.Above(word).ToArray();
            var isRoot = above.Any(edge => edge.Governor == SpicePlace.Root);
            var verbs = above.Where(edge => edge.Relation == "nsubj").Select(edge => edge.Governor).ToArray();
            if (isRoot || verbs.Any(verb => PluralObject(verb) is null))
                AddNumber(word);
            var governors = above.Where(edge => IsPluralObjectRelation(edge.Relation) || edge.Relation.StartsWith("nmod", StringComparison.Ordinal));
            if (!isRoot && verbs.Length == 0 && !governors.Any(edge => PluralSubject(edge.Governor) is not null))
                AddNumber(word);
        }
    }

    private SpicePlace? PluralSubject(SpicePlace verb) => First(_graph.Children(verb, "nsubj"));

    private SpicePlace? PluralObject(SpicePlace verb) => First(_graph.Below(verb)
        .Where(edge => IsPluralObjectRelation(edge.Relation)
            || (edge.Relation.StartsWith("nmod:", StringComparison.Ordinal) && edge.Relation != "nmod:agent"
                && _graph.HasChild(edge.Dependent, "case")))
        .Select(edge => edge.Dependent));

    private SpicePlace? First(IEnumerable<SpicePlace> places)
    {
        foreach (var place in places.Where(IsPlural))
            return place;
        return null;
    }

    private static bool IsPluralObjectRelation(string relation) => relation.Length == 4 && relation.EndsWith("obj", StringComparison.Ordinal);

    private void AddNumber(SpicePlace word)
    {
        var numbers = _graph.Children(word, "nummod").ToArray();
        var before = numbers.Where(number => number < word).ToArray();
        if (before.Length > 0)
            Add(Lemma(word), Lemma(before[0]));
        else if (numbers.Length == 0 && _graph.Children(word, "qmod").FirstOrDefault() is { Position: > 0 } quantity)
            Add(Lemma(word), Lemma(quantity));
    }

    private string Predicate(SpicePlace verb)
    {
        foreach (var particle in _graph.Children(verb, "compound:prt"))
            return $"{(Lemma(verb) is var lemma && lemma == "be" ? "" : lemma)} {_graph.Word(particle).Text.ToLowerInvariant()}".Trim();
        return Lemma(verb);
    }

    private static bool IsObject(string relation) => relation is "iobj" or "dobj" || relation.StartsWith("nmod:", StringComparison.Ordinal);

    /// <summary>The preposition a relation names, with blanks, or nothing.</summary>
    private static string Preposition(string relation) =>
        relation.StartsWith("nmod:", StringComparison.Ordinal) && relation is not ("nmod:poss" or "nmod:agent") ? relation[5..].Replace('_', ' ')
            : "";

    private bool IsNoun(SpicePlace place) => DependencyGraph.IsNounTag(Tag(place));

    private bool IsPlural(SpicePlace place) => Tag(place) is "NNS" or "NNPS";

    private string Tag(SpicePlace place) => _graph.Word(place).Tag;

    private string Lemma(SpicePlace place) => _graph.Word(place).Lemma.Trim().ToLowerInvariant();

    private void Add(params string[] tuple) => _tuples.Add(tuple);
}
