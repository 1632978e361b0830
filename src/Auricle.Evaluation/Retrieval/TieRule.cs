namespace Auricle.Evaluation;

/// <summary>How items of equal similarity are ordered.</summary>
public enum TieRule
{
    /// <summary>The item that comes first in the list.</summary>
    LowestIndexFirst,

    /// <summary>The item that comes last in the list.</summary>
    HighestIndexFirst,

    /// <summary>Relevant items last: what a system can be sure of.</summary>
    WorstCase,

    /// <summary>Relevant items first.</summary>
    BestCase,
}
