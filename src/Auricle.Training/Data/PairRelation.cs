namespace Auricle.Training;

/// <summary>How two sounds of a mixture lie in time.</summary>
public enum PairRelation
{
    /// <summary>Both are heard at the same time.</summary>
    Simultaneous,

    /// <summary>The second begins when the first has ended.</summary>
    Sequential,

    /// <summary>Only of templates: the sentence does not say.</summary>
    Either,
}
