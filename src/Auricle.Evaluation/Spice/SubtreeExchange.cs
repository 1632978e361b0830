using System.Runtime.InteropServices;

namespace Auricle.Evaluation;

/// <summary>
/// Makes new parsed captions to learn from: a phrase of one caption takes the place of a phrase of another that has the same relation to the same
/// kind of word.
/// </summary>
/// <remarks>The parser to imitate is a grammar without context, so a phrase keeps its parse wherever its kind may stand; what comes of it need not
/// make sense.</remarks>
internal sealed class SubtreeExchange
{
    private const int LongestPhrase = 8;
    private const int LongestSentence = 40;
    private const int MostExchanges = 3;

    private readonly Dictionary<Place, List<(TreebankSentence Sentence, Phrase Phrase)>> _phrases = [];

    /// <summary>Takes the captions whose phrases are exchanged.</summary>
    public SubtreeExchange(IEnumerable<TreebankSentence> sentences)
    {
        foreach (var sentence in sentences)
        {
            foreach (var phrase in Phrases(sentence))
            {
                ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(_phrases, PlaceOf(sentence, phrase), out _);
                (list ??= []).Add((sentence, phrase));
            }
        }
    }

    /// <summary>The caption with one to three phrases exchanged; itself where nothing fits.</summary>
    public TreebankSentence Vary(TreebankSentence sentence, SeededRandom random)
    {
        for (var exchanges = 1 + random.NextInt(MostExchanges); exchanges > 0; exchanges--)
        {
            var phrases = Phrases(sentence);
            if (phrases.Count == 0)
                return sentence;
            var phrase = phrases[random.NextInt(phrases.Count)];
            // A caption that was changed before can have a place no caption has.
            if (!_phrases.TryGetValue(PlaceOf(sentence, phrase), out var others))
                return sentence;
            var (other, replacement) = others[random.NextInt(others.Count)];
            if (sentence.Tokens.Count - phrase.Length + replacement.Length > LongestSentence)
                return sentence;
            sentence = Exchange(sentence, phrase, other, replacement);
        }
        return sentence;
    }

    /// <summary>Words whose subtree is a span, less the root's: it is the whole caption.</summary>
    private static List<Phrase> Phrases(TreebankSentence sentence)
    {
        var count = sentence.Tokens.Count;
        int[] first = [.. Enumerable.Range(0, count)];
        int[] last = [.. first];
        var sizes = new int[count];
        for (var word = 0; word < count; word++)
        {
            // Every word counts for all words above it; more steps than words would be a circle.
            var above = word;
            for (var step = 0; step <= count && above >= 0; step++)
            {
                sizes[above]++;
                first[above] = Math.Min(first[above], word);
                last[above] = Math.Max(last[above], word);
                above = sentence.Heads[above] - 1;
            }
        }
        var result = new List<Phrase>();
        for (var word = 0; word < count; word++)
        {
            var phrase = new Phrase(word, first[word], last[word] - first[word] + 1);
            if (sentence.Heads[word] != 0 && phrase.Length == sizes[word] && phrase.Length <= LongestPhrase)
                result.Add(phrase);
        }
        return result;
    }

    private static Place PlaceOf(TreebankSentence sentence, Phrase phrase)
    {
        var head = sentence.Heads[phrase.Word] - 1;
        // The little word that opens a phrase says where the phrase can hang.
        var opening = sentence.Tags[phrase.Start] is "IN" or "TO" or "CC" or "WDT" or "WRB" or "RP"
            ? sentence.Tokens[phrase.Start].ToLowerInvariant() : sentence.Tags[phrase.Start];
        return new(
            sentence.Relations[phrase.Word], sentence.Tags[phrase.Word], sentence.Tags[head], phrase.Word < head, opening, phrase.Length == 1);
    }

    private static TreebankSentence Exchange(TreebankSentence sentence, Phrase phrase, TreebankSentence other, Phrase replacement)
    {
        var (end, growth) = (phrase.Start + phrase.Length, replacement.Length - phrase.Length);
        IReadOnlyList<T> Spliced<T>(IReadOnlyList<T> target, IEnumerable<T> inner) => [.. target.Take(phrase.Start), .. inner, .. target.Skip(end)];
        IReadOnlyList<T> Joined<T>(Func<TreebankSentence, IReadOnlyList<T>> values) =>
            Spliced(values(sentence), values(other).Skip(replacement.Start).Take(replacement.Length));
        // No word outside hangs below the phrase, so heads lie before it or behind it.
        int[] outer = [.. sentence.Heads.Select(head => head > phrase.Start ? head + growth : head)];
        var inside = Enumerable.Range(replacement.Start, replacement.Length).Select(word => word == replacement.Word
            ? outer[phrase.Word] : other.Heads[word] - replacement.Start + phrase.Start);
        return sentence with
        {
            Tokens = Joined(item => item.Tokens),
            Tags = Joined(item => item.Tags),
            Lemmas = Joined(item => item.Lemmas),
            Relations = Joined(item => item.Relations),
            Heads = Spliced(outer, inside),
        };
    }

    /// <summary>A word with all below it: a span, from 0.</summary>
    private readonly record struct Phrase(int Word, int Start, int Length);

    /// <summary>What must agree for phrases to be exchanged.</summary>
    private readonly record struct Place(string Relation, string Tag, string HeadTag, bool StandsBefore, string Opening, bool IsWord);
}
