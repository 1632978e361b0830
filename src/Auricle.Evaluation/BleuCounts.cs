namespace Auricle.Evaluation;

/// <summary>What BLEU counts in a clip or, summed, in a set.</summary>
internal sealed class BleuCounts
{
    /// <summary>Numbers of a clip.</summary>
    public const int Width = 2 + (2 * NGram.MaxOrder);

    public long Length { get; set; }

    public long ReferenceLength { get; set; }

    public long[] Guessed { get; } = new long[NGram.MaxOrder];

    public long[] Correct { get; } = new long[NGram.MaxOrder];

    public void Add(BleuCounts other)
    {
        Length += other.Length;
        ReferenceLength += other.ReferenceLength;
        for (var n = 0; n < NGram.MaxOrder; n++)
        {
            Guessed[n] += other.Guessed[n];
            Correct[n] += other.Correct[n];
        }
    }

    /// <summary>The counts one after another, for summing.</summary>
    public IEnumerable<double> ToValues() => new[] { Length, ReferenceLength }.Concat(Guessed).Concat(Correct).Select(value => (double)value);

    /// <summary>Counts from sums of <see cref="ToValues"/>, which are whole numbers.</summary>
    public static BleuCounts FromSums(ReadOnlySpan<double> sums)
    {
        var counts = new BleuCounts { Length = (long)sums[0], ReferenceLength = (long)sums[1] };
        for (var n = 0; n < NGram.MaxOrder; n++)
        {
            counts.Guessed[n] = (long)sums[2 + n];
            counts.Correct[n] = (long)sums[2 + NGram.MaxOrder + n];
        }
        return counts;
    }
}
