using System.Text.RegularExpressions;

namespace Auricle.Text;

/// <summary>
/// The word-level tokenizer of CoNeTTE captioners: caption to token ids and back. Safe for concurrent use while no token is added.
/// </summary>
public sealed partial class CaptionTokenizer
{
    private readonly List<string> _addedSpecialTokens = [];
    private long _maxSentenceSize = -1;
    private long _minSentenceSize = long.MaxValue;
    private long _fittedSentences;

    /// <summary>Makes a tokenizer that knows the special tokens only.</summary>
    public CaptionTokenizer(CaptionTokenizerOptions? options = null) => Options = options ?? new();

    /// <summary>Restores a tokenizer from the record in a checkpoint or configuration.</summary>
    /// <exception cref="TokenizerStateException">The record's counts do not fit its tokens, or a token occurs twice.</exception>
    public CaptionTokenizer(TokenizerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Counts.Count != state.Tokens.Count || !state.Tokens.Take(SpecialTokens.All.Count).SequenceEqual(SpecialTokens.All))
            throw new TokenizerStateException("tokenizer.vocab", $"The tokenizer state has {state.Counts.Count} counts for {state.Tokens.Count} tokens; it needs one count a token and the special tokens first.");
        Options = state.Options;
        for (var id = SpecialTokens.All.Count; id < state.Tokens.Count; id++)
        {
            if (Vocabulary.TryGetId(state.Tokens[id], out var earlier))
                throw new TokenizerStateException("tokenizer.itos", $"The tokenizer state has '{state.Tokens[id]}' at the ids {earlier} and {id}; the file is damaged.");
            Vocabulary.Append(state.Tokens[id], state.Counts[id]);
        }
        _addedSpecialTokens.AddRange(state.AddedSpecialTokens);
        (_maxSentenceSize, _minSentenceSize, _fittedSentences) = (state.MaxSentenceSize, state.MinSentenceSize, state.FittedSentences);
    }

    /// <summary>How text is treated.</summary>
    public CaptionTokenizerOptions Options { get; }

    /// <summary>The known tokens.</summary>
    public Vocabulary Vocabulary { get; } = new();

    /// <summary>The record that restores this tokenizer.</summary>
    public TokenizerState State => new()
    {
        Options = Options,
        Tokens = [.. Vocabulary.Tokens],
        Counts = [.. Enumerable.Range(0, Vocabulary.Count).Select(Vocabulary.CountAt)],
        AddedSpecialTokens = [.. _addedSpecialTokens],
        MaxSentenceSize = _maxSentenceSize,
        MinSentenceSize = _minSentenceSize,
        FittedSentences = _fittedSentences,
    };

    /// <summary>Makes a tokenizer that knows every word of <paramref name="captions"/>, in order of first appearance.</summary>
    public static CaptionTokenizer Fit(IEnumerable<string> captions, CaptionTokenizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(captions);
        var tokenizer = new CaptionTokenizer(options);
        foreach (var caption in captions)
        {
            var tokens = tokenizer.Tokenize(caption);
            foreach (var token in tokens)
                tokenizer.Vocabulary.AddOccurrence(token);
            tokenizer._maxSentenceSize = Math.Max(tokenizer._maxSentenceSize, tokens.Count);
            tokenizer._minSentenceSize = Math.Min(tokenizer._minSentenceSize, tokens.Count);
            tokenizer._fittedSentences++;
        }
        return tokenizer;
    }

    /// <summary>Gives the id of a special token, appending it to the vocabulary if it is new.</summary>
    public int AddToken(string token)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        if (Vocabulary.TryGetId(token, out var id))
            return id;
        _addedSpecialTokens.Add(token);
        return Vocabulary.GetOrAdd(token);
    }

    /// <summary>The words of a caption, after normalisation where <see cref="Options"/> asks for it.</summary>
    public IReadOnlyList<string> Tokenize(string caption) =>
        WordTokenizer.Tokenize(Options.Normalize ? CaptionNormalizer.Normalize(caption, Options.PunctuationMode, Options.Lowercase) : caption);

    /// <summary>The token ids of a caption.</summary>
    /// <param name="caption">Any text.</param>
    /// <param name="addBeginEnd">Whether <see cref="SpecialTokens.BeginId"/> and <see cref="SpecialTokens.EndId"/> surround the words.</param>
    /// <param name="unknown">What happens to words outside the vocabulary.</param>
    /// <exception cref="UnknownTokenException">A word is unknown and <paramref name="unknown"/> is <see cref="UnknownTokenPolicy.Throw"/>.</exception>
    public int[] Encode(string caption, bool addBeginEnd, UnknownTokenPolicy unknown)
    {
        var tokens = Tokenize(caption);
        var ids = new List<int>(tokens.Count + 2);
        if (addBeginEnd)
            ids.Add(SpecialTokens.BeginId);
        foreach (var token in tokens)
        {
            if (!Vocabulary.TryGetId(token, out var id))
                id = unknown == UnknownTokenPolicy.UseUnknown ? SpecialTokens.UnknownId : throw new UnknownTokenException(token, caption);
            ids.Add(id);
        }
        if (addBeginEnd)
            ids.Add(SpecialTokens.EndId);
        return [.. ids];
    }

    /// <summary>The token ids of several captions, filled to the length <paramref name="padding"/> asks for.</summary>
    /// <exception cref="UnknownTokenException">A word is unknown and <paramref name="unknown"/> is <see cref="UnknownTokenPolicy.Throw"/>.</exception>
    public int[][] EncodeBatch(IReadOnlyList<string> captions, bool addBeginEnd, UnknownTokenPolicy unknown, CaptionPadding padding)
    {
        ArgumentNullException.ThrowIfNull(captions);
        var batch = captions.Select(caption => Encode(caption, addBeginEnd, unknown)).ToArray();
        var length = padding.TargetLength(batch.Select(ids => ids.Length).DefaultIfEmpty().Max(), (int)_maxSentenceSize, addBeginEnd);
        return Array.ConvertAll(batch, ids =>
        {
            var row = new int[Math.Max(ids.Length, length)];
            Array.Fill(row, SpecialTokens.PaddingId);
            ids.CopyTo(row, 0);
            return row;
        });
    }

    /// <summary>The sentence of some token ids; special tokens leave no trace.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var tokens = new string[ids.Length];
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = Vocabulary[ids[i]];
        return Join(tokens);
    }

    /// <inheritdoc cref="Decode(ReadOnlySpan{int})"/>
    public string Decode(ReadOnlySpan<long> ids)
    {
        var tokens = new string[ids.Length];
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = Vocabulary[(int)Math.Clamp(ids[i], int.MinValue, int.MaxValue)];
        return Join(tokens);
    }

    /// <summary>The sentence of some tokens.</summary>
    /// <param name="tokens">Words, marks and special tokens.</param>
    /// <param name="keepSpecial">Whether the four <see cref="SpecialTokens"/> stay in the text.</param>
    public static string Join(IEnumerable<string> tokens, bool keepSpecial = false)
    {
        var text = string.Join(' ', tokens);
        if (!keepSpecial)
            text = SpecialTokens.Delete(text);
        text = WhiteSpace.Trim(CaptionNormalizer.JoinPunctuation(text));
        return CaptionNormalizer.Lower(SpacedHyphen().Replace(CaptionNormalizer.CollapseBlanks(text), "-"));
    }

    /// <summary>For each token id, whether a generated caption may hold it only once.</summary>
    public bool[] ForbidRepetitionMask(RepetitionMode mode)
    {
        var mask = new bool[Vocabulary.Count];
        for (var id = 0; id < mask.Length; id++)
            mask[id] = mode == RepetitionMode.All || (mode == RepetitionMode.ContentWords && !StopWords.English.Contains(Vocabulary[id]));
        return mask;
    }

    [GeneratedRegex(@"\s*-\s*")]
    private static partial Regex SpacedHyphen();
}

/// <summary>How a <see cref="CaptionTokenizer"/> treats text. The defaults are those of the published model.</summary>
public sealed record CaptionTokenizerOptions
{
    /// <summary>Whether letters become lower case; only where <see cref="Normalize"/> is set.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Which punctuation stays; only where <see cref="Normalize"/> is set.</summary>
    public PunctuationMode PunctuationMode { get; init; } = PunctuationMode.Remove;

    /// <summary>Whether captions pass through <see cref="CaptionNormalizer"/> before they are split.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Name of the language package that the state record carries along; it changes no result.</summary>
    public string ModelName { get; init; } = "en_core_web_sm";
}

/// <summary>What encoding does with a word outside the vocabulary.</summary>
public enum UnknownTokenPolicy
{
    /// <summary>Throws <see cref="UnknownTokenException"/>: right for training, where every word must be known.</summary>
    Throw,

    /// <summary>Uses <see cref="SpecialTokens.UnknownId"/>: right for validation and test.</summary>
    UseUnknown,
}

/// <summary>Which tokens may occur only once in a generated caption.</summary>
public enum RepetitionMode
{
    /// <summary>Any token may be repeated.</summary>
    None,

    /// <summary>No token may be repeated.</summary>
    All,

    /// <summary>Only the <see cref="StopWords"/> may be repeated.</summary>
    ContentWords,
}
