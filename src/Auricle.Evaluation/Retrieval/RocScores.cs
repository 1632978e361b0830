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
    public double DPrime => PerClass.Average(area => Math.Sqrt(2) * NormalQuantile.Of(area));

    /// <summary>Ranks the clips for each class.</summary>
    /// <param name="scores"><c>[clips, classes]</c> in row-major order, larger is surer.</param>
    /// <param name="targets"><c>[clips, classes]</c>: whether a clip has the label.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="MetricInputException">Sizes do not fit, or a score is not a number.</exception>
    public static RocScores Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> targets, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (scores.Length == 0 || scores.Length != targets.Length || scores.Length % classes != 0)
            throw new MetricInputException(
                $"There are {scores.Length} scores and {targets.Length} targets for {classes} classes; give one of each for every clip and class.");
        var clips = scores.Length / classes;
        var perClass = new double[classes];
        var own = new (float Score, bool IsPositive)[clips];
        for (var label = 0; label < classes; label++)
        {
            for (var clip = 0; clip < clips; clip++)
            {
                own[clip] = (scores[clip * classes + label], targets[clip * classes + label]);
                if (float.IsNaN(own[clip].Score))
                    throw new MetricInputException($"The score of class {label} for clip {clip} is not a number.", clip);
            }
            Array.Sort(own, (a, b) => a.Score.CompareTo(b.Score));
            perClass[label] = Area(own);
        }
        return new RocScores { PerClass = perClass };
    }

    private static double Area((float Score, bool IsPositive)[] ascending)
    {
        double below = 0, sum = 0, positives = 0;
        for (var i = 0; i < ascending.Length;)
        {
            double with = 0, without = 0;
            for (var score = ascending[i].Score; i < ascending.Length && ascending[i].Score == score; i++)
            {
                if (ascending[i].IsPositive)
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

/// <summary>The inverse of the normal distribution function: Wichura, "Algorithm AS 241", 1988, to about 16 digits.</summary>
internal static class NormalQuantile
{
    private const double CentralWidth = 0.425, CentralSquare = 0.180625, TailStart = 1.6, FarTail = 5;

    // From the highest power down; denominators end in 1.
    private static ReadOnlySpan<double> CentralAbove =>
        [2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080];

    private static ReadOnlySpan<double> CentralBelow =>
        [5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1];

    private static ReadOnlySpan<double> TailAbove =>
        [7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258, 3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734];

    private static ReadOnlySpan<double> TailBelow =>
        [1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1];

    private static ReadOnlySpan<double> FarAbove =>
        [2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720];

    private static ReadOnlySpan<double> FarBelow =>
        [2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1];

    /// <summary>The value below which a standard normal variable lies with a probability; infinite at 0 and 1.</summary>
    public static double Of(double probability)
    {
        var fromCentre = probability - 0.5;
        if (Math.Abs(fromCentre) <= CentralWidth)
        {
            var square = CentralSquare - fromCentre * fromCentre;
            return fromCentre * Polynomial(CentralAbove, square) / Polynomial(CentralBelow, square);
        }
        var tail = Math.Min(probability, 1 - probability);
        if (tail <= 0 || double.IsNaN(tail))
            return probability <= 0 ? double.NegativeInfinity : probability >= 1 ? double.PositiveInfinity : double.NaN;
        var root = Math.Sqrt(-Math.Log(tail));
        var value = root <= FarTail
            ? Polynomial(TailAbove, root - TailStart) / Polynomial(TailBelow, root - TailStart)
            : Polynomial(FarAbove, root - FarTail) / Polynomial(FarBelow, root - FarTail);
        return fromCentre < 0 ? -value : value;
    }

    private static double Polynomial(ReadOnlySpan<double> coefficients, double at)
    {
        var sum = 0.0;
        foreach (var coefficient in coefficients)
            sum = sum * at + coefficient;
        return sum;
    }
}
