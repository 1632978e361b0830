using MathNet.Numerics.Distributions;

namespace Auricle.Evaluation;

/// <summary>Areas under the curves of true against false alarms (ROC) of clips with any number of labels.</summary>
public sealed record RocScores
{
    private RocScores()
    {
    }

    /// <summary>
    /// For each class the chance that a clip with the label scores above one without, a tie counting half; not a number for a class that all clips
    /// have, or none.
    /// </summary>
    public required IReadOnlyList<double> PerClass { get; init; }

    /// <summary>The mean over the classes; not a number where one class has none.</summary>
    public double Mean => PerClass.Average();

    /// <summary>d′: √2 times the normal quantile of the area, averaged over the classes. Infinite where an area is 1; not a number as <see cref="Mean"/>.</summary>
    public double DPrime => PerClass.Average(area => Math.Sqrt(2) * Normal.InvCDF(0, 1, area));

    /// <summary>Ranks the clips for each class.</summary>
    /// <param name="scores"><c>[clips, classes]</c> in row-major order, larger is surer.</param>
    /// <param name="targets"><c>[clips, classes]</c>: whether a clip has the label.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="MetricInputException">Sizes do not fit, or a score is not a number.</exception>
    public static RocScores Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> targets, int classes) =>
        new() { PerClass = LabelColumns.Measure(scores, targets, classes, Area) };

    private static double Area(float[] scores, bool[] isPositive)
    {
        Array.Sort(scores, isPositive);
        double below = 0, sum = 0, positives = 0;
        for (var i = 0; i < scores.Length;)
        {
            double with = 0, without = 0;
            for (var score = scores[i]; i < scores.Length && scores[i] == score; i++)
            {
                if (isPositive[i])
                    with++;
                else
                    without++;
            }
            sum += with * (below + without / 2);
            below += without;
            positives += with;
        }
        return sum / (positives * below);
    }
}
