namespace Auricle.Evaluation;

/// <summary>What BLEU counts in a clip or, summed, in a set.</summary>
internal sealed class BleuCounts
{
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
}
