namespace Auricle.Text.Subwords;

/// <summary>What a tokenizer puts around texts, and its other special tokens. The published models' templates are static properties.</summary>
public sealed record SubwordTemplate
{
    /// <summary>Tokens before the first text.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];

    /// <summary>Tokens between two texts.</summary>
    public IReadOnlyList<string> Between { get; init; } = [];

    /// <summary>Tokens after the last text.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>The token type of a second text and of what follows it; everything before has type 0.</summary>
    public int SecondType { get; init; }

    /// <summary>The token that fills shorter texts of a batch; <see langword="null"/> where there is none.</summary>
    public string? Padding { get; init; }

    /// <summary>The token for what the vocabulary lacks; <see langword="null"/> where that cannot happen.</summary>
    public string? Unknown { get; init; }

    /// <summary>Further tokens that are recognised in text.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>The token among them that swallows blanks on its left.</summary>
    public string? TakesBlanksBefore { get; init; }

    /// <summary>BERT: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>.</summary>
    public static SubwordTemplate Bert { get; } = new()
    {
        Before = ["[CLS]"],
        Between = ["[SEP]"],
        After = ["[SEP]"],
        SecondType = 1,
        Padding = "[PAD]",
        Unknown = "[UNK]",
        Others = ["[MASK]"],
    };

    /// <summary>RoBERTa: <c>&lt;s&gt; A &lt;/s&gt;</c>, <c>&lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt;</c>.</summary>
    public static SubwordTemplate Roberta { get; } = new()
    {
        Before = ["<s>"],
        Between = ["</s>", "</s>"],
        After = ["</s>"],
        Padding = "<pad>",
        Unknown = "<unk>",
        Others = ["<mask>"],
        TakesBlanksBefore = "<mask>",
    };

    /// <summary>MPNet: RoBERTa's marks around BERT's pieces, whose unknown token it keeps.</summary>
    public static SubwordTemplate Mpnet { get; } = Roberta with { Unknown = "[UNK]" };

    /// <summary>GPT-2: nothing around texts, and a mark for their end that is recognised in them.</summary>
    public static SubwordTemplate Gpt { get; } = new() { Others = [EndOfText] };

    /// <summary>GPT-2's mark of a text's end.</summary>
    public const string EndOfText = "<|endoftext|>";

    internal IEnumerable<string> All =>
        [.. Before, .. Between, .. After, .. Padding is null ? [] : new[] { Padding }, .. Unknown is null ? [] : new[] { Unknown }, .. Others];
}
