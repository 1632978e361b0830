using System.Collections.Frozen;

namespace Auricle.Evaluation;

/// <summary>Changes a dependency graph before tuples are taken: quantities stand below what they count, pronouns give way to their nouns.</summary>
internal static class SceneGraphEdits
{
    private static readonly FrozenSet<string> Amounts = Set(
        "lot assortment number couple bunch handful litany sheaf slew dozen series variety multitude wad clutch wave mountain array spate string ton range plethora heap sort form kind type version bit pair triple total");

    private static readonly FrozenSet<string> Multitudes = Set(
        "lots many several plenty tons dozens multitudes mountains loads pairs tens hundreds thousands millions billions trillions");

    private static readonly FrozenSet<string> Counts = Set(
        "some all both neither everyone nobody one two three four five six seven eight nine ten hundred thousand million billion trillion");

    private static readonly FrozenSet<string> SingularPronouns = Set(
        "i me myself mine my yourself he him himself his she her herself hers it itself its one oneself one's");

    public static void Apply(DependencyGraph graph)
    {
        foreach (var place in graph.Places)
            LowerQuantity(graph, place);
        foreach (var place in graph.Places)
            ResolvePronoun(graph, place);
    }

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static void LowerQuantity(DependencyGraph graph, SpicePlace quantity)
    {
        var word = graph.Word(quantity).Text.ToLowerInvariant();
        var isAmount = Amounts.Contains(word) && graph.Children(quantity, "det").Any(place => graph.Word(place).Text is "a" or "an" or "A" or "An");
        var isMultitude = Multitudes.Contains(word)
            || (word.Length > 1 && word[^1] == 's' && word.AsSpan(0, word.Length - 1).IndexOfAnyExceptInRange('0', '9') < 0);
        var isCount = Counts.Contains(word) || word.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;
        if (!isAmount && !isMultitude && !isCount)
            return;
        foreach (var edge in graph.Below(quantity))
        {
            if (!edge.Relation.StartsWith("nmod", StringComparison.Ordinal)
                || !TryOf(graph, quantity, edge.Dependent, !isAmount && !isMultitude, out var marker))
                continue;
            Lower(graph, quantity, edge, marker, isAmount);
            return;
        }
    }

    private static bool TryOf(DependencyGraph graph, SpicePlace quantity, SpicePlace counted, bool needsDeterminer, out SpicePlace marker)
    {
        marker = default;
        var tag = graph.Word(counted).Tag;
        var isNoun = tag.StartsWith("NN", StringComparison.Ordinal);
        if (!isNoun && !tag.StartsWith("PRP", StringComparison.Ordinal))
            return false;
        foreach (var place in graph.Children(counted, "case"))
        {
            if (place.Position != quantity.Position + 1 || !graph.Word(place).Text.Equals("of", StringComparison.OrdinalIgnoreCase))
                continue;
            marker = place;
            return !needsDeterminer || !isNoun || graph.Children(counted, "det").Any(determiner => determiner.Position == place.Position + 1);
        }
        return false;
    }

    private static void Lower(DependencyGraph graph, SpicePlace quantity, SpiceDependency toCounted, SpicePlace marker, bool isAmount)
    {
        var counted = toCounted.Dependent;
        var members = graph.Below(quantity)
            .Where(edge => edge.Dependent < quantity && (!isAmount || edge.Relation is "det" or "amod"))
            .Select(edge => edge.Dependent).Append(quantity).Append(marker).Distinct().Order().ToArray();
        graph.Remove(toCounted);
        var above = graph.Above(quantity)[0]; // further edges from shared structures are lost, as in the original
        graph.Replace(above, above with { Dependent = counted });
        foreach (var edge in members.SelectMany(graph.Above).ToArray())
            graph.Remove(edge);
        graph.Add(new SpiceDependency("qmod", counted, members[0]));
        foreach (var member in members.Skip(1))
            graph.Add(new SpiceDependency("mwe", members[0], member));
    }

    private static void ResolvePronoun(DependencyGraph graph, SpicePlace pronoun)
    {
        var word = graph.Word(pronoun);
        if (!word.Tag.StartsWith("PRP", StringComparison.Ordinal) || pronoun.Position == 1 || graph.Above(pronoun)
            .All(edge => edge.Governor == SpicePlace.Root))
            return;
        if (FirstNoun(graph, SingularPronouns.Contains(word.Text.ToLowerInvariant())) is not { } antecedent || antecedent >= pronoun)
            return;
        foreach (var edge in graph.Above(pronoun).ToArray())
            graph.Replace(edge, edge with { Dependent = antecedent });
        foreach (var edge in graph.Below(pronoun).ToArray())
            graph.Replace(edge, edge with { Governor = antecedent });
    }

    private static SpicePlace? FirstNoun(DependencyGraph graph, bool isSingular)
    {
        var seen = new HashSet<SpicePlace>();
        var open = new Queue<SpicePlace>(graph.Below(SpicePlace.Root).Select(edge => edge.Dependent));
        while (open.TryDequeue(out var place))
        {
            if (!seen.Add(place))
                continue;
            var tag = graph.Word(place).Tag;
            if (isSingular ? tag is "NN" or "NNP" : DependencyGraph.IsNounTag(tag))
                return place;
            foreach (var edge in graph.Below(place))
                open.Enqueue(edge.Dependent);
        }
        return null;
    }
}
