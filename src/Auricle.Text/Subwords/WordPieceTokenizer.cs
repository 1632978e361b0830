using System.Text;

namespace Auricle.Text.Subwords;

/// <summary>
/// BERT's tokenizer: text is cleaned and split at white space and punctuation, then each word into the longest pieces that
/// the vocabulary has, from the left. A word with a part that the vocabulary lacks is unknown as a whole.
/// </summary>
/// <remarks>Without <see cref="WordPieceOptions.StripAccents"/> texts are taken as they are and should be in composed form (NFC).</remarks>
public sealed class WordPieceTokenizer : SubwordTokenizer
{
    private readonly WordPieceOptions _options;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _beginnings;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _continuations;
    private readonly int _longest;

    /// <summary>Makes a tokenizer from its parts; <see cref="SubwordTokenizer.Load"/> reads them from files.</summary>
    /// <param name="vocabulary">The pieces.</param>
    /// <param name="template">What is put around texts.</param>
    /// <param name="options">How text is cleaned.</param>
    /// <param name="added">The tokens recognised in raw text; those of the template where it is <see langword="null"/>.</param>
    /// <param name="path">Where it came from, for error messages.</param>
    /// <exception cref="TokenizerFileException">The vocabulary lacks a token of the template, or there is no unknown token.</exception>
    public WordPieceTokenizer(
        SubwordVocabulary vocabulary, SubwordTemplate template, WordPieceOptions? options = null,
        IReadOnlyList<AddedToken>? added = null, string path = "memory")
        : base(path, vocabulary, template, added)
    {
        if (UnknownId is null)
            throw new TokenizerFileException(path, "it has no token for unknown words; fetch the tokenizer's files again.");
        _options = options ?? new WordPieceOptions();
        var beginnings = new Dictionary<string, int>(StringComparer.Ordinal);
        var continuations = new Dictionary<string, int>(StringComparer.Ordinal);
        var prefix = _options.ContinuationPrefix;
        for (var id = 0; id < vocabulary.Count; id++)
        {
            if (vocabulary[id] is not { Length: > 0 } token)
                continue;
            beginnings[token] = id;
            if (token.StartsWith(prefix, StringComparison.Ordinal) && token.Length > prefix.Length)
                continuations[token[prefix.Length..]] = id;
            _longest = Math.Max(_longest, token.Length);
        }
        _beginnings = beginnings.GetAlternateLookup<ReadOnlySpan<char>>();
        _continuations = continuations.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    // What BERT's tokenizers put together again after words were joined by blanks, in this order.
    private static readonly string[] JoinedToTheLeft = [".", "?", "!", ",", "'", "n't", "'m", "'s", "'ve", "'re"];

    private protected override string Join(IEnumerable<string> pieces)
    {
        var text = string.Join(' ', pieces).Replace(' ' + _options.ContinuationPrefix, "", StringComparison.Ordinal).Trim();
        foreach (var mark in JoinedToTheLeft)
            text = text.Replace(mark == "'" ? " ' " : ' ' + mark, mark, StringComparison.Ordinal);
        return text;
    }

    private protected override void AddPieces(string text, List<int> ids) => Split(text, _options, IsAdded, word => Look(word, ids));

    /// <summary>The words and marks that texts are split into before they are looked up.</summary>
    internal static List<string> Words(string text, WordPieceOptions options)
    {
        var words = new List<string>();
        Split(text, options, _ => false, word => words.Add(word.ToString()));
        return words;
    }

    private static void Split(string text, WordPieceOptions options, Func<string, bool> isAdded, Action<ReadOnlySpan<char>> take)
    {
        var word = new StringBuilder();
        foreach (var rune in (options.Lowercase ? Characters.ToLower(text) : text).EnumerateRunes())
        {
            if (options.CleanText && !Characters.IsBlank(rune) && (rune.Value == 0xFFFD || Characters.IsControl(rune)))
                continue;
            if (Rune.IsWhiteSpace(rune))
            {
                SplitWord(word, options, isAdded, take);
            }
            else if (options.SplitIdeographs && Characters.IsIdeograph(rune))
            {
                SplitWord(word, options, isAdded, take);
                SplitWord(word.Append(rune), options, isAdded, take);
            }
            else
            {
                word.Append(rune);
            }
        }
        SplitWord(word, options, isAdded, take);
    }

    /// <summary>Splits a word at punctuation and empties the buffer.</summary>
    private static void SplitWord(StringBuilder buffer, WordPieceOptions options, Func<string, bool> isAdded, Action<ReadOnlySpan<char>> take)
    {
        if (buffer.Length == 0)
            return;
        var word = buffer.ToString();
        buffer.Clear();
        if (isAdded(word))
        {
            // Cleaning may have put a special token together.
            take(word);
            return;
        }
        if (options.StripAccents ?? options.Lowercase)
            word = Accents.Strip(word);
        var start = 0;
        var position = 0;
        foreach (var rune in word.EnumerateRunes())
        {
            var next = position + rune.Utf16SequenceLength;
            if (Characters.IsPunctuation(rune))
            {
                Take(word.AsSpan(start, position - start));
                Take(word.AsSpan(position, next - position));
                start = next;
            }
            position = next;
        }
        Take(word.AsSpan(start));

        void Take(ReadOnlySpan<char> part)
        {
            if (!part.IsEmpty)
                take(part);
        }
    }

    private void Look(ReadOnlySpan<char> word, List<int> ids)
    {
        var first = ids.Count;
        var isKnown = CountRunes(word) <= _options.MaximumWordLength;
        for (var start = 0; isKnown && start < word.Length;)
        {
            var pieces = start == 0 ? _beginnings : _continuations;
            var length = Math.Min(word.Length - start, _longest);
            int id;
            while (!pieces.TryGetValue(word.Slice(start, length), out id) && --length > 0)
            {
            }
            isKnown = length > 0;
            if (isKnown)
                ids.Add(id);
            start += length;
        }
        if (isKnown)
            return;
        ids.RemoveRange(first, ids.Count - first);
        ids.Add(UnknownId!.Value);
    }

    private static int CountRunes(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
            count++;
        return count;
    }
}
