namespace Auricle.Evaluation;

/// <summary>Reference captions ready for scoring, made by <see cref="CiderD.Prepare(IReadOnlyList{string})"/>.</summary>
public sealed class CiderReferences
{
    internal CiderReferences(CiderD owner, Reference[] items) => (Owner, Items) = (owner, items);

    /// <summary>Number of reference captions.</summary>
    public int Count => Items.Length;

    internal CiderD Owner { get; }

    internal Reference[] Items { get; }

    internal sealed class Reference(CiderVector vector)
    {
        public CiderVector Vector { get; } = vector;

        public Dictionary<NGram, double> Weights { get; } = vector.Grams.ToDictionary(item => item.Gram, item => item.Weight);
    }
}
