namespace Auricle.Text;

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
