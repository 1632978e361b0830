namespace Auricle.Evaluation;

/// <summary>Average precision of clips with any number of labels.</summary>
public sealed record MultiLabelScores
{
    private MultiLabelScores()
    {
    }

    /// <summary>
    /// Average precision of each class: the sum over the distinct scores, from the highest down, of the recall that each adds times the
    /// precision there, without interpolation; not a number for a class without a clip.
    /// </summary>
    public required IReadOnlyList<double> PerClass { get; init; }

    /// <summary>mAP: the mean over all classes; a class without a clip counts 0, as in scikit-learn.</summary>
    public double MeanAveragePrecision => PerClass.Average(value => double.IsNaN(value) ? 0 : value);

    /// <summary>The mean over the classes that have a clip; 0 where none has.</summary>
    public double MeanOverPresent => PerClass.Where(value => !double.IsNaN(value)).DefaultIfEmpty(0).Average();

    /// <summary>Ranks the clips for each class.</summary>
    /// <param name="scores"><c>[clips, classes]</c> in row-major order, larger is surer.</param>
    /// <param name="targets"><c>[clips, classes]</c>: whether a clip has the label.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="MetricInputException">Sizes do not fit, or a score is not a number.</exception>
    public static MultiLabelScores Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> targets, int classes) =>
        new() { PerClass = LabelColumns.Measure(scores, targets, classes, AveragePrecision) };

    private static double AveragePrecision(float[] scores, bool[] isPositive)
    {
        var order = Enumerable.Range(0, scores.Length).OrderByDescending(clip => scores[clip]).ToArray();
        double positives = isPositive.Count(value => value);
        var found = 0;
        var seen = 0;
        var sum = 0.0;
        while (seen < order.Length)
        {
            var before = found;
            var score = scores[order[seen]];
            for (; seen < order.Length && scores[order[seen]] == score; seen++)
                found += isPositive[order[seen]] ? 1 : 0;
            sum += (found - before) / positives * found / seen;
        }
        return positives == 0 ? double.NaN : sum;
    }
}
