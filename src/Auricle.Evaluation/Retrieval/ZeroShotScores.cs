namespace Auricle.Evaluation;

/// <summary>How often the closest of several classes is the right one.</summary>
public sealed record ZeroShotScores
{
    private ZeroShotScores()
    {
    }

    /// <summary>The share of all clips whose class scores highest.</summary>
    public required double Accuracy { get; init; }

    /// <summary>For each clip the class that scores highest.</summary>
    public required IReadOnlyList<int> Predictions { get; init; }

    /// <summary>The share of each fold's clips, by fold; empty where clips have no folds.</summary>
    public required IReadOnlyDictionary<int, double> Folds { get; init; }

    /// <summary>The mean over the folds; <see cref="Accuracy"/> where there are none.</summary>
    public double FoldMean => Folds.Count == 0 ? Accuracy : Folds.Values.Average();

    /// <summary>The sample standard deviation over the folds (divided by one less than their number); 0 for fewer than two.</summary>
    public double FoldDeviation => Folds.Count < 2 ? 0 : Math.Sqrt(Folds.Values.Sum(value => Math.Pow(value - FoldMean, 2)) / (Folds.Count - 1));

    /// <summary>Takes for each clip the class that scores highest, the first of equals.</summary>
    /// <param name="scores"><c>[clips, classes]</c> in row-major order, larger is closer.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="labels">The right class of each clip, from 0.</param>
    /// <param name="folds">The fold of each clip, or <see langword="null"/>.</param>
    /// <exception cref="MetricInputException">Sizes do not fit, a label is unknown, or a score is not a number.</exception>
    public static ZeroShotScores Of(ReadOnlySpan<float> scores, int classes, IReadOnlyList<int> labels, IReadOnlyList<int>? folds = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (labels.Count == 0)
            throw new MetricInputException("There is no clip; give at least one.");
        if (scores.Length != (long)classes * labels.Count)
            throw new MetricInputException(
                $"There are {scores.Length} scores for {labels.Count} clips and {classes} classes; give one for each pair.");
        if (folds is not null && folds.Count != labels.Count)
            throw new MetricInputException($"There are {folds.Count} folds for {labels.Count} clips; give one for each clip.");
        var predictions = new int[labels.Count];
        var isRight = new double[labels.Count];
        for (var clip = 0; clip < isRight.Length; clip++)
        {
            if (labels[clip] < 0 || labels[clip] >= classes)
                throw new MetricInputException($"Clip {clip} has the label {labels[clip]}, but there are {classes} classes, from 0.", clip);
            predictions[clip] = Best(scores.Slice(clip * classes, classes), clip);
            isRight[clip] = predictions[clip] == labels[clip] ? 1 : 0;
        }
        var byFold = folds is null ? [] : isRight.Zip(folds).GroupBy(item => item.Second, item => item.First);
        return new ZeroShotScores
        {
            Accuracy = isRight.Average(),
            Predictions = predictions,
            Folds = new SortedDictionary<int, double>(byFold.ToDictionary(group => group.Key, group => group.Average())),
        };
    }

    private static int Best(ReadOnlySpan<float> row, int clip)
    {
        var best = 0;
        for (var i = 0; i < row.Length; i++)
        {
            if (float.IsNaN(row[i]))
                throw new MetricInputException($"The score of class {i} for clip {clip} is not a number.", clip);
            if (row[i] > row[best])
                best = i;
        }
        return best;
    }
}
