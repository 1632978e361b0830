namespace Auricle.Evaluation;

/// <summary>How far two systems differ in one score on the same clips.</summary>
/// <param name="Name">Name of the score.</param>
/// <param name="First">Corpus score of the first system.</param>
/// <param name="Second">Corpus score of the second system.</param>
/// <param name="Interval">Confidence interval of <see cref="Difference"/>.</param>
/// <param name="PValue">How often a difference of this size, in either direction, comes about where each clip's outputs are exchanged at
/// random.</param>
public sealed record PairedDifference(string Name, double First, double Second, Interval Interval, double PValue)
{
    /// <summary>Second less first: positive where the second system scores higher.</summary>
    public double Difference => Second - First;
}
