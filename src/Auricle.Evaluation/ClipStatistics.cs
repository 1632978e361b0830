namespace Auricle.Evaluation;

/// <summary>The score of a set, from the sums of its clips' statistics.</summary>
/// <param name="sums">Sum of each statistic over the clips.</param>
/// <param name="clips">Number of clips that were summed, repetitions included.</param>
public delegate double CorpusScorer(ReadOnlySpan<double> sums, int clips);

/// <summary>
/// What a corpus score is made of: some numbers for each clip, and the rule that turns their sums into the score. With them
/// any selection of the clips can be scored, repetitions included, without reading the captions again.
/// </summary>
public sealed class ClipStatistics
{
    private readonly double[] _values; // [clips, width]
    private readonly int _width;
    private readonly CorpusScorer _score;

    /// <summary>Takes the statistics of every clip.</summary>
    /// <param name="values"><c>[clips, width]</c> in row-major order.</param>
    /// <param name="width">Numbers for each clip.</param>
    /// <param name="score">The rule.</param>
    /// <exception cref="ArgumentException">The values do not fill whole rows.</exception>
    public ClipStatistics(double[] values, int width, CorpusScorer score)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(score);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (values.Length % width != 0)
            throw new ArgumentException($"{values.Length} values do not fill rows of {width}.", nameof(values));
        (_values, _width, _score) = (values, width, score);
    }

    /// <summary>Number of clips.</summary>
    public int Count => _values.Length / _width;

    /// <summary>The rule of most metrics: the plain mean of the clips' scores.</summary>
    public static ClipStatistics Mean(IEnumerable<double> scores) => new([.. scores], 1, (sums, clips) => sums[0] / clips);

    /// <summary>The corpus score of a selection.</summary>
    /// <param name="times">How often each clip counts, in clip order.</param>
    /// <exception cref="ArgumentException">There is not one number for each clip.</exception>
    public double Score(ReadOnlySpan<int> times)
    {
        if (times.Length != Count)
            throw new ArgumentException($"There are {times.Length} counts for {Count} clips.", nameof(times));
        Span<double> sums = stackalloc double[_width];
        sums.Clear();
        var clips = 0;
        for (var clip = 0; clip < times.Length; clip++)
        {
            if (times[clip] == 0)
                continue;
            clips += times[clip];
            Add(sums, clip, times[clip]);
        }
        return _score(sums, clips);
    }

    /// <summary>
    /// The corpus scores of two mixtures of two systems: one takes the second system's clip where told so, the other is its complement.
    /// </summary>
    internal static (double First, double Second) ScoreExchanged(ClipStatistics first, ClipStatistics second, ReadOnlySpan<bool> exchange)
    {
        Span<double> one = stackalloc double[first._width];
        Span<double> other = stackalloc double[first._width];
        one.Clear();
        other.Clear();
        for (var clip = 0; clip < exchange.Length; clip++)
        {
            (exchange[clip] ? second : first).Add(one, clip, 1);
            (exchange[clip] ? first : second).Add(other, clip, 1);
        }
        return (first._score(one, exchange.Length), first._score(other, exchange.Length));
    }

    private void Add(Span<double> sums, int clip, int times)
    {
        var row = _values.AsSpan(clip * _width, _width);
        for (var i = 0; i < row.Length; i++)
            sums[i] += times * row[i];
    }
}
