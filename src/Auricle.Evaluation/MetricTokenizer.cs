namespace Auricle.Evaluation;

/// <summary>What is done to captions before they are scored.</summary>
public enum MetricTokenizer
{
    /// <summary>Penn Treebank words in lower case without punctuation, each caption for itself: what the reference package does.</summary>
    Ptb,

    /// <summary>Nothing: texts are split at white space as they are. CoNeTTE's published figures were computed so.</summary>
    None,
}
