namespace Auricle.Text.Subwords;

/// <summary>
/// Splits text into the pieces of words that a published text encoder was trained with, and gives their ids. Safe for
/// concurrent use.
/// </summary>
public abstract partial class SubwordTokenizer
{
    private readonly AddedToken[] _added;
    private readonly int[] _before;
    private readonly int[] _between;
    private readonly int[] _after;
    private readonly int? _padding;

    private protected SubwordTokenizer(string path, SubwordVocabulary vocabulary, SubwordTemplate template, IReadOnlyList<AddedToken>? added)
    {
        Vocabulary = vocabulary;
        Template = template;
        int Find(string token) => vocabulary.TryGetId(token, out var id)
            ? id
            : throw new TokenizerFileException(
                path, $"its vocabulary of {vocabulary.Count} pieces lacks '{token}'; it belongs to another kind of model.");
        _before = [.. template.Before.Select(Find)];
        _between = [.. template.Between.Select(Find)];
        _after = [.. template.After.Select(Find)];
        _padding = template.Padding is null ? null : Find(template.Padding);
        UnknownId = template.Unknown is null ? null : Find(template.Unknown);
        // Of two that begin alike the longer one counts.
        _added = [.. (added ?? [.. template.All.Distinct().Select(token => new AddedToken(token, Find(token), token == template.TakesBlanksBefore))])
            .Where(token => token.Content.Length > 0).OrderByDescending(token => token.Content.Length)];
    }

    /// <summary>The pieces and their ids.</summary>
    public SubwordVocabulary Vocabulary { get; }

    /// <summary>What is put around texts.</summary>
    public SubwordTemplate Template { get; }

    /// <summary>The id that fills shorter texts of a batch.</summary>
    /// <exception cref="InvalidOperationException">The tokenizer has no padding token.</exception>
    public int PaddingId => _padding ?? throw new InvalidOperationException("This tokenizer has no padding token; encode texts one by one.");

    /// <summary>How many special tokens stand around a single text.</summary>
    public int SpecialCount => _before.Length + _after.Length;

    private protected int? UnknownId { get; }

    private protected bool IsAdded(string word) => Array.Exists(_added, token => token.Content == word);

    /// <summary>The pieces of a text, without special tokens around it.</summary>
    public IReadOnlyList<string> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();
        AddContent(text, ids);
        return [.. ids.Select(id => Vocabulary[id]!)];
    }

    /// <summary>The ids of a text, or of a pair, with the special tokens around it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="second">A second text, or <see langword="null"/>.</param>
    /// <param name="maximumLength">The most tokens, special ones included. Texts are cut on the right; of a pair the longer one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maximumLength"/> leaves no room for the special tokens.</exception>
    public TokenizedText Encode(string text, string? second = null, int maximumLength = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        var special = SpecialCount + (second is null ? 0 : _between.Length);
        if (maximumLength < special)
            throw new ArgumentOutOfRangeException(
                nameof(maximumLength), maximumLength, $"A length of {maximumLength} has no room for the {special} special tokens; give more.");
        var first = new List<int>();
        AddContent(text, first);
        var other = new List<int>();
        if (second is not null)
            AddContent(second, other);
        Cut(first, other, maximumLength - special);
        if (second is null)
            return new TokenizedText([.. _before, .. first, .. _after], new int[special + first.Count]);
        int[] head = [.. _before, .. first, .. _between];
        int[] ids = [.. head, .. other, .. _after];
        var types = new int[ids.Length];
        types.AsSpan(head.Length).Fill(Template.SecondType);
        return new TokenizedText(ids, types);
    }

    /// <summary>The ids of several texts, filled to one length.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="maximumLength">The most tokens of a text, special ones included; longer texts are cut on the right.</param>
    /// <param name="padToMaximum">Whether rows always have <paramref name="maximumLength"/> tokens; else as many as the longest text.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maximumLength"/> leaves no room for the special tokens.</exception>
    public TokenBatch EncodeBatch(IReadOnlyList<string> texts, int maximumLength = int.MaxValue, bool padToMaximum = false)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new TokenBatch([.. texts.Select(text => Encode(text, null, maximumLength))], PaddingId, padToMaximum ? maximumLength : 0);
    }

    /// <summary>The text of ids, special tokens left out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Join(ids.Where(id => !Array.Exists(_added, token => token.Id == id)).Select(id => Vocabulary[id] ?? ""));
    }

    /// <summary>Puts pieces together.</summary>
    private protected abstract string Join(IEnumerable<string> pieces);

    /// <summary>Splits text that holds no special token and appends the ids.</summary>
    private protected abstract void AddPieces(string text, List<int> ids);

    private void AddContent(string text, List<int> ids)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (!TryMatchAdded(text, i, out var token))
                continue;
            AddText(token.TakesBlanksBefore ? text[start..i].TrimEnd() : text[start..i], ids);
            ids.Add(token.Id);
            start = i + token.Content.Length;
            while (token.TakesBlanksAfter && start < text.Length && char.IsWhiteSpace(text[start]))
                start++;
            i = start - 1;
        }
        AddText(text[start..], ids);
    }

    private bool TryMatchAdded(string text, int position, out AddedToken found)
    {
        foreach (var token in _added)
        {
            if (text.AsSpan(position).StartsWith(token.Content, StringComparison.Ordinal))
            {
                found = token;
                return true;
            }
        }
        found = default;
        return false;
    }

    private void AddText(string text, List<int> ids)
    {
        if (text.Length > 0)
            AddPieces(text, ids);
    }

    private static void Cut(List<int> first, List<int> second, int room)
    {
        while (first.Count + second.Count > room)
        {
            var longer = first.Count > second.Count ? first : second;
            longer.RemoveAt(longer.Count - 1);
        }
    }
}

/// <summary>The files of a subword tokenizer are missing, damaged, or of a kind that is not supported.</summary>
public sealed class TokenizerFileException : ModelException
{
    /// <summary>Names the file and what is wrong with it.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="problem">What is wrong and what to do, as the rest of a sentence.</param>
    /// <param name="innerException">What a reader reported.</param>
    public TokenizerFileException(string path, string problem, Exception? innerException = null)
        : base($"The tokenizer in '{path}' cannot be used: {problem}", innerException) => Path = path;

    /// <summary>The file or folder.</summary>
    public string Path { get; }
}
