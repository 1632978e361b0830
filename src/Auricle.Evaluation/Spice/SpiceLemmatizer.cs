using System.Buffers;
using System.Collections.Frozen;

namespace Auricle.Evaluation;

/// <summary>Dictionary forms of inflected English words by rule, for words no table knows; SPICE uses Morpha, whose answers the tables hold.</summary>
internal static class SpiceLemmatizer
{
    private static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouy");

    // Forms of the commonest words, which no dictionary of exceptions lists in full.
    private static readonly FrozenDictionary<string, string> Verbs = Table(
        "am be,is be,are be,was be,were be,been be,being be,'s be,'re be,'m be,has have,had have,'ve have,does do,did do,done do,goes go,went go,gone go");

    private static readonly FrozenDictionary<string, string> Others = Table(
        "an a,me i,my i,him he,his he,her she,them they,their they,us we,our we,your you");

    /// <summary>The lemma of a word by spelling alone.</summary>
    /// <param name="word">The word.</param>
    /// <param name="tag">Its Penn tag.</param>
    public static string Of(string word, string tag)
    {
        var lower = word.ToLowerInvariant();
        return Class(tag) switch
        {
            'V' => Verbs.GetValueOrDefault(lower) ?? Verb(lower),
            'P' or 'D' => Others.GetValueOrDefault(lower, lower),
            'N' when tag.EndsWith('S') && !lower.EndsWith("ing", StringComparison.Ordinal) => Plural(lower),
            _ => lower,
        };
    }

    /// <summary>The class of words whose inflection a tag names: V, N or another letter.</summary>
    public static char Class(string tag) => tag.Length == 0 ? '-' : tag[0];

    private static FrozenDictionary<string, string> Table(string pairs) =>
        pairs.Split(',').Select(pair => pair.Split(' ')).ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    private static string Verb(string word)
    {
        if (word.EndsWith("ing", StringComparison.Ordinal) && HasVowel(word.AsSpan(0, word.Length - 3)))
            return Restore(word[..^3]);
        if (word.EndsWith("ied", StringComparison.Ordinal) && word.Length > 4)
            return $"{word[..^3]}y";
        if (word.EndsWith("ed", StringComparison.Ordinal) && HasVowel(word.AsSpan(0, word.Length - 2)))
            return word.EndsWith("eed", StringComparison.Ordinal) ? word : Restore(word[..^2]);
        return Plural(word);
    }

    private static string Plural(string word)
    {
        if (word.Length < 4 || word[^1] != 's' || word[^2] is 's' or 'u' or '\'')
            return word.EndsWith("men", StringComparison.Ordinal) && word.Length > 3 ? $"{word[..^2]}an" : word;
        if (word.EndsWith("ies", StringComparison.Ordinal) && word.Length > 4)
            return $"{word[..^3]}y";
        foreach (var ending in (ReadOnlySpan<string>)["sses", "shes", "ches", "xes", "zzes"])
        {
            if (word.EndsWith(ending, StringComparison.Ordinal))
                return word[..^2];
        }
        if (word.EndsWith("oes", StringComparison.Ordinal) && word.Length > 5)
            return word[..^2];
        return word[..^1];
    }

    /// <summary>Undoes what a verb's ending did to its last letters.</summary>
    private static string Restore(string stem)
    {
        if (stem.Length < 3)
            return stem is "us" or "ow" or "ag" ? $"{stem}e" : stem;
        var (last, before) = (stem[^1], stem[^2]);
        if (last == before)
            return last is 'l' or 's' or 'z' or 'f' or 'e' or 'o' ? stem : stem[..^1];
        return NeedsE(stem, last, before) ? $"{stem}e" : stem;
    }

    private static bool NeedsE(string stem, char last, char before) => last switch
    {
        'v' or 'c' or 'u' or 'z' or 's' => true,
        'g' => before != 'n' || stem.EndsWith("chang", StringComparison.Ordinal) || stem.EndsWith("rang", StringComparison.Ordinal),
        'l' when !IsVowel(before) => before != 'r',
        _ when IsVowel(last) || last is 'w' or 'x' or 'h' || !IsVowel(before) => false,
        _ when IsVowel(stem[^3]) => stem is "creat" || stem[^3..] is "iat" or "uat" or "uir",
        _ when !HasVowel(stem.AsSpan(0, stem.Length - 2)) => true,
        _ => stem[^2..] is "at" or "ut" or "id" or "od" or "ud" or "ad" or "ed" or "it" or "in" or "ir" or "ok" or "ak" or "ik" or "im" or "um" or "om"
            or "ap" or "ar" or "al",
    };

    private static bool IsVowel(char letter) => Vowels.Contains(letter);

    private static bool HasVowel(ReadOnlySpan<char> text) => text.ContainsAny(Vowels);
}
