using System.Collections;
using System.Globalization;

namespace Auricle.Text;

/// <summary>
/// The record in which a captioner's checkpoint keeps its tokenizer: options, vocabulary with counts, and what it was fitted on.
/// </summary>
public sealed partial record TokenizerState
{
    /// <summary>How text is treated.</summary>
    public CaptionTokenizerOptions Options { get; init; } = new();

    /// <summary>Version of the record's layout.</summary>
    public string Version { get; init; } = "2.2.0";

    /// <summary>All tokens in id order, the special tokens first.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Occurrences of each token in the training captions, in id order; as long as <see cref="Tokens"/>.</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>Tokens added after fitting, in the order they were added.</summary>
    public IReadOnlyList<string> AddedSpecialTokens { get; init; } = [];

    /// <summary>Tokens of the longest training caption, without begin and end; -1 before fitting.</summary>
    public long MaxSentenceSize { get; init; } = -1;

    /// <summary>Tokens of the shortest training caption, without begin and end; <see cref="long.MaxValue"/> before fitting.</summary>
    public long MinSentenceSize { get; init; } = long.MaxValue;

    /// <summary>Number of training captions.</summary>
    public long FittedSentences { get; init; }

    /// <summary>
    /// Reads the record from plain dictionaries, as a pickle or JSON reader gives them: keys of <c>itos</c> may be integers or strings, whole numbers may be of any integer type.
    /// </summary>
    /// <param name="record">The outer record with <c>_type_</c> and <c>tokenizer</c>.</param>
    /// <exception cref="TokenizerStateException">A field is missing, of another type, or contradicts another.</exception>
    public static TokenizerState FromDictionary(IDictionary record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var outer = new StateFields(record, "");
        var type = outer.Text("_type_");
        if (type != "txt")
            throw new TokenizerStateException("_type_", $"The tokenizer state has type '{type}', but only 'txt' can be read; save it again with version 2.2.0 of the training program.");
        var inner = outer.Record("tokenizer");
        var options = inner.Record("hparams");
        options.Require("level", "word");
        options.Require("backend", "spacy");
        var tokens = ReadTokens(inner.Dictionary("itos"));
        RequireInverse(tokens, inner);
        return new TokenizerState
        {
            Version = outer.Text("_version_"),
            Options = new CaptionTokenizerOptions
            {
                Lowercase = options.Flag("lowercase"),
                PunctuationMode = PunctuationModeOf(options.Text("punctuation_mode")),
                Normalize = inner.Flag("normalize"),
                ModelName = options.Text("model_name", new CaptionTokenizerOptions().ModelName),
            },
            Tokens = tokens,
            Counts = ReadCounts(tokens, inner),
            AddedSpecialTokens = inner.Texts("added_special_tokens"),
            MaxSentenceSize = inner.Integer("max_sentence_size"),
            MinSentenceSize = inner.Integer("min_sentence_size"),
            FittedSentences = inner.Integer("n_sentences_fit"),
        };
    }

    private static string[] ReadTokens(IDictionary itos)
    {
        var tokens = new string?[itos.Count];
        foreach (DictionaryEntry entry in itos)
        {
            var id = entry.Key is string key && long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
                : StateFields.AsInteger(entry.Key) ?? -1;
            if (id < 0 || id >= tokens.Length || entry.Value is not string token)
                throw new TokenizerStateException("tokenizer.itos", $"The tokenizer state maps id '{entry.Key}' to '{entry.Value}', but its ids must run from 0 to {tokens.Length - 1}, each with a text; the file is damaged.");
            tokens[id] = token;
        }
        for (var id = 0; id < SpecialTokens.All.Count; id++)
        {
            if (id >= tokens.Length || tokens[id] != SpecialTokens.All[id])
                throw new TokenizerStateException("tokenizer.itos", $"The tokenizer state has '{(id < tokens.Length ? tokens[id] : null)}' at id {id}, where '{SpecialTokens.All[id]}' belongs; it comes from another kind of tokenizer.");
        }
        return Array.ConvertAll(tokens, token => token
            ?? throw new TokenizerStateException("tokenizer.itos", "The tokenizer state gives one id twice in 'itos'; the file is damaged."));
    }

    private static void RequireInverse(string[] tokens, StateFields inner)
    {
        var stoi = inner.Dictionary("stoi");
        for (var id = 0; id < tokens.Length; id++)
        {
            if (stoi.Count != tokens.Length || !stoi.Contains(tokens[id]) || StateFields.AsInteger(stoi[tokens[id]]) != id)
                throw new TokenizerStateException("tokenizer.stoi", $"The tokenizer state's 'stoi' does not give id {id} for '{tokens[id]}' as 'itos' does; the file is damaged.");
        }
    }

    private static long[] ReadCounts(string[] tokens, StateFields inner)
    {
        var counts = inner.Dictionary("vocab");
        return Array.ConvertAll(tokens, token => !counts.Contains(token)
            ? 0
            : StateFields.AsInteger(counts[token])
                ?? throw new TokenizerStateException("tokenizer.vocab", $"The tokenizer state counts '{token}' as '{counts[token]}', which is no whole number; the file is damaged."));
    }

    private static PunctuationMode PunctuationModeOf(string name) => name switch
    {
        "remove" => PunctuationMode.Remove,
        "keep" => PunctuationMode.Keep,
        "keep_comma" => PunctuationMode.KeepComma,
        "keep_comma_dot" => PunctuationMode.KeepCommaDot,
        "keep_hyphen" => PunctuationMode.KeepHyphen,
        _ => throw new TokenizerStateException("tokenizer.hparams.punctuation_mode", $"The tokenizer state has punctuation mode '{name}'; known are remove, keep, keep_comma, keep_comma_dot and keep_hyphen."),
    };

    private static string NameOf(PunctuationMode mode) => mode switch
    {
        PunctuationMode.Remove => "remove",
        PunctuationMode.Keep => "keep",
        PunctuationMode.KeepComma => "keep_comma",
        PunctuationMode.KeepCommaDot => "keep_comma_dot",
        _ => "keep_hyphen",
    };
}

/// <summary>A tokenizer's state record cannot be read.</summary>
public sealed class TokenizerStateException : ModelException
{
    /// <summary>Names the field and what is wrong with it.</summary>
    /// <param name="field">Path of the field, for example <c>tokenizer.itos</c>.</param>
    /// <param name="message">One sentence with the value and the remedy.</param>
    /// <param name="innerException">What the reader met, if anything.</param>
    public TokenizerStateException(string field, string message, Exception? innerException = null)
        : base(message, innerException) => Field = field;

    /// <summary>Path of the field.</summary>
    public string Field { get; }
}
