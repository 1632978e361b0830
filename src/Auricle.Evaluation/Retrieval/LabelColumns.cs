namespace Auricle.Evaluation;

/// <summary>Scores of clips for each class, taken class by class.</summary>
internal static class LabelColumns
{
    /// <summary>Measures each class by itself.</summary>
    /// <param name="scores"><c>[clips, classes]</c> in row-major order, larger is surer.</param>
    /// <param name="targets"><c>[clips, classes]</c>: whether a clip has the label.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="measure">Measures the scores of the clips and whether each has the label, both of which it may reorder.</param>
    /// <exception cref="MetricInputException">Sizes do not fit, or a score is not a number.</exception>
    public static double[] Measure(ReadOnlySpan<float> scores, ReadOnlySpan<bool> targets, int classes, Func<float[], bool[], double> measure)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (scores.Length == 0 || scores.Length != targets.Length || scores.Length % classes != 0)
            throw new MetricInputException(
                $"There are {scores.Length} scores and {targets.Length} targets for {classes} classes; give one of each for every clip and class.");
        var clips = scores.Length / classes;
        var perClass = new double[classes];
        var own = new float[clips];
        var isPositive = new bool[clips];
        for (var label = 0; label < classes; label++)
        {
            for (var clip = 0; clip < clips; clip++)
            {
                own[clip] = scores[(clip * classes) + label];
                isPositive[clip] = targets[(clip * classes) + label];
                if (float.IsNaN(own[clip]))
                    throw new MetricInputException($"The score of class {label} for clip {clip} is not a number.", clip);
            }
            perClass[label] = measure(own, isPositive);
        }
        return perClass;
    }
}
