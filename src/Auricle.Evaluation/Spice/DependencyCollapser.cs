using System.Collections.Frozen;

namespace Auricle.Evaluation;

/// <summary>
/// Makes the graph of collapsed dependencies with conjunctions propagated from a basic tree: prepositions and conjunctions enter the relations'
/// names,
/// members of a conjunction share what stands above them and their subject.
/// </summary>
/// <remarks>After CoreNLP 3.6's Universal Dependencies (version 1), as far as captions need it.</remarks>
internal static class DependencyCollapser
{
    private static readonly FrozenSet<string> TwoWordPrepositions = Set(
        "followed by,out of,next to,outside of,together with,close to,off of,inside of,along with,except for,because of,due to,instead of,such as,away from,ahead of,according to");

    // Of these the first word may stand above the noun instead of beside the preposition.
    private static readonly FrozenSet<string> Climbing = Set("out of,next to,outside of,close to");

    private static readonly FrozenSet<string> ThreeWordPrepositions = Set("in front of,on top of");

    public static SpiceSentence Collapse(IReadOnlyList<SpiceWord> words, IReadOnlyList<SpiceDependency> basic)
    {
        var graph = new DependencyGraph(new SpiceSentence(words, basic));
        for (var position = 1; position < words.Count; position++)
            JoinPreposition(graph, words, position);
        foreach (var edge in graph.Edges().Where(edge => edge.Relation == "conj").OrderBy(edge => edge.Dependent).ToArray())
            Copy(graph, edge);
        foreach (var edge in graph.Edges())
        {
            if (Name(graph, edge) is { } name)
                graph.Replace(edge, edge with { Relation = name });
        }
        Propagate(graph);
        return new SpiceSentence(words, graph.Edges());
    }

    private static FrozenSet<string> Set(string phrases) => phrases.Split(',').ToFrozenSet(StringComparer.Ordinal);

    private static void JoinPreposition(DependencyGraph graph, IReadOnlyList<SpiceWord> words, int position)
    {
        var (first, second, third) = (new SpicePlace(position), new SpicePlace(position + 1), new SpicePlace(position + 2));
        var pair = $"{Text(graph, first)} {Text(graph, second)}";
        if (TwoWordPrepositions.Contains(pair))
        {
            var (upper, lower) = (graph.Above(first)[0], graph.Above(second)[0]);
            if (lower.Relation != "case")
                return;
            var noun = lower.Governor;
            var toNoun = graph.Above(noun)[0];
            if (upper.Governor == noun && upper.Relation is "case" or "advmod")
                Join(graph, noun, first, [second]);
            else if (Climbing.Contains(pair) && toNoun.Governor == first && upper.Relation is "advmod" or "dobj" or "nmod"
                && upper.Governor != SpicePlace.Root)
                Climb(graph, upper, toNoun, first, [second]);
        }
        else if (position + 2 <= words.Count && ThreeWordPrepositions.Contains($"{pair} {Text(graph, third)}"))
        {
            var (preposition, middle, of) = (graph.Above(first)[0], graph.Above(second)[0], graph.Above(third)[0]);
            var toNoun = of.Governor == SpicePlace.Root ? default : graph.Above(of.Governor)[0];
            if (preposition is { Relation: "case" } && preposition.Governor == second && middle.Relation == "nmod" && of.Relation == "case"
                && toNoun.Governor == second)
                Climb(graph, middle, toNoun, first, [second, third]);
        }
    }

    /// <summary>Gives a noun the place of the word above it, which becomes part of the noun's preposition.</summary>
    private static void Climb(DependencyGraph graph, SpiceDependency upper, SpiceDependency toNoun, SpicePlace first, SpicePlace[] others)
    {
        var noun = toNoun.Dependent;
        graph.Replace(toNoun, new SpiceDependency("nmod", upper.Governor, noun));
        Join(graph, noun, first, others);
        foreach (var place in others.Prepend(first))
        {
            foreach (var edge in graph.Below(place).Where(edge => edge.Relation != "mwe").ToArray())
                graph.Replace(edge, edge with { Governor = noun });
        }
    }

    private static void Join(DependencyGraph graph, SpicePlace noun, SpicePlace first, SpicePlace[] others)
    {
        graph.Replace(graph.Above(first)[0], new SpiceDependency("case", noun, first));
        foreach (var place in others)
            graph.Replace(graph.Above(place)[0], new SpiceDependency("mwe", first, place));
    }

    /// <summary>Where prepositions are joined ("into a sink and down a drain", "before and after a shot"), the second belongs to a copy of the
    /// verb.</summary>
    private static void Copy(DependencyGraph graph, SpiceDependency edge)
    {
        var (first, second) = (edge.Governor, edge.Dependent);
        var above = graph.Above(first)[0];
        if (above.Relation == "nmod" && above.Governor != SpicePlace.Root && graph.HasChild(first, "case") && graph.HasChild(second, "case"))
        {
            var copy = NextCopy(graph, above.Governor);
            graph.Replace(edge, new SpiceDependency("nmod", copy, second));
            AddCopy(graph, above.Governor, copy, first, second);
        }
        else if (above.Relation == "case" && graph.Above(above.Governor)[0] is { Relation: "nmod" } toNoun && toNoun.Governor != SpicePlace.Root)
        {
            var copy = NextCopy(graph, toNoun.Governor);
            graph.Add(new SpiceDependency($"nmod:{Text(graph, second)}", copy, toNoun.Dependent));
            graph.Add(new SpiceDependency("conj", toNoun.Governor, copy));
        }
    }

    private static SpicePlace NextCopy(DependencyGraph graph, SpicePlace verb) => new(verb.Position, graph.Copies(verb.Position) + 1);

    private static void AddCopy(DependencyGraph graph, SpicePlace verb, SpicePlace copy, SpicePlace first, SpicePlace second)
    {
        graph.Add(new SpiceDependency("conj", verb, copy));
        var marker = graph.Below(first).LastOrDefault(edge => edge.Relation == "cc" && edge.Dependent < second);
        if (marker.Relation is not null)
            graph.Replace(marker, marker with { Governor = verb });
    }

    /// <summary>The relation's collapsed name, or nothing where it keeps its own.</summary>
    private static string? Name(DependencyGraph graph, SpiceDependency edge)
    {
        if (edge.Relation == "conj")
        {
            var markers = graph.Children(edge.Governor, "cc").ToArray();
            var before = edge.Dependent.Copy > 0 ? markers : [.. markers.Where(place => place < edge.Dependent)];
            if (markers.Length > 0)
                return $"conj:{Text(graph, before.Length > 0 ? before[^1] : markers[0])}";
            return edge.Dependent.Copy > 0 ? "conj:and" : null;
        }
        if (edge.Relation is not ("nmod" or "advcl" or "acl"))
            return null;
        var prepositions = graph.Children(edge.Dependent, "case").ToArray();
        if (prepositions.Length == 0)
            return null;
        var name = string.Join('_', graph.Children(prepositions[^1], "mwe").Prepend(prepositions[^1]).Select(place => Text(graph, place)));
        return edge.Relation == "nmod" && name == "by" && graph.HasChild(edge.Governor, "auxpass") ? "nmod:agent" : $"{edge.Relation}:{name}";
    }

    private static void Propagate(DependencyGraph graph)
    {
        var original = graph.Edges();
        var above = original.ToLookup(edge => edge.Dependent);
        var below = original.ToLookup(edge => edge.Governor);
        foreach (var (_, first, second) in original.Where(edge => edge.Relation.StartsWith("conj", StringComparison.Ordinal))
            .OrderBy(edge => edge.Dependent))
        {
            foreach (var edge in above[first].Where(edge => edge.Governor != SpicePlace.Root && edge.Governor != second))
                AddOnce(graph, edge with { Dependent = second });
            if (!graph.Word(second).Tag.StartsWith('V') || below[second].Any(edge => IsSubject(edge.Relation)))
                continue;
            foreach (var edge in below[first].Where(edge => IsSubject(edge.Relation)))
                AddOnce(graph, edge with { Relation = SubjectOf(edge.Relation, graph.Word(second).Tag, below[second]), Governor = second });
        }
    }

    private static void AddOnce(DependencyGraph graph, SpiceDependency edge)
    {
        if (!graph.Above(edge.Dependent).Contains(edge))
            graph.Add(edge);
    }

    private static string SubjectOf(string relation, string verbTag, IEnumerable<SpiceDependency> belowVerb) => relation switch
    {
        "nsubj" when belowVerb.Any(edge => edge.Relation == "auxpass") => "nsubjpass",
        "nsubjpass" when verbTag is "VB" or "VBZ" or "VBP" => "nsubj",
        _ => relation,
    };

    private static bool IsSubject(string relation) => relation is "nsubj" or "nsubjpass" or "csubj";

    private static string Text(DependencyGraph graph, SpicePlace place) => graph.Word(place).Text.ToLowerInvariant();
}
