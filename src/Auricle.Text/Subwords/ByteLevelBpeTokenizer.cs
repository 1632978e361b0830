using System.Text;

namespace Auricle.Text.Subwords;

/// <summary>
/// The byte-level byte-pair encoding of GPT-2 and RoBERTa: text is split into words with their leading blank, the UTF-8
/// bytes of each are written as printable characters, and neighbours are merged in the order in which training learned to.
/// </summary>
public sealed class ByteLevelBpeTokenizer : SubwordTokenizer
{
    // Ranks that no merge has: for neighbours that do not merge, and for those to be looked up again.
    private const int NoMerge = int.MaxValue;
    private const int Stale = -1;

    // Alternatives of the published pattern that begin with an apostrophe; lower case only.
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private static readonly char[] Spelling = SpellBytes();

    private readonly Dictionary<(int Left, int Right), Merge> _merges = [];
    private readonly int[] _byteSymbols = new int[256];
    private readonly List<int> _symbolIds = [];
    private readonly bool _addsLeadingBlank;

    /// <summary>Makes a tokenizer from its parts; <see cref="SubwordTokenizer.Load"/> reads them from files.</summary>
    /// <param name="vocabulary">The pieces.</param>
    /// <param name="merges">Pairs of pieces, the first learned first.</param>
    /// <param name="template">What is put around texts.</param>
    /// <param name="added">The tokens recognised in raw text; those of the template where it is <see langword="null"/>.</param>
    /// <param name="addsLeadingBlank">Whether a text's first word is treated as if a blank stood before it.</param>
    /// <param name="path">Where it came from, for error messages.</param>
    /// <exception cref="TokenizerFileException">The vocabulary lacks a token of the template.</exception>
    public ByteLevelBpeTokenizer(
        SubwordVocabulary vocabulary,
        IEnumerable<(string Left, string Right)> merges,
        SubwordTemplate template,
        IReadOnlyList<AddedToken>? added = null,
        bool addsLeadingBlank = false,
        string path = "memory")
        : base(path, vocabulary, template, added)
    {
        ArgumentNullException.ThrowIfNull(merges);
        _addsLeadingBlank = addsLeadingBlank;
        var symbols = new Dictionary<string, int>(StringComparer.Ordinal);
        int Symbol(string piece)
        {
            if (symbols.TryGetValue(piece, out var symbol))
                return symbol;
            symbols[piece] = symbol = symbols.Count;
            _symbolIds.Add(vocabulary.TryGetId(piece, out var id) ? id
                : UnknownId ?? throw new TokenizerFileException(
                    path, $"its vocabulary lacks the piece '{piece}', which its merges make; the two lists do not belong together."));
            return symbol;
        }
        for (var value = 0; value < _byteSymbols.Length; value++)
            _byteSymbols[value] = Symbol(Spelling[value].ToString());
        var rank = 0;
        foreach (var (left, right) in merges)
            _merges.TryAdd((Symbol(left), Symbol(right)), new Merge(rank++, Symbol(left + right)));
    }

    /// <summary>The printable character of each byte.</summary>
    internal static IReadOnlyList<char> ByteCharacters => Spelling;

    private protected override string Join(IEnumerable<string> pieces)
    {
        var bytes = new List<byte>();
        foreach (var character in string.Concat(pieces))
        {
            var value = Array.IndexOf(Spelling, character);
            if (value >= 0)
                bytes.Add((byte)value);
        }
        // Half a character, as a cut text may end with, becomes the mark for unreadable ones.
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private protected override void AddPieces(string text, List<int> ids)
    {
        if (_addsLeadingBlank && !char.IsWhiteSpace(text[0]))
            text = " " + text;
        var kinds = Kinds(text);
        for (var start = 0; start < text.Length;)
        {
            var end = EndOfWord(text, kinds, start);
            AddWord(text.AsSpan(start, end - start), ids);
            start = end;
        }
    }

    /// <summary>Where the piece that the published pattern matches at a position ends.</summary>
    private static int EndOfWord(string text, Kind[] kinds, int start)
    {
        foreach (var contraction in Contractions)
        {
            if (text.AsSpan(start).StartsWith(contraction, StringComparison.Ordinal))
                return start + contraction.Length;
        }
        var first = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = kinds[first];
        var end = first;
        if (kind != Kind.Blank)
        {
            while (end < text.Length && kinds[end] == kind)
                end++;
            return end;
        }
        end = start;
        while (end < text.Length && kinds[end] == Kind.Blank)
            end++;
        // The last blank of several goes with the word after it.
        return end == text.Length || end == start + 1 ? end : end - 1;
    }

    /// <summary>The class of each UTF-16 unit; both halves of a surrogate pair have that of the character.</summary>
    private static Kind[] Kinds(string text)
    {
        var kinds = new Kind[text.Length];
        var position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var kind = Rune.IsWhiteSpace(rune) ? Kind.Blank : Rune.IsLetter(rune) ? Kind.Letter : Rune.IsNumber(rune) ? Kind.Number : Kind.Other;
            kinds.AsSpan(position, rune.Utf16SequenceLength).Fill(kind);
            position += rune.Utf16SequenceLength;
        }
        return kinds;
    }

    private void AddWord(ReadOnlySpan<char> word, List<int> ids)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        var count = Encoding.UTF8.GetBytes(word, bytes);
        var symbols = new int[count];
        for (var i = 0; i < count; i++)
            symbols[i] = _byteSymbols[bytes[i]];
        // The merge of each symbol with the one after it; only neighbours of a merge have to be looked up again.
        var merges = new Merge[count];
        for (var i = 0; i < count; i++)
            merges[i] = Find(symbols, i, count);
        while (true)
        {
            var best = new Merge(NoMerge, 0);
            for (var i = 0; i < count; i++)
            {
                if (merges[i].Rank < best.Rank)
                    best = merges[i];
            }
            if (best.Rank == NoMerge)
                break;
            count = Apply(best, symbols, merges, count);
        }
        for (var i = 0; i < count; i++)
            ids.Add(_symbolIds[symbols[i]]);
    }

    /// <summary>Carries a merge out wherever it fits, from the left, and gives the number of symbols left.</summary>
    private int Apply(Merge merge, int[] symbols, Merge[] merges, int count)
    {
        var kept = 0;
        for (var i = 0; i < count; i++, kept++)
        {
            var isMerged = merges[i].Rank == merge.Rank;
            symbols[kept] = isMerged ? merge.Result : symbols[i];
            merges[kept] = merges[i];
            if (isMerged)
            {
                i++;
                merges[kept] = new Merge(Stale, 0);
            }
            if (kept > 0 && isMerged)
                merges[kept - 1] = new Merge(Stale, 0);
        }
        for (var i = 0; i < kept; i++)
        {
            if (merges[i].Rank == Stale)
                merges[i] = Find(symbols, i, kept);
        }
        return kept;
    }

    private Merge Find(int[] symbols, int position, int count) =>
        position + 1 < count && _merges.TryGetValue((symbols[position], symbols[position + 1]), out var merge) ? merge : new Merge(NoMerge, 0);

    private static char[] SpellBytes()
    {
        var spelling = new char[256];
        var next = 256;
        for (var value = 0; value < spelling.Length; value++)
            spelling[value] = (char)(value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? value : next++);
        return spelling;
    }

    private enum Kind : byte
    {
        Blank,
        Letter,
        Number,
        Other,
    }

    private readonly record struct Merge(int Rank, int Result);
}
