namespace Auricle.Evaluation;

/// <summary>What METEOR counts in an alignment, or summed over a set: the basis of every score.</summary>
internal sealed class MeteorStatistics
{
    /// <summary>Numbers in the original's score line.</summary>
    public const int Count = 23;

    private const int StageStart = 4;
    private const int ChunksAt = 20;
    private const double Alpha = 0.85;
    private const double Beta = 0.2;
    private const double Gamma = 0.6;
    private const double Delta = 0.75;

    private static readonly double[] StageWeights = [1.0, 0.6, 0.8, 0.6];

    private MeteorStatistics(long[] values) => Values = values;

    /// <summary>
    /// Lengths and function words of candidate and reference; for each of four stages the content words of candidate and reference and their function words; chunks; matched words of both.
    /// </summary>
    public long[] Values { get; }

    /// <summary>Whether both sides are matched as a whole and in one piece.</summary>
    private bool IsPerfect => Values[0] == Values[21] && Values[1] == Values[22] && Values[ChunksAt] == 1;

    public static MeteorStatistics Empty() => new(new long[Count]);

    /// <summary>Counts an alignment whose matches are in reference order.</summary>
    public static MeteorStatistics Of(MeteorWord[] candidate, MeteorWord[] reference, MeteorMatch[] matches)
    {
        var values = new long[Count];
        (values[0], values[1]) = (candidate.Length, reference.Length);
        (values[2], values[3]) = (candidate.Count(word => word.IsFunction), reference.Count(word => word.IsFunction));
        for (var i = 0; i < matches.Length; i++)
        {
            var match = matches[i];
            AddWords(values, candidate.AsSpan(match.CandidateStart, match.CandidateLength), match.Stage, 0);
            AddWords(values, reference.AsSpan(match.ReferenceStart, match.ReferenceLength), match.Stage, 1);
            if (i == 0 || match.ReferenceStart != matches[i - 1].ReferenceEnd || match.CandidateStart != matches[i - 1].CandidateEnd)
                values[ChunksAt]++;
        }
        return new(values);
    }

    /// <summary>Adds the statistics of a clip to those of a set.</summary>
    public void Add(MeteorStatistics clip)
    {
        var place = 0;
        foreach (var value in clip.ToValues())
            Values[place++] += (long)value;
    }

    /// <summary>What a clip adds to a set. A perfect clip adds no chunk, as in the original.</summary>
    public IEnumerable<double> ToValues() => Values.Select((value, place) => place == ChunksAt && IsPerfect ? 0.0 : value);

    /// <summary>Statistics from sums of <see cref="ToValues"/>, which are whole numbers.</summary>
    public static MeteorStatistics FromSums(ReadOnlySpan<double> sums)
    {
        var statistics = Empty();
        for (var i = 0; i < Count; i++)
            statistics.Values[i] = (long)sums[i];
        return statistics;
    }

    public (double Score, double Precision, double Recall, double FMean, double Penalty) Score()
    {
        var precision = Weighted(0);
        var recall = Weighted(1);
        var mean = 1 / (((1 - Alpha) / precision) + (Alpha / recall));
        var fragmentation = IsPerfect ? 0 : Values[ChunksAt] / ((Values[21] + Values[22]) / 2.0);
        var penalty = Gamma * Math.Pow(fragmentation, Beta);
        var score = Math.Max(0, mean * (1 - penalty));
        return (double.IsNaN(score) ? 0 : score, precision, recall, mean, penalty);
    }

    private static void AddWords(long[] values, ReadOnlySpan<MeteorWord> words, int stage, int side)
    {
        foreach (var word in words)
            values[StageStart + (4 * stage) + side + (word.IsFunction ? 2 : 0)]++;
        values[21 + side] += words.Length;
    }

    private double Weighted(int side)
    {
        double matched = 0;
        for (var stage = 0; stage < StageWeights.Length; stage++)
        {
            var at = StageStart + (4 * stage) + side;
            matched += StageWeights[stage] * ((Delta * Values[at]) + ((1 - Delta) * Values[at + 2]));
        }
        return matched / ((Delta * (Values[side] - Values[2 + side])) + ((1 - Delta) * Values[2 + side]));
    }
}
