namespace Auricle.Evaluation;

/// <summary>A word of a parsed caption.</summary>
/// <param name="Text">As the caption has it.</param>
/// <param name="Tag">Its Penn tag.</param>
/// <param name="Lemma">Its dictionary form.</param>
public sealed record SpiceWord(string Text, string Tag, string Lemma);

/// <summary>A word's place in a dependency graph.</summary>
/// <param name="Position">Position of the word in its sentence, from 1; 0 is the root.</param>
/// <param name="Copy">0, or the number of a copy that stands for the word in a shared structure ("into a sink and down a drain" pours twice).</param>
public readonly record struct SpicePlace(int Position, int Copy = 0) : IComparable<SpicePlace>
{
    /// <summary>The place above every word.</summary>
    public static SpicePlace Root => default;

    /// <summary>Orders by position, then by copy.</summary>
    public int CompareTo(SpicePlace other) => (Position, Copy).CompareTo((other.Position, other.Copy));

    /// <summary>Whether the left place stands before the right one.</summary>
    public static bool operator <(SpicePlace left, SpicePlace right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left place stands behind the right one.</summary>
    public static bool operator >(SpicePlace left, SpicePlace right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left place is the right one or stands before it.</summary>
    public static bool operator <=(SpicePlace left, SpicePlace right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left place is the right one or stands behind it.</summary>
    public static bool operator >=(SpicePlace left, SpicePlace right) => left.CompareTo(right) >= 0;
}

/// <summary>A relation between two words.</summary>
/// <param name="Relation">Name of the relation in the collapsed Universal Dependencies (version 1) of CoreNLP 3.6, for example
/// <c>nmod:of</c>.</param>
/// <param name="Governor">The word above.</param>
/// <param name="Dependent">The word below.</param>
public readonly record struct SpiceDependency(string Relation, SpicePlace Governor, SpicePlace Dependent);

/// <summary>A parsed sentence: words and the graph of collapsed dependencies with conjunctions propagated.</summary>
/// <param name="Words">Words in order.</param>
/// <param name="Dependencies">Relations between them.</param>
public sealed record SpiceSentence(IReadOnlyList<SpiceWord> Words, IReadOnlyList<SpiceDependency> Dependencies);
