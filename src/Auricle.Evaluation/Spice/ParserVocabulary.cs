using System.Runtime.InteropServices;

namespace Auricle.Evaluation;

/// <summary>Numbers the features of a word: the word itself where training saw it often enough, and its first and last letters.</summary>
internal sealed class ParserVocabulary
{
    /// <summary>The feature of the root that stands before every sentence.</summary>
    public const int Root = 0;

    /// <summary>The feature of a word without an embedding of its own.</summary>
    public const int Unknown = 1;

    private const int Special = 2;
    private const int LongestSuffix = 4;
    private const int LongestPrefix = 3;
    private const char WordMark = '=';
    private const char SuffixMark = '>';
    private const char PrefixMark = '<';

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>Takes the features in their order.</summary>
    public ParserVocabulary(IReadOnlyList<string> features)
    {
        Features = features;
        for (var i = 0; i < features.Count; i++)
            _numbers.TryAdd(features[i], Special + i);
    }

    /// <summary>Features by number, less the two special ones.</summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>Number of features, the two special ones included.</summary>
    public int Count => Special + Features.Count;

    /// <summary>The features that stand often enough in some words.</summary>
    public static ParserVocabulary Of(IEnumerable<string> words, int fewestWords, int fewestAffixes)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, WordMark + word, out _)++;
            foreach (var affix in Affixes(word))
                CollectionsMarshal.GetValueRefOrAddDefault(counts, affix, out _)++;
        }
        return new([.. counts.Where(pair => pair.Value >= (pair.Key[0] == WordMark ? fewestWords : fewestAffixes)).Select(pair => pair.Key)
            .Order(StringComparer.Ordinal)]);
    }

    /// <summary>The word's own feature first, then those of its affixes.</summary>
    public int[] Of(string word)
    {
        var result = new List<int> { _numbers.GetValueOrDefault(WordMark + word, Unknown) };
        foreach (var affix in Affixes(word))
        {
            if (_numbers.TryGetValue(affix, out var number))
                result.Add(number);
        }
        return [.. result];
    }

    /// <summary>Features of a sentence behind those of the root.</summary>
    public int[][] OfSentence(IReadOnlyList<string> words) => [[Root], .. words.Select(Of)];

    private static IEnumerable<string> Affixes(string word)
    {
        for (var length = 1; length <= Math.Min(LongestSuffix, word.Length); length++)
            yield return SuffixMark + word[^length..];
        for (var length = 1; length <= Math.Min(LongestPrefix, word.Length); length++)
            yield return PrefixMark + word[..length];
    }
}
