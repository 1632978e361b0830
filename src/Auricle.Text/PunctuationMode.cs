namespace Auricle.Text;

/// <summary>Which punctuation a caption keeps when it is normalised.</summary>
public enum PunctuationMode
{
    /// <summary>Every punctuation character becomes a blank.</summary>
    Remove,

    /// <summary>All punctuation stays.</summary>
    Keep,

    /// <summary>Only the comma stays.</summary>
    KeepComma,

    /// <summary>Only the comma and the full stop stay.</summary>
    KeepCommaDot,

    /// <summary>Only the hyphen stays.</summary>
    KeepHyphen,
}
