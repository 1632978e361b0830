namespace Auricle.Text.Subwords;

/// <summary>How text is cleaned before WordPiece looks words up; the defaults are those of the uncased BERT models and of MPNet.</summary>
public sealed record WordPieceOptions
{
    /// <summary>Whether letters are lower-cased.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Whether accents are taken off; <see langword="null"/> where letters are lower-cased.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Whether each ideograph is a word.</summary>
    public bool SplitIdeographs { get; init; } = true;

    /// <summary>Whether control characters are dropped and every blank becomes a space.</summary>
    public bool CleanText { get; init; } = true;

    /// <summary>The most characters (code points) of a word; a longer one is unknown.</summary>
    public int MaximumWordLength { get; init; } = 100;

    /// <summary>What a piece that continues a word begins with in the vocabulary.</summary>
    public string ContinuationPrefix { get; init; } = "##";
}
