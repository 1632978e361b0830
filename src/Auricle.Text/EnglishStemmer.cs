using System.Buffers;

namespace Auricle.Text;

/// <summary>The Snowball stemmer for English (Porter2): cuts a lower-case word to the part its inflections share.</summary>
public static class EnglishStemmer
{
    private static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouy");

    // Pairs of a word and its stem.
    private static readonly Dictionary<string, string> Irregular = (
        "skis ski skies sky dying die lying lie tying tie idly idl gently gentl ugly ugli early earli only onli singly singl "
        + "sky sky news news howe howe atlas atlas cosmos cosmos bias bias andes andes").Split(' ').Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);

    private static readonly string[] FinishedAfterPlural = ["inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"];

    private static readonly string[] LongFirstRegions = ["gener", "commun", "arsen"];

    // Longest suffixes first: only the longest one that fits is considered.
    private static readonly (string Suffix, string Stem)[] DerivedSuffixes =
    [
        ("ational", "ate"), ("fulness", "ful"), ("iveness", "ive"), ("ization", "ize"), ("ousness", "ous"), ("biliti", "ble"), ("lessli", "less"), ("tional", "tion"),
        ("alism", "al"), ("aliti", "al"), ("ation", "ate"), ("entli", "ent"), ("fulli", "ful"), ("iviti", "ive"), ("ousli", "ous"), ("abli", "able"), ("alli", "al"),
        ("anci", "ance"), ("ator", "ate"), ("enci", "ence"), ("izer", "ize"), ("bli", "ble"), ("ogi", "og"), ("li", ""),
    ];

    private static readonly (string Suffix, string Stem)[] AdjectiveSuffixes =
    [
        ("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("ative", ""), ("icate", "ic"), ("iciti", "ic"), ("ical", "ic"), ("ness", ""), ("ful", ""),
    ];

    private static readonly string[] LastSuffixes =
    [
        "ement", "able", "ance", "ence", "ible", "ment", "ant", "ate", "ent", "ion", "ism", "iti", "ive", "ize", "ous", "al", "er", "ic",
    ];

    /// <summary>The stem of <paramref name="word"/>; words of one or two letters stay as they are.</summary>
    /// <param name="word">A word in lower case.</param>
    public static string Stem(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (word.Length <= 2)
            return word;
        if (Irregular.TryGetValue(word, out var stem))
            return stem;
        word = MarkConsonantY(word[0] == '\'' ? word[1..] : word);
        var first = FirstRegion(word);
        var second = RegionAfter(word, first);
        word = RemovePlural(RemovePossessive(word));
        if (Array.IndexOf(FinishedAfterPlural, word) < 0)
        {
            word = RemoveParticiple(word, first);
            word = YToI(word);
            word = ReplaceDerived(word, first);
            word = ReplaceAdjective(word, first, second);
            word = RemoveLast(word, second);
            word = RemoveFinalLetter(word, first, second);
        }
        return word.Replace('Y', 'y');
    }

    private static bool IsVowel(char letter) => Vowels.Contains(letter);

    private static bool HasVowel(string word, int end) => word.AsSpan(0, end).ContainsAny(Vowels);

    private static bool Ends(string word, string suffix) => word.EndsWith(suffix, StringComparison.Ordinal);

    /// <summary>Writes a y that sounds as a consonant as Y: at the start and after a vowel.</summary>
    private static string MarkConsonantY(string word)
    {
        var letters = word.ToCharArray();
        for (var i = 0; i < letters.Length; i++)
        {
            if (letters[i] == 'y' && (i == 0 || IsVowel(letters[i - 1])))
                letters[i] = 'Y';
        }
        return new string(letters);
    }

    private static int FirstRegion(string word) =>
        Array.Find(LongFirstRegions, prefix => word.StartsWith(prefix, StringComparison.Ordinal)) is { } start ? start.Length : RegionAfter(word, 0);

    /// <summary>Where the part behind the first consonant that follows a vowel begins.</summary>
    private static int RegionAfter(string word, int start)
    {
        for (var i = start + 1; i < word.Length; i++)
        {
            if (!IsVowel(word[i]) && IsVowel(word[i - 1]))
                return i + 1;
        }
        return word.Length;
    }

    private static bool EndsInShortSyllable(string word)
    {
        var n = word.Length;
        return n == 2
            ? IsVowel(word[0]) && !IsVowel(word[1])
            : n > 2 && !IsVowel(word[n - 3]) && IsVowel(word[n - 2]) && !IsVowel(word[n - 1]) && word[n - 1] is not ('w' or 'x' or 'Y');
    }

    private static string RemovePossessive(string word) =>
        Ends(word, "'s'") ? word[..^3] : Ends(word, "'s") ? word[..^2] : Ends(word, "'") ? word[..^1] : word;

    private static string RemovePlural(string word)
    {
        if (Ends(word, "sses"))
            return word[..^2];
        if (Ends(word, "ied") || Ends(word, "ies"))
            return word.Length > 4 ? word[..^2] : word[..^1];
        if (Ends(word, "us") || Ends(word, "ss"))
            return word;
        return Ends(word, "s") && HasVowel(word, Math.Max(0, word.Length - 2)) ? word[..^1] : word;
    }

    private static string RemoveParticiple(string word, int first)
    {
        foreach (var suffix in new[] { "eedly", "eed" })
        {
            if (Ends(word, suffix))
                return word.Length - suffix.Length >= first ? word[..^(suffix.Length - 2)] : word;
        }
        foreach (var suffix in new[] { "ingly", "edly", "ing", "ed" })
        {
            if (!Ends(word, suffix))
                continue;
            if (!HasVowel(word, word.Length - suffix.Length))
                return word;
            var stem = word[..^suffix.Length];
            if (Ends(stem, "at") || Ends(stem, "bl") || Ends(stem, "iz"))
                return stem + "e";
            if (stem.Length > 1 && stem[^1] == stem[^2] && "bdfgmnprt".Contains(stem[^1]))
                return stem[..^1];
            return first >= stem.Length && EndsInShortSyllable(stem) ? stem + "e" : stem;
        }
        return word;
    }

    private static string YToI(string word) =>
        word.Length > 2 && word[^1] is 'y' or 'Y' && !IsVowel(word[^2]) ? word[..^1] + "i" : word;

    private static string ReplaceDerived(string word, int first)
    {
        foreach (var (suffix, stem) in DerivedSuffixes)
        {
            if (!Ends(word, suffix))
                continue;
            var start = word.Length - suffix.Length;
            var mayReplace = start >= first && suffix switch
            {
                "ogi" => start > 0 && word[start - 1] == 'l',
                "li" => start > 0 && "cdeghkmnrt".Contains(word[start - 1]),
                _ => true,
            };
            return mayReplace ? word[..start] + stem : word;
        }
        return word;
    }

    private static string ReplaceAdjective(string word, int first, int second)
    {
        foreach (var (suffix, stem) in AdjectiveSuffixes)
        {
            if (!Ends(word, suffix))
                continue;
            var start = word.Length - suffix.Length;
            return start >= first && (suffix != "ative" || start >= second) ? word[..start] + stem : word;
        }
        return word;
    }

    private static string RemoveLast(string word, int second)
    {
        foreach (var suffix in LastSuffixes)
        {
            if (!Ends(word, suffix))
                continue;
            var start = word.Length - suffix.Length;
            return start >= second && (suffix != "ion" || (start > 0 && word[start - 1] is 's' or 't')) ? word[..start] : word;
        }
        return word;
    }

    private static string RemoveFinalLetter(string word, int first, int second)
    {
        var last = word.Length - 1;
        if (last < 0)
            return word;
        var mayRemove = word[last] switch
        {
            'e' => last >= second || (last >= first && !EndsInShortSyllable(word[..last])),
            'l' => last >= second && last > 0 && word[last - 1] == 'l',
            _ => false,
        };
        return mayRemove ? word[..last] : word;
    }
}
