using System.Collections.Concurrent;

namespace Auricle.Evaluation;

/// <summary>Numbers of the synonym sets of words, as SPICE compares meanings.</summary>
internal sealed class SpiceSynonyms(MeteorResources resources)
{
    private const int LargestCache = 200_000;

    private readonly ConcurrentDictionary<string, int[]> _known = new(StringComparer.Ordinal);

    /// <summary>A new concept of one word or phrase.</summary>
    public SceneConcept ConceptOf(string text) => new(text, Of(text));

    /// <summary>The sets of a word as it is written and of its dictionary forms; words of a phrase are joined.</summary>
    private int[] Of(string text)
    {
        if (_known.TryGetValue(text, out var known))
            return known;
        var word = text.Replace(' ', '_');
        int[] sets = [.. resources.SynsetsOf(word).Concat(resources.BasesOf(word).SelectMany(resources.SynsetsOf)).Distinct()];
        if (_known.Count < LargestCache)
            _known[text] = sets;
        return sets;
    }
}
