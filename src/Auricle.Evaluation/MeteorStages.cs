namespace Auricle.Evaluation;

/// <summary>The kinds of agreement METEOR looks for, in this order.</summary>
[Flags]
public enum MeteorStages
{
    /// <summary>Equal words.</summary>
    Exact = 1,

    /// <summary>Words with equal stems.</summary>
    Stem = 2,

    /// <summary>Words that share a synonym set.</summary>
    Synonym = 4,

    /// <summary>Phrases of the paraphrase table.</summary>
    Paraphrase = 8,

    /// <summary>All of them.</summary>
    All = Exact | Stem | Synonym | Paraphrase,
}
