namespace Auricle.Text;

/// <summary>To which length the captions of a batch are filled with <see cref="SpecialTokens.Padding"/>.</summary>
public readonly record struct CaptionPadding
{
    private enum Kind
    {
        None,
        Batch,
        Corpus,
        Fixed,
    }

    private readonly Kind _kind;
    private readonly int _length;

    private CaptionPadding(Kind kind, int length = 0) => (_kind, _length) = (kind, length);

    /// <summary>Every caption keeps its own length.</summary>
    public static CaptionPadding None => default;

    /// <summary>To the longest caption of the batch.</summary>
    public static CaptionPadding Batch => new(Kind.Batch);

    /// <summary>To the longest caption the tokenizer was fitted on, and 2 more where begin and end are added.</summary>
    public static CaptionPadding Corpus => new(Kind.Corpus);

    /// <summary>To <paramref name="length"/> tokens; longer captions keep their length.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative.</exception>
    public static CaptionPadding To(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new(Kind.Fixed, length);
    }

    internal int TargetLength(int longestInBatch, int longestInCorpus, bool addBeginEnd) => _kind switch
    {
        Kind.Batch => longestInBatch,
        Kind.Corpus => longestInCorpus + (addBeginEnd ? 2 : 0),
        Kind.Fixed => _length,
        _ => 0,
    };
}
